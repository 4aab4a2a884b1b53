use model::id::{EnvironmentId, KeyId};
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "environment_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    pub key_id: Stored<KeyId>,
    pub environment_id: Stored<EnvironmentId>,
    pub last_four: String,
    pub sealed: Option<Vec<u8>>,
    pub created_at: Stored<Timestamp>,
    pub ends_at: Option<Stored<Timestamp>>,
    pub last_used_at: Option<Stored<Timestamp>>,
    pub last_used_from: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
