//! A key in JSON.

use backend::{Actor, Services};
use model::endpoint::Grant;
use model::id::KeyId;
use model::key_page::OldToken as OldTokenView;
use model::key_record::KeyRecord;
use model::status::Status;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::super::rate_limit::RateLimit;
use super::super::resource::Resource;
use super::super::values::{Time, shown_metadata};

/// An API key. Its token is not here: it was shown once.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Key {
    /// Public, and stable for life.
    #[schema(example = "key_8fQ2nLw0Zz")]
    id: String,
    #[schema(example = "Shop")]
    name: String,
    /// What it is for; empty where nobody has said it.
    #[schema(example = "Reads orders for the shop")]
    description: String,
    /// Words by which you find it, in order.
    #[schema(example = json!(["billing", "eu"]))]
    tags: Vec<String>,
    /// Where it lives; empty where nobody has said it.
    #[schema(example = "Vault, secret/shop")]
    location: String,
    /// The person who owns it; null where a service account or the command line made it.
    #[schema(required = true)]
    owner: Option<KeyOwner>,
    /// The environment's name.
    #[schema(example = "default")]
    environment: String,
    /// The beginning and the end of its token.
    #[schema(example = "sk_live_…9fQ2")]
    masked_token: String,
    status: KeyStatus,
    /// Who made it, or the person to whom it was given.
    #[schema(example = "sign-up")]
    created_by: String,
    created_at: Time,
    /// When it ends; null for never.
    #[schema(required = true)]
    expires_at: Option<Time>,
    /// The names of the endpoints that it may call; null for all, also those that are added later.
    #[schema(required = true, example = json!(["chat"]))]
    endpoints: Option<Vec<String>>,
    #[schema(required = true)]
    bias_profile: Option<KeyProfile>,
    rate_limit: RateLimit,
    /// The customer to whom it belongs.
    #[schema(required = true)]
    customer: Option<KeyCustomer>,
    /// Your own data, which verify answers with.
    #[schema(value_type = Object, example = json!({"plan": "pro"}))]
    metadata: Box<RawValue>,
    /// The networks from which it may be used; empty for all.
    #[schema(example = json!(["203.0.113.0/24"]))]
    allowed_addresses: Vec<String>,
    /// When its token was made.
    rotated_at: Time,
    /// Old tokens that still work after a rotation.
    old_tokens: Vec<OldToken>,
    #[schema(required = true)]
    last_used_at: Option<Time>,
    #[schema(required = true)]
    last_used_from: Option<String>,
    /// Requests of the last 24 hours that were allowed.
    allowed_last_24_hours: u64,
}

/// What gateways answer for a key. `expired` and `failed` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum KeyStatus {
    Provisioning,
    Active,
    Inactive,
    Expired,
    Failed,
}

/// The bias profile of a key, in the version in force.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct KeyProfile {
    #[schema(example = "prof_8fQ2nLw0Zz")]
    id: String,
    #[schema(example = "Strict")]
    name: String,
    version: i64,
}

/// The person who owns a key.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct KeyOwner {
    #[schema(example = "usr_8fQ2nLw0Zz")]
    id: String,
    #[schema(example = "Mara")]
    name: String,
    /// Whether the person can no longer log in.
    disabled: bool,
}

/// The customer to whom a key belongs.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KeyCustomer {
    #[schema(example = "cus_8fQ2nLw0Zz")]
    id: String,
    /// The customer's ID in your own system.
    #[schema(example = "acme-7")]
    external_id: String,
    #[schema(example = "Acme")]
    name: String,
}

/// A token that a rotation has replaced and that works a while longer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OldToken {
    /// Identifies it within its key.
    #[schema(example = "4f0c2d9a71b3e856")]
    id: String,
    #[schema(example = "sk_live_…t3Kd")]
    masked_token: String,
    ends_at: Time,
    #[schema(required = true)]
    last_used_at: Option<Time>,
}

/// A key with its token. This is the only answer that has the token.
#[derive(Serialize, ToSchema)]
pub(in super::super) struct KeyWithToken {
    #[serde(flatten)]
    pub(super) key: Key,
    /// Store it now: it is never shown again.
    #[schema(example = "sk_live_7Kq3vZ0pXr5TnB1mWc8YdL2eAo0123")]
    pub(super) token: String,
}

impl From<&KeyRecord> for Key {
    fn from(record: &KeyRecord) -> Self {
        let row = &record.row;
        Self {
            id: row.id.to_string(),
            name: row.name.clone(),
            description: record.description.clone(),
            tags: record.tags.words().to_vec(),
            location: record.location.clone(),
            owner: record.owner.as_ref().map(|id| KeyOwner {
                id: id.to_string(),
                name: row.creator.clone(),
                disabled: row.owner_disabled,
            }),
            environment: row.environment.clone(),
            masked_token: row.masked.clone(),
            status: row.status.into(),
            created_by: row.creator.clone(),
            created_at: Time(row.created_at),
            expires_at: row.expires_at.map(Time),
            endpoints: match &record.grant {
                Grant::All => None,
                Grant::Only(names) => Some(names.clone()),
            },
            bias_profile: row.profile.as_ref().map(|profile| KeyProfile {
                id: profile.id.to_string(),
                name: profile.name.clone(),
                version: profile.version,
            }),
            rate_limit: record.limits.into(),
            customer: row.customer.as_ref().map(|customer| KeyCustomer {
                id: customer.id.to_string(),
                external_id: customer.external_id.clone(),
                name: customer.name.clone(),
            }),
            metadata: shown_metadata(&record.metadata),
            allowed_addresses: record.addresses.networks().iter().map(ToString::to_string).collect(),
            rotated_at: Time(record.rotated_at),
            old_tokens: record.old_tokens.iter().map(OldToken::from).collect(),
            last_used_at: row.last_used_at.map(Time),
            last_used_from: record.last_used_from.clone(),
            allowed_last_24_hours: row.used_24h,
        }
    }
}

impl From<&OldTokenView> for OldToken {
    fn from(old: &OldTokenView) -> Self {
        Self {
            id: old.id.clone(),
            masked_token: old.masked.clone(),
            ends_at: Time(old.ends_at),
            last_used_at: old.last_used_at.map(Time),
        }
    }
}

impl From<Status> for KeyStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Provisioning => Self::Provisioning,
            Status::Active => Self::Active,
            Status::Inactive => Self::Inactive,
            Status::Expired => Self::Expired,
            Status::Failed => Self::Failed,
        }
    }
}

impl Resource for Key {
    type Id = KeyId;

    const VOLATILE: &'static [&'static str] = &["lastUsedAt", "lastUsedFrom", "allowedLast24Hours", "oldTokens"];

    async fn read(services: &Services, actor: &Actor, id: &KeyId) -> backend::Result<Self> {
        let record = services.keys.record(actor, id).await?;
        Ok(Self::from(&record))
    }
}
