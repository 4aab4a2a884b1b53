use model::id::NodeId;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

/// A node had applied all changes up to this number.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "node_acknowledgements")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub instance_id: Stored<NodeId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub at: Stored<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
