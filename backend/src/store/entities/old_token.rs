use model::id::KeyId;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "old_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    pub key_id: Stored<KeyId>,
    pub last_four: String,
    pub ends_at: Stored<Timestamp>,
    pub last_used_at: Option<Stored<Timestamp>>,
    pub token_imported: bool,
}

impl ActiveModelBehavior for ActiveModel {}
