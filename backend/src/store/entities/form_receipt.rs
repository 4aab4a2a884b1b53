use model::id::KeyId;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "form_receipts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub form_id: String,
    pub key_id: Stored<KeyId>,
    pub key_name: String,
    pub at: Stored<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
