//! Customers: created, edited, suspended and deleted. A customer is named by its ID, or by its external ID after `external:`.

use axum::extract::State;
use axum::response::Response;
use backend::{Actor, KeptAnswer, Made, Services};
use http::StatusCode;
use model::customer::{self, CustomerOutcome, CustomerRecord, CustomerRef, CustomerStatus};
use model::form_values::FormValues;
use model::id::CustomerId;
use model::key_list::Matching;
use model::list::ListQuery;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::call::{Call, PathId};
use super::list::{Page, Paging, no_query, read_query};
use super::problem::Problem;
use super::rate_limit::{NewRateLimit, RateLimit, RateLimitPatch};
use super::resource::{self, Resource, json, made, make};
use super::values::{Object, Patched, SentJson, Time, present, shown_metadata};
use super::{Manage, PREFIX, unexpected};

pub(super) fn routes() -> OpenApiRouter<Manage> {
    OpenApiRouter::new()
        .routes(routes!(list_customers, create_customer))
        .routes(routes!(get_customer, edit_customer, delete_customer))
}

/// A customer: whose keys they are, as your own system knows them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Customer {
    #[schema(example = "cus_8fQ2nLw0Zz")]
    id: String,
    /// The customer's ID in your own system. No two customers have the same.
    #[schema(example = "acme-7")]
    external_id: String,
    #[schema(example = "Acme")]
    name: String,
    status: Status,
    /// Since when its keys are refused.
    #[schema(required = true)]
    suspended_at: Option<Time>,
    /// Your own data, which verify answers with.
    #[schema(value_type = Object, example = json!({"plan": "pro"}))]
    metadata: Box<RawValue>,
    /// What all its keys together may do, beside the limits of each.
    rate_limit: RateLimit,
    created_at: Time,
    /// Its keys in any status. They are counted up to 1,000; 1,001 stands for more.
    #[schema(maximum = 1_001)]
    keys: u64,
    /// Those that are active, counted in the same way.
    #[schema(maximum = 1_001)]
    active_keys: u64,
    /// Requests with its keys in the last 24 hours, allowed or not.
    requests_last_24_hours: u64,
    /// When one of its present keys was last used.
    #[schema(required = true)]
    last_used_at: Option<Time>,
}

/// Whether the keys of a customer may work.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = CustomerStatus)]
pub(super) enum Status {
    Active,
    Suspended,
}

/// A customer to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"externalId": "acme-7", "name": "Acme", "metadata": {"plan": "pro"}}))]
struct NewCustomer {
    /// The customer's ID in your own system. It cannot begin with `cus_` or `external:`.
    #[schema(min_length = 1, max_length = 128)]
    external_id: String,
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Your own data, an object of at most 4,096 bytes, which verify answers with.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<SentJson>,
    /// What all its keys together may do, beside the limits of each.
    #[serde(default)]
    #[schema(value_type = Option<NewRateLimit>)]
    rate_limit: Option<Object<NewRateLimit>>,
}

/// What is to be changed. A field that is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Acme Inc.", "rateLimit": {"minute": 600}}))]
struct CustomerPatch {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 128)]
    external_id: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Your own data, an object of at most 4,096 bytes, in the place of what is there; null for none.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Patched<SentJson>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = RateLimitPatch, required = false)]
    rate_limit: Option<Object<RateLimitPatch>>,
    /// The keys of a customer that is `suspended` are refused until it is `active` again. Only an administrator may change it.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    status: Option<Status>,
}

/// The parameters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct CustomerListParameters {
    /// The beginning of a name, an external ID or an ID.
    search: Option<String>,
    /// `active` or `suspended`.
    #[param(pattern = "^(active|suspended)$")]
    status: Option<String>,
    /// How many rows one page has, from 1 to 100; 50 if left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// `nextCursor` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{12,}$")]
    cursor: Option<String>,
}

/// List customers
///
/// By name.
#[utoipa::path(
    get,
    path = "/customers",
    tag = "Customers",
    params(CustomerListParameters),
    responses((status = 200, description = "A page of the list", body = Page<Customer>))
)]
async fn list_customers(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    let asked: CustomerListParameters = read_query(&call.query)?;
    let paging = Paging::read(&manage, &call, asked.limit.as_deref(), asked.cursor.as_deref())?;
    let status = asked.status.as_deref().map(status_parameter).transpose()?;
    let query = ListQuery {
        search: asked.search.unwrap_or_default(),
        after: paging.after.clone(),
        ..ListQuery::default()
    };
    let customers = &manage.services().customers;
    let (records, next) = customers.page(&call.actor, &query, status, paging.size).await?;
    let data = records.iter().map(Customer::from).collect();
    Ok(json(StatusCode::OK, &paging.page(data, next)))
}

/// Read a customer
#[utoipa::path(
    get,
    path = "/customers/{id}",
    tag = "Customers",
    params(("id" = String, Path, description = "The customer's ID, or its external ID after `external:`", example = "cus_8fQ2nLw0Zz")),
    responses((status = 200, description = "The customer", body = Customer))
)]
async fn get_customer(State(manage): State<Manage>, call: Call, PathId(id): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    resource::show::<Customer>(&manage, &call, &named(&id)?).await
}

/// Create a customer
#[utoipa::path(
    post,
    path = "/customers",
    tag = "Customers",
    request_body = NewCustomer,
    responses((status = 201, description = "The customer", body = Customer))
)]
async fn create_customer(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let form = call.json::<NewCustomer>()?.form();
    let services = manage.services();
    make(&manage, &call, created, |actor| async move {
        services.customers.create(&actor, &form).await
    })
    .await
}

/// Edit a customer
///
/// Changes only the fields that are present. Suspends or resumes the customer by its `status`; once the answer is there, this node
/// decides by it, and `Latchkey-Change` tells the number whose proof says the same of all nodes.
#[utoipa::path(
    patch,
    path = "/customers/{id}",
    tag = "Customers",
    params(("id" = String, Path, description = "The customer's ID, or its external ID after `external:`", example = "external:acme-7")),
    request_body = CustomerPatch,
    responses((status = 200, description = "The customer as it is now", body = Customer))
)]
async fn edit_customer(State(manage): State<Manage>, call: Call, PathId(id): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let named = named(&id)?;
    let form = call.json::<CustomerPatch>()?.form();
    let id = existing(&manage, &call, &named).await?;
    let (services, its) = (manage.services(), id.clone());
    resource::edit::<Customer, _>(&manage, &call, &CustomerRef::Id(id), |actor| async move {
        match services.customers.edit(&actor, &its, &form).await? {
            CustomerOutcome::Saved { .. } => Ok(()),
            // Only a form that tells what it showed is answered so.
            CustomerOutcome::Changed { .. } => {
                Err(backend::Error::Internal("a program's form showed something".to_owned()))
            }
        }
    })
    .await
}

/// Delete a customer
///
/// Refused while it has keys.
#[utoipa::path(
    delete,
    path = "/customers/{id}",
    tag = "Customers",
    params(("id" = String, Path, description = "The customer's ID, or its external ID after `external:`", example = "external:acme-7")),
    responses((status = 204, description = "The customer is deleted"))
)]
async fn delete_customer(State(manage): State<Manage>, call: Call, PathId(id): PathId) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let id = existing(&manage, &call, &named(&id)?).await?;
    let (services, its) = (manage.services(), id.clone());
    resource::remove::<Customer, _>(&manage, &call, &CustomerRef::Id(id), |actor| async move {
        services.customers.delete(&actor, &its).await.map(drop)
    })
    .await
}

fn created(what: &Made<'_>, change: i64) -> KeptAnswer {
    let Made::Customer(record) = what else {
        return unexpected();
    };
    let body = Customer::from(*record);
    let location = format!("{PREFIX}/customers/{}", body.id);
    made(StatusCode::CREATED, &body, &body, Some(location), change)
}

/// The customer that a path names.
fn named(text: &str) -> Result<CustomerRef, Problem> {
    CustomerRef::parse(text).ok_or_else(|| Problem::malformed_id("a customer", CustomerId::PREFIX))
}

/// The ID of the customer that a path names.
async fn existing(manage: &Manage, call: &Call, named: &CustomerRef) -> Result<CustomerId, Problem> {
    match named {
        CustomerRef::Id(id) => Ok(id.clone()),
        CustomerRef::External(_) => Ok(manage.services().customers.find(&call.actor, named).await?.id),
    }
}

fn status_parameter(word: &str) -> Result<CustomerStatus, Problem> {
    CustomerStatus::ALL
        .into_iter()
        .find(|status| status.slug() == word)
        .ok_or_else(|| Problem::parameter("status", "A status is active or suspended."))
}

impl NewCustomer {
    /// The form that asks for the same customer, since the rules are those of the form.
    fn form(&self) -> FormValues {
        let mut form = FormValues::default();
        form.set(customer::EXTERNAL_ID, self.external_id.as_str());
        form.set(customer::NAME, self.name.as_str());
        form.set(customer::METADATA, SentJson::text(self.metadata.as_ref()));
        NewRateLimit::set(self.rate_limit, &mut form);
        form
    }
}

impl CustomerPatch {
    /// The form that changes the same fields, since the rules are those of the form.
    fn form(&self) -> FormValues {
        let mut form = FormValues::default();
        if let Some(external_id) = &self.external_id {
            form.set(customer::EXTERNAL_ID, external_id.as_str());
        }
        if let Some(name) = &self.name {
            form.set(customer::NAME, name.as_str());
        }
        if let Patched::To(metadata) = &self.metadata {
            form.set(customer::METADATA, SentJson::text(metadata.as_ref()));
        }
        if let Some(Object(limits)) = &self.rate_limit {
            limits.set(&mut form);
        }
        if let Some(status) = self.status {
            form.set(customer::STATUS, CustomerStatus::from(status).slug());
        }
        form
    }
}

impl From<Status> for CustomerStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Suspended => Self::Suspended,
        }
    }
}

impl From<&CustomerRecord> for Customer {
    fn from(record: &CustomerRecord) -> Self {
        let count = |keys| match keys {
            Matching::Exactly(keys) => keys,
            Matching::MoreThan(keys) => keys + 1,
        };
        Self {
            id: record.id.to_string(),
            external_id: record.settings.external_id.clone(),
            name: record.settings.name.clone(),
            status: match CustomerStatus::of(record.suspended_at) {
                CustomerStatus::Active => Status::Active,
                CustomerStatus::Suspended => Status::Suspended,
            },
            suspended_at: record.suspended_at.map(Time),
            metadata: shown_metadata(&record.settings.metadata),
            rate_limit: record.settings.limits.into(),
            created_at: Time(record.created_at),
            keys: count(record.uses.keys),
            active_keys: count(record.uses.active_keys),
            requests_last_24_hours: record.uses.requests_24h,
            last_used_at: record.uses.last_used_at.map(Time),
        }
    }
}

impl Resource for Customer {
    type Id = CustomerRef;

    const VOLATILE: &'static [&'static str] = &["keys", "activeKeys", "requestsLast24Hours", "lastUsedAt"];

    async fn read(services: &Services, actor: &Actor, id: &CustomerRef) -> backend::Result<Self> {
        let record = services.customers.record(actor, id).await?;
        Ok(Self::from(&record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fields_that_are_present_are_in_the_form() {
        let read = |text| serde_json::from_str::<CustomerPatch>(text);
        let patch = read(r#"{"metadata": null, "rateLimit": {"minute": null}, "status": "suspended"}"#).unwrap();
        let form = patch.form();
        let pairs: Vec<(&str, &str)> = form.pairs().collect();
        assert_eq!(pairs, [("metadata", ""), ("limit_minute", ""), ("status", "suspended")]);
        assert!(read(r#"{"status": null}"#).is_err());
        assert!(read(r#"{"keys": 3}"#).is_err());
    }
}
