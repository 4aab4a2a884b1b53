use model::id::{KeyId, NodeId};
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refused_request_answers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: Stored<KeyId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub instance_id: Stored<NodeId>,
    /// The question that it answers.
    pub asked_at: Stored<Timestamp>,
    pub answered_at: Stored<Timestamp>,
    /// JSON.
    pub requests: String,
}

impl ActiveModelBehavior for ActiveModel {}
