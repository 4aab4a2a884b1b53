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
    /// Empty for a node of a version that did not tell.
    pub version: String,
    /// How long the node answers from memory after it last heard from the database, in milliseconds.
    pub stale_limit: Option<i64>,
    /// The last change in the snapshot that the node loaded.
    pub loaded_number: Option<i64>,
    pub stopped_at: Option<Stored<Timestamp>>,
    /// Whether the node stored all uses before it stopped.
    pub uses_stored: bool,
}

impl ActiveModelBehavior for ActiveModel {}
