use model::id::KeyId;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key_endpoint_uses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: Stored<KeyId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub endpoint_name: String,
    pub last_used_at: Stored<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
