use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub name: String,
    pub name_lower: String,
    pub environment_id: String,
    pub created_by: Option<String>,
    pub token_hash: Vec<u8>,
    pub token_last_four: String,
    pub state: String,
    pub failed_reason: Option<String>,
    pub all_endpoints: bool,
    pub created_at: i64,
    pub created_change: i64,
    pub browser_skew: Option<i64>,
    pub expires_at: Option<i64>,
    pub last_used_at: Option<i64>,
    pub profile_id: Option<String>,
    pub database_skew: Option<i64>,
    pub settled_at: Option<i64>,
    pub settled_nodes: Option<i64>,
    pub rotated_at: i64,
    pub token_change: i64,
    pub token_used_at: Option<i64>,
    pub last_used_from: Option<String>,
    pub idle_since: i64,
    pub granted_endpoints: i64,
    pub used_endpoints: i64,
    pub limit_second: Option<i64>,
    pub limit_minute: Option<i64>,
    pub limit_day: Option<i64>,
    pub allowed_addresses: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
