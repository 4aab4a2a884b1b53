use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "kept_answers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Vec<u8>,
    pub request_hash: Vec<u8>,
    pub sealed: Vec<u8>,
    pub created_at: Stored<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
