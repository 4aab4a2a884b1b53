//! Edits and deletes keys.

use axum::extract::State;
use axum::response::Response;
use model::bounded::Bounded;
use model::form_values::FormValues;
use model::key_fields::KeyField;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::Manage;
use super::super::call::{Call, PathId};
use super::super::list::no_query;
use super::super::problem::Problem;
use super::super::rate_limit::RateLimitPatch;
use super::super::resource;
use super::super::values::{Object, Patched, SentJson, present};
use super::create::{ADDRESSES_MAX, TAGS_SENT_MAX, set_addresses, set_end, set_tags};
use super::key_id;
use super::view::Key;

/// What is to be changed. A field that is left out stays as it is. The endpoints of a key never change.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Shop, EU", "status": "inactive"}))]
struct KeyPatch {
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// What it is for, in at most 200 characters; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    description: Patched<String>,
    /// Words by which you find it, in the place of those that it has; empty for none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<String>, required = false, max_items = 10)]
    tags: Option<Bounded<String, TAGS_SENT_MAX>>,
    /// Where it lives, such as the name of a secret, in at most 200 characters; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    location: Patched<String>,
    /// The person who is to own it, by ID or e-mail address. Needs the role Admin.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1)]
    owner: Option<String>,
    /// The ID of a bias profile; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    bias_profile: Patched<String>,
    /// A key that is `inactive` is refused until it is `active` again.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    status: Option<Switch>,
    /// When it ends; null for never.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Patched<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = RateLimitPatch, required = false)]
    rate_limit: Option<Object<RateLimitPatch>>,
    /// The addresses and networks (CIDR) from which it may be used; empty for all.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<String>, required = false)]
    allowed_addresses: Option<Bounded<String, ADDRESSES_MAX>>,
    /// The ID of a customer, or its external ID after `external:`; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    customer: Patched<String>,
    /// Your own data, an object of at most 4,096 bytes, in the place of what is there; null for none.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Patched<SentJson>,
}

/// Whether requests with a key are accepted.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Switch {
    Active,
    Inactive,
}

/// Edit a key
///
/// Changes only the fields that are present. Disables or enables the key by its `status`. Once the answer is there, this node
/// decides by it; `Latchkey-Change` tells the number whose proof says the same of all nodes.
#[utoipa::path(
    patch,
    path = "/keys/{id}",
    tag = "Keys",
    params(("id" = String, Path, description = "The key ID", example = "key_8fQ2nLw0Zz")),
    request_body = KeyPatch,
    responses((status = 200, description = "The key as it is now", body = Key))
)]
pub(super) async fn edit_key(
    State(manage): State<Manage>,
    call: Call,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let id = key_id(&id)?;
    let form = call.json::<KeyPatch>()?.form();
    let (services, its) = (manage.services(), id.clone());
    resource::edit::<Key, _>(&manage, &call, &id, |actor| async move {
        services.keys.edit_present_fields(&actor, &its, &form).await.map(drop)
    })
    .await
}

/// Delete a key
///
/// For good: it is refused from now on, and only the audit log remembers it.
#[utoipa::path(
    delete,
    path = "/keys/{id}",
    tag = "Keys",
    params(("id" = String, Path, description = "The key ID", example = "key_8fQ2nLw0Zz")),
    responses((status = 204, description = "The key is deleted"))
)]
pub(super) async fn delete_key(
    State(manage): State<Manage>,
    call: Call,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let id = key_id(&id)?;
    let (services, its) = (manage.services(), id.clone());
    resource::remove::<Key, _>(&manage, &call, &id, |actor| async move {
        services.keys.delete(&actor, &its).await.map(drop)
    })
    .await
}

/// End an old token
///
/// Refuses a token that a rotation has replaced before its grace has ended.
#[utoipa::path(
    delete,
    path = "/keys/{id}/old-tokens/{token}",
    tag = "Keys",
    params(
        ("id" = String, Path, description = "The key ID", example = "key_8fQ2nLw0Zz"),
        ("token" = String, Path, description = "The `id` of the old token", example = "4f0c2d9a71b3e856"),
    ),
    responses((status = 204, description = "The old token is refused"))
)]
pub(super) async fn end_old_token(
    State(manage): State<Manage>,
    call: Call,
    PathId((id, token)): PathId<(String, String)>,
) -> Result<Response, Problem> {
    no_query(&call.query)?;
    let id = key_id(&id)?;
    let (services, its) = (manage.services(), id.clone());
    resource::remove::<Key, _>(&manage, &call, &id, |actor| async move {
        services.keys.end_old_token(&actor, &its, &token).await.map(drop)
    })
    .await
}

impl KeyPatch {
    /// The form that changes the same fields, since the rules are those of the form.
    fn form(&self) -> FormValues {
        let mut form = FormValues::default();
        if let Some(name) = &self.name {
            form.set(KeyField::Name.name(), name.as_str());
        }
        for (field, text) in [
            (KeyField::Description, &self.description),
            (KeyField::Location, &self.location),
        ] {
            if let Patched::To(text) = text {
                form.set(field.name(), text.as_deref().unwrap_or_default());
            }
        }
        if let Some(tags) = &self.tags {
            set_tags(&mut form, tags);
        }
        if let Some(owner) = &self.owner {
            form.set(KeyField::Owner.name(), owner.as_str());
        }
        if let Patched::To(profile) = &self.bias_profile {
            form.set(KeyField::BiasProfile.name(), profile.as_deref().unwrap_or_default());
        }
        if let Some(status) = self.status {
            let word = match status {
                Switch::Active => "active",
                Switch::Inactive => "inactive",
            };
            form.set(KeyField::Status.name(), word);
        }
        if let Patched::To(end) = &self.expires_at {
            set_end(&mut form, end.as_deref());
        }
        if let Some(Object(limits)) = &self.rate_limit {
            limits.set(&mut form);
        }
        if let Some(addresses) = &self.allowed_addresses {
            set_addresses(&mut form, addresses);
        }
        if let Patched::To(customer) = &self.customer {
            form.set(KeyField::Customer.name(), customer.as_deref().unwrap_or_default());
        }
        if let Patched::To(metadata) = &self.metadata {
            form.set(KeyField::Metadata.name(), SentJson::text(metadata.as_ref()));
        }
        form
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fields_that_are_present_are_in_the_form() {
        let patch: KeyPatch = serde_json::from_str(r#"{"rateLimit": {"minute": null}, "expiresAt": null}"#).unwrap();
        let form = patch.form();
        let pairs: Vec<(&str, &str)> = form.pairs().collect();
        assert_eq!(pairs, [("expires", "never"), ("expires_at", ""), ("limit_minute", "")]);
    }
}
