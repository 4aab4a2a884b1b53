//! The usage of one key.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use model::usage::UsageQuery;
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::Manage;
use super::super::call::{Call, PathId};
use super::super::list::read_query;
use super::super::problem::Problem;
use super::super::resource::json;
use super::super::usage::{UsageView, day, range};
use super::key_id;

/// The parameters of the report.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct KeyUsageParameters {
    /// `24h` (if left out), `7d`, `30d` or `400d`.
    #[param(pattern = "^(24h|7d|30d|400d)$")]
    range: Option<String>,
    /// The first day, in UTC, instead of `range`. Without `to`, the range ends today.
    #[param(format = Date)]
    from: Option<String>,
    /// The last day, in UTC. Without `from`, the range begins with the first day that is kept.
    #[param(format = Date)]
    to: Option<String>,
    /// An endpoint's name, or `-` for requests that belonged to none.
    endpoint: Option<String>,
}

/// Report the usage of a key
///
/// Requests over time by outcome, and by endpoint.
#[utoipa::path(
    get,
    path = "/keys/{id}/usage",
    tag = "Keys",
    params(("id" = String, Path, description = "The key ID", example = "key_8fQ2nLw0Zz"), KeyUsageParameters),
    responses((status = 200, description = "The report", body = UsageView))
)]
pub(super) async fn report_key_usage(
    State(manage): State<Manage>,
    call: Call,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let asked: KeyUsageParameters = read_query(&call.query)?;
    let id = key_id(&id)?;
    // A report of a key that never existed would be empty.
    manage.services().keys.record(&call.actor, &id).await?;
    let query = UsageQuery {
        range: range(asked.range)?,
        from: day("from", asked.from)?,
        to: day("to", asked.to)?,
        environment: None,
        key: id.into(),
        customer: String::new(),
        endpoint: asked.endpoint.unwrap_or_default(),
        endpoints_from: 0,
    };
    let report = manage.services().usage.report(&call.actor, &query).await?;
    Ok(json(StatusCode::OK, &UsageView::from(report)))
}
