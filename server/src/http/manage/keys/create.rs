//! Makes tokens: creates keys and rotates them. The answer has the token, once; with an Idempotency-Key, the same request gets
//! the same answer again.

use axum::extract::State;
use axum::response::Response;
use backend::{KeptAnswer, Made};
use http::StatusCode;
use model::bounded::Bounded;
use model::end_date::{EXPIRES, EXPIRES_AT};
use model::form_values::FormValues;
use model::key_fields::KeyField;
use model::key_form::{ENDPOINT, ENDPOINTS, ENVIRONMENT, MAX_GRANTED_ENDPOINTS};
use model::rotate_form::RotateKeyForm;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::PREFIX;
use super::super::call::{Call, PathId};
use super::super::list::no_query;
use super::super::problem::Problem;
use super::super::rate_limit::NewRateLimit;
use super::super::resource::{made, make};
use super::super::values::{Object, SentJson};
use super::super::{Manage, unexpected};
use super::key_id;
use super::view::{Key, KeyWithToken};

/// The most networks in one request. The rule of keys has a lower limit, with its own sentence.
pub(super) const ADDRESSES_MAX: usize = 1_000;
/// The most tags in one request. The rule of keys has a lower limit, with its own sentence.
pub(super) const TAGS_SENT_MAX: usize = 100;

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Shop", "environment": "default", "endpoints": ["chat"], "expiresAt": null}))]
pub(super) struct NewKey {
    #[schema(min_length = 1, max_length = 100)]
    pub(super) name: String,
    /// What it is for, in at most 200 characters.
    #[serde(default)]
    #[schema(max_length = 200, example = "Reads orders for the shop")]
    pub(super) description: Option<String>,
    /// Words by which you find it: at most 10, of letters, digits and `-_.:/`. They are stored in lower case, in order, each once.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false, max_items = 10, example = json!(["billing", "eu"]))]
    pub(super) tags: Bounded<String, TAGS_SENT_MAX>,
    /// Where it lives, such as the name of a secret, in at most 200 characters.
    #[serde(default)]
    #[schema(max_length = 200, example = "Vault, secret/shop")]
    pub(super) location: Option<String>,
    /// The environment's name.
    #[schema(min_length = 1)]
    pub(super) environment: String,
    /// The names of the endpoints that it may call, which never change; null or left out for all.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub(super) endpoints: Option<Bounded<String, MAX_GRANTED_ENDPOINTS>>,
    /// The ID of a bias profile.
    #[serde(default)]
    pub(super) bias_profile: Option<String>,
    /// When it ends; null or left out for never.
    #[serde(default)]
    #[schema(format = DateTime)]
    pub(super) expires_at: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<NewRateLimit>)]
    pub(super) rate_limit: Option<Object<NewRateLimit>>,
    /// The addresses and networks (CIDR) from which it may be used; empty or left out for all.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false)]
    pub(super) allowed_addresses: Bounded<String, ADDRESSES_MAX>,
    /// The ID of a customer, or its external ID after `external:`; null or left out for none.
    #[serde(default)]
    #[schema(example = "external:acme-7")]
    pub(super) customer: Option<String>,
    /// Your own data, an object of at most 4,096 bytes, which verify answers with.
    #[serde(default)]
    #[schema(value_type = Option<Object>, example = json!({"plan": "pro"}))]
    pub(super) metadata: Option<SentJson>,
}

/// How long the old token works beside the new one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"grace": "24h"}))]
struct Rotation {
    /// `now`, `1h`, `24h` or `7d`. With `now`, all old tokens end at once.
    #[schema(pattern = "^(now|1h|24h|7d)$")]
    grace: String,
}

/// Create a key
///
/// The answer has the token, which is never shown again. Send an `Idempotency-Key`, so that the request can be repeated where its
/// answer was lost: the same request then gets the same answer and makes nothing twice. The key begins as `provisioning` and
/// becomes `active` once every live node knows it, usually within a second.
#[utoipa::path(
    post,
    path = "/keys",
    tag = "Keys",
    request_body = NewKey,
    responses((status = 201, description = "The key with its token", body = KeyWithToken))
)]
pub(super) async fn create_key(State(manage): State<Manage>, call: Call) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let form = call.json::<NewKey>()?.form();
    let services = manage.services();
    make(&manage, &call, created, |actor| async move {
        services.keys.create(&actor, &form).await
    })
    .await
}

/// Rotate a key
///
/// Gives the key a new token. The key ID and everything else stay. The old token works on for as long as `grace` says.
#[utoipa::path(
    post,
    path = "/keys/{id}/rotate",
    tag = "Keys",
    params(("id" = String, Path, description = "The key ID", example = "key_8fQ2nLw0Zz")),
    request_body = Rotation,
    responses((status = 200, description = "The key with its new token", body = KeyWithToken))
)]
pub(super) async fn rotate_key(
    State(manage): State<Manage>,
    call: Call,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let id = key_id(&id)?;
    let form = RotateKeyForm {
        grace: call.json::<Rotation>()?.grace,
        ..RotateKeyForm::default()
    };
    let services = manage.services();
    make(&manage, &call, rotated, |actor| async move {
        services.keys.rotate(&actor, &id, &form).await
    })
    .await
}

fn created(what: &Made<'_>, change: i64) -> KeptAnswer {
    with_token(what, StatusCode::CREATED, change)
}

fn rotated(what: &Made<'_>, change: i64) -> KeptAnswer {
    with_token(what, StatusCode::OK, change)
}

fn with_token(what: &Made<'_>, status: StatusCode, change: i64) -> KeptAnswer {
    let Made::Key { key, token } = what else {
        return unexpected();
    };
    let location = (status == StatusCode::CREATED).then(|| format!("{PREFIX}/keys/{}", key.row.id));
    let body = KeyWithToken {
        key: Key::from(*key),
        token: token.reveal().to_owned(),
    };
    made(status, &body.key, &body, location, change)
}

impl NewKey {
    /// The form that asks for the same key, since the rules are those of the form.
    pub(super) fn form(&self) -> FormValues {
        let mut form = FormValues::default();
        form.set(KeyField::Name.name(), self.name.as_str());
        form.set(
            KeyField::Description.name(),
            self.description.as_deref().unwrap_or_default(),
        );
        set_tags(&mut form, &self.tags);
        form.set(KeyField::Location.name(), self.location.as_deref().unwrap_or_default());
        form.set(ENVIRONMENT, self.environment.as_str());
        form.set(ENDPOINTS, if self.endpoints.is_some() { "only" } else { "all" });
        for name in self.endpoints.iter().flatten() {
            form.add(ENDPOINT, name.as_str());
        }
        form.set(
            KeyField::BiasProfile.name(),
            self.bias_profile.as_deref().unwrap_or_default(),
        );
        set_end(&mut form, self.expires_at.as_deref());
        NewRateLimit::set(self.rate_limit, &mut form);
        set_addresses(&mut form, &self.allowed_addresses);
        form.set(KeyField::Customer.name(), self.customer.as_deref().unwrap_or_default());
        form.set(KeyField::Metadata.name(), SentJson::text(self.metadata.as_ref()));
        form
    }
}

pub(super) fn set_end(form: &mut FormValues, end: Option<&str>) {
    form.set(EXPIRES, if end.is_some() { "at" } else { "never" });
    form.set(EXPIRES_AT, end.unwrap_or_default());
}

pub(super) fn set_tags<const MOST: usize>(form: &mut FormValues, tags: &Bounded<String, MOST>) {
    form.set(KeyField::Tags.name(), tags.join(","));
}

pub(super) fn set_addresses<const MOST: usize>(form: &mut FormValues, addresses: &Bounded<String, MOST>) {
    let all: Vec<&str> = addresses.iter().map(String::as_str).collect();
    form.set(KeyField::AllowedAddresses.name(), all.join("\n"));
}
