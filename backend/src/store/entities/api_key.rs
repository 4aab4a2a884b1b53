use model::address::AllowedAddresses;
use model::id::{CustomerId, EnvironmentId, KeyId, ProfileId, ServiceAccountId, UserId};
use model::metadata::Metadata;
use model::status::State;
use model::tags::Tags;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Stored<KeyId>,
    pub name: String,
    pub name_lower: String,
    pub environment_id: Stored<EnvironmentId>,
    pub created_by: Option<Stored<UserId>>,
    pub token_hash: Vec<u8>,
    pub token_last_four: String,
    pub state: Stored<State>,
    pub failed_reason: Option<String>,
    pub all_endpoints: bool,
    pub created_at: Stored<Timestamp>,
    pub created_change: i64,
    pub browser_skew: Option<i64>,
    pub expires_at: Option<Stored<Timestamp>>,
    pub last_used_at: Option<Stored<Timestamp>>,
    pub profile_id: Option<Stored<ProfileId>>,
    pub database_skew: Option<i64>,
    pub settled_at: Option<Stored<Timestamp>>,
    pub settled_nodes: Option<i64>,
    pub rotated_at: Stored<Timestamp>,
    pub token_change: i64,
    pub token_used_at: Option<Stored<Timestamp>>,
    pub last_used_from: Option<String>,
    pub idle_since: Stored<Timestamp>,
    pub granted_endpoints: i64,
    pub used_endpoints: i64,
    pub limit_second: Option<Stored<u32>>,
    pub limit_minute: Option<Stored<u32>>,
    pub limit_day: Option<Stored<u32>>,
    pub allowed_addresses: Option<Stored<AllowedAddresses>>,
    pub created_by_service: Option<Stored<ServiceAccountId>>,
    pub customer_id: Option<Stored<CustomerId>>,
    pub metadata: Option<Stored<Metadata>>,
    pub token_imported: bool,
    pub description: String,
    pub tags: Stored<Tags>,
    pub location: String,
    /// The value of `name_lower` whose words are in `api_key_words`.
    pub indexed_name: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
