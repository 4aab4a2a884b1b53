use model::id::KeyId;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key_words")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub word: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub created_at: Stored<Timestamp>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: Stored<KeyId>,
}

impl ActiveModelBehavior for ActiveModel {}
