use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "last_valid_uses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub change_number: i64,
    /// The node that said VALID. Empty for what the database knew when the change was made.
    #[sea_orm(primary_key, auto_increment = false)]
    pub node_id: String,
    pub at: Stored<Timestamp>,
    pub stored_at: Stored<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
