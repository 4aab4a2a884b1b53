use model::id::KeyId;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key_endpoints")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: Stored<KeyId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub endpoint_name: String,
}

impl ActiveModelBehavior for ActiveModel {}
