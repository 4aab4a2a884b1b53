//! Usage: requests over time by outcome, by endpoint and by key, of all, of one key or of one customer.

use axum::extract::State;
use axum::response::Response;
use backend::error::InvalidQuery;
use http::StatusCode;
use model::customer::CustomerRef;
use model::usage::{Bucket, Outcomes, RequestOutcome, UsageQuery, UsageReport, UsedKeyName};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Manage;
use super::call::Call;
use super::list::read_query;
use super::problem::Problem;
use super::resource::json;
use super::values::Time;

pub(super) fn routes() -> OpenApiRouter<Manage> {
    OpenApiRouter::new().routes(routes!(report_usage))
}

/// A report of requests.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Usage)]
pub(super) struct UsageView {
    /// `24h`, `7d`, `30d` or `400d`; the first and the last day, as in `2027-02-20_2027-02-22`, where days were asked for.
    #[schema(example = "24h")]
    range: String,
    total: OutcomesView,
    /// The steps of the range that have begun, earliest first.
    buckets: Vec<BucketView>,
    /// The 50 endpoints with the most requests.
    endpoints: Vec<EndpointUsage>,
    /// The 50 keys with the most requests; empty in the report of one key or one customer.
    keys: Vec<KeyUsage>,
}

/// Numbers of requests by outcome.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Outcomes)]
struct OutcomesView {
    allowed: u64,
    /// The endpoint was not granted, or does not exist.
    not_permitted: u64,
    rate_limited: u64,
    address_not_allowed: u64,
    /// The key was provisioning, inactive, expired or failed.
    not_active: u64,
    unknown_key: u64,
}

/// One step of the range. Its end is not part of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageBucket)]
struct BucketView {
    start: Time,
    end: Time,
    requests: OutcomesView,
}

/// The requests to one endpoint.
#[derive(Debug, Serialize, ToSchema)]
struct EndpointUsage {
    /// Null for requests that belonged to no endpoint.
    #[schema(required = true, example = "chat")]
    endpoint: Option<String>,
    requests: OutcomesView,
}

/// The requests with one key.
#[derive(Debug, Serialize, ToSchema)]
struct KeyUsage {
    #[schema(example = "key_8fQ2nLw0Zz")]
    id: String,
    /// Null where the key was deleted.
    #[schema(required = true)]
    name: Option<String>,
    requests: u64,
    refused: u64,
}

/// The parameters of the report.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct UsageParameters {
    /// `24h` (if left out), `7d`, `30d` or `400d`.
    #[param(pattern = "^(24h|7d|30d|400d)$")]
    range: Option<String>,
    /// The first day, in UTC, instead of `range`. Without `to`, the range ends today.
    #[param(format = Date)]
    from: Option<String>,
    /// The last day, in UTC. Without `from`, the range begins with the first day that is kept.
    #[param(format = Date)]
    to: Option<String>,
    /// An environment's name.
    environment: Option<String>,
    /// A key ID, or the name of a key that no other key has.
    key: Option<String>,
    /// The ID of a customer, or its external ID after `external:`. Requests belong to the customer to whom their key belonged at that
    /// time. They are not counted by key as well, so `key` cannot stand beside it.
    customer: Option<String>,
    /// An endpoint's name, or `-` for requests that belonged to none.
    endpoint: Option<String>,
}

/// Report usage
///
/// Requests over time by outcome, and by endpoint and key. With `customer`, those of one customer.
#[utoipa::path(
    get,
    path = "/usage",
    tag = "Usage",
    params(UsageParameters),
    responses((status = 200, description = "The report", body = UsageView))
)]
async fn report_usage(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    let asked: UsageParameters = read_query(&call.query)?;
    let customer = asked.customer.unwrap_or_default();
    if !customer.is_empty() && CustomerRef::parse(&customer).is_none() {
        return Err(Problem::parameter(
            "customer",
            "customer is the ID of a customer, or its external ID after external:.",
        ));
    }
    let query = UsageQuery {
        range: range(asked.range)?,
        from: day("from", asked.from)?,
        to: day("to", asked.to)?,
        environment: asked.environment,
        key: asked.key.unwrap_or_default(),
        customer,
        endpoint: asked.endpoint.unwrap_or_default(),
        endpoints_from: 0,
    };
    let report = manage.services().usage.report(&call.actor, &query).await?;
    Ok(json(StatusCode::OK, &UsageView::from(report)))
}

/// The range that is asked for. An empty word is none, though the address of the screen has it.
pub(super) fn range(word: Option<String>) -> Result<String, Problem> {
    match word {
        Some(word) if word.is_empty() => Err(backend::Error::from(InvalidQuery::Range).into()),
        word => Ok(word.unwrap_or_default()),
    }
}

/// The day that is asked for. The address of the screen has an empty day where there is none.
pub(super) fn day(name: &'static str, day: Option<String>) -> Result<String, Problem> {
    match day {
        Some(day) if day.is_empty() => Err(Problem::parameter(name, "A day looks like 2027-02-20.")),
        day => Ok(day.unwrap_or_default()),
    }
}

impl From<UsageReport> for UsageView {
    fn from(report: UsageReport) -> Self {
        let total: Outcomes = report.buckets.iter().map(|bucket| bucket.counts).sum();
        let endpoints = report.endpoints.into_iter().map(|used| EndpointUsage {
            endpoint: Some(used.name).filter(|name| !name.is_empty()),
            requests: used.counts.into(),
        });
        let keys = report.keys.into_iter().map(|used| KeyUsage {
            id: used.id.to_string(),
            name: match used.of {
                UsedKeyName::List { name, .. } => Some(name),
                UsedKeyName::Environment(name) => Some(format!("{name} (environment key)")),
                UsedKeyName::Deleted => None,
            },
            requests: used.requests,
            refused: used.refused,
        });
        Self {
            range: report.range.name(),
            total: total.into(),
            buckets: report.buckets.into_iter().map(BucketView::from).collect(),
            endpoints: endpoints.collect(),
            keys: keys.collect(),
        }
    }
}

impl From<Outcomes> for OutcomesView {
    fn from(counts: Outcomes) -> Self {
        Self {
            allowed: counts.of(RequestOutcome::Allowed),
            not_permitted: counts.of(RequestOutcome::NotPermitted),
            rate_limited: counts.of(RequestOutcome::RateLimited),
            address_not_allowed: counts.of(RequestOutcome::Address),
            not_active: counts.of(RequestOutcome::NotActive),
            unknown_key: counts.of(RequestOutcome::UnknownKey),
        }
    }
}

impl From<Bucket> for BucketView {
    fn from(bucket: Bucket) -> Self {
        Self {
            start: Time(bucket.start),
            end: Time(bucket.end),
            requests: bucket.counts.into(),
        }
    }
}
