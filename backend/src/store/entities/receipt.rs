use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "receipts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub change_number: i64,
    pub jws: String,
    pub issued_at: Stored<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
