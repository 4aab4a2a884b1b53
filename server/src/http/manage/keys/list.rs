//! The list of keys, with every filter and order of the screen.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use model::customer::CustomerRef;
use model::id::{ProfileId, ServiceAccountId, UserId};
use model::key_list::{Attention, Expiry, KeyQuery, MAX_FILTER_VALUES, ME, Sort};
use model::status::Status;
use model::tags::tag;
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::Manage;
use super::super::call::Call;
use super::super::list::{Page, Paging, read_query};
use super::super::problem::Problem;
use super::super::resource::json;
use super::view::Key;

/// The word for the usual order, which the address of the screen leaves out.
const NEWEST: &str = "newest";
/// The word for keys without a bias profile.
const NO_PROFILE: &str = "none";

/// The parameters of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct KeyListParameters {
    /// The beginnings of words of a name, all of which it must have, the beginning of a key ID, or the last four characters of a token.
    search: Option<String>,
    /// An environment's name.
    environment: Option<String>,
    /// `provisioning`, `active`, `inactive`, `expired` or `failed`; several for any of them.
    status: Vec<String>,
    /// The name of an endpoint that the key may call; several for any of them.
    endpoint: Vec<String>,
    /// The ID of a bias profile, or `none`; several for any of them.
    bias_profile: Vec<String>,
    /// The ID of a customer, or its external ID after `external:`.
    customer: Option<String>,
    /// A tag; several for any of them.
    tag: Vec<String>,
    /// The ID of the person or service account that created the key, or `me`.
    creator: Option<String>,
    /// `soon` (within 14 days), `expired` or `never`.
    #[param(pattern = "^(soon|expired|never)$")]
    expiry: Option<String>,
    /// `expiring` (within 14 days), `unused` (for 30 days), `not-rotated` (for 90 days), `more-than-used` (endpoints) or
    /// `owner-disabled` (the person who owns it).
    #[param(pattern = "^(expiring|unused|not-rotated|more-than-used|owner-disabled)$")]
    attention: Option<String>,
    /// `newest` (if left out), `oldest`, `name`, `-name`, `ending`, `-ending`, `used` or `-used`.
    #[param(pattern = "^(newest|oldest|-?name|-?ending|-?used)$")]
    sort: Option<String>,
    /// How many keys one page has, from 1 to 100; 50 if left out.
    #[param(value_type = Option<u8>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// `nextCursor` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{12,}$")]
    cursor: Option<String>,
}

/// List keys
///
/// One page of the keys that the filters find, in the order of `sort`.
#[utoipa::path(
    get,
    path = "/keys",
    tag = "Keys",
    params(KeyListParameters),
    responses((status = 200, description = "A page of the list", body = Page<Key>))
)]
pub(super) async fn list_keys(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    let asked: KeyListParameters = read_query(&call.query)?;
    let paging = Paging::read(&manage, &call, asked.limit.as_deref(), asked.cursor.as_deref())?;
    let query = asked.query(paging.after.clone())?;
    let keys = &manage.services().keys;
    let (records, next) = keys.list_records(&call.actor, &query, paging.size).await?;
    let data = records.iter().map(Key::from).collect();
    Ok(json(StatusCode::OK, &paging.page(data, next)))
}

impl KeyListParameters {
    fn query(self, after: String) -> Result<KeyQuery, Problem> {
        if self.status.iter().any(|word| Status::parse(word).is_none()) {
            let words = Status::ALL.map(Status::slug).join(", ");
            return Err(Problem::parameter("status", format!("A status is one of {words}.")));
        }
        if self
            .attention
            .as_deref()
            .is_some_and(|word| Attention::parse(word).is_none())
        {
            let words = Attention::ALL.map(Attention::slug).join(", ");
            return Err(Problem::parameter("attention", format!("attention is one of {words}.")));
        }
        let sort = match self.sort.as_deref() {
            None | Some(NEWEST) => Sort::Newest,
            Some(word) => Sort::parse(word),
        };
        if sort == Sort::Newest && self.sort.is_some_and(|word| word != NEWEST) {
            return Err(Problem::parameter("sort", "sort is not one of the words of this list."));
        }
        let customer = self.customer.unwrap_or_default();
        if !customer.is_empty() && CustomerRef::parse(&customer).is_none() {
            return Err(Problem::parameter(
                "customer",
                "customer is the ID of a customer, or its external ID after external:.",
            ));
        }
        let creator = self.creator.unwrap_or_default();
        let is_creator = |text: &str| UserId::parse(text).is_some() || ServiceAccountId::parse(text).is_some();
        if !(creator.is_empty() || creator == ME || is_creator(&creator)) {
            return Err(Problem::parameter(
                "creator",
                "creator is the ID of a person or service account, or me.",
            ));
        }
        if self.expiry.as_deref().is_some_and(|word| Expiry::parse(word).is_none()) {
            let words = Expiry::ALL.map(Expiry::slug).join(", ");
            return Err(Problem::parameter("expiry", format!("expiry is one of {words}.")));
        }
        let is_profile = |text: &String| text == NO_PROFILE || ProfileId::parse(text).is_some();
        if !self.bias_profile.iter().all(is_profile) {
            return Err(Problem::parameter(
                "biasProfile",
                "biasProfile is the ID of a bias profile, or none.",
            ));
        }
        if let Some(Err(message)) = self.tag.iter().map(|text| tag(text)).find(Result::is_err) {
            return Err(Problem::parameter("tag", message));
        }
        for (name, values) in [
            ("endpoint", &self.endpoint),
            ("biasProfile", &self.bias_profile),
            ("tag", &self.tag),
        ] {
            if values.len() > MAX_FILTER_VALUES {
                return Err(Problem::parameter(
                    name,
                    format!("At most {MAX_FILTER_VALUES} are taken at a time."),
                ));
            }
        }
        Ok(KeyQuery {
            search: self.search.unwrap_or_default(),
            // Without one, all: there is no environment that was chosen last.
            environment: Some(self.environment.unwrap_or_default()),
            status: self.status.into_iter().collect(),
            endpoint: self.endpoint.into_iter().collect(),
            profile: self.bias_profile.into_iter().collect(),
            customer,
            tag: self.tag.into_iter().collect(),
            creator,
            expiry: self.expiry.unwrap_or_default(),
            attention: self.attention.unwrap_or_default(),
            sort: sort.slug().to_owned(),
            after,
            ..KeyQuery::default()
        })
    }
}
