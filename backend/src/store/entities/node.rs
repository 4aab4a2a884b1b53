use model::id::NodeId;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "nodes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub instance_id: Stored<NodeId>,
    pub name: String,
    pub started_at: Stored<Timestamp>,
    pub heartbeat_at: Stored<Timestamp>,
    pub applied_number: i64,
}

impl ActiveModelBehavior for ActiveModel {}
