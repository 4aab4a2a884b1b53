use model::id::NodeId;
use model::limit::LimitSubject;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "limit_reports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub instance_id: Stored<NodeId>,
    #[sea_orm(primary_key, auto_increment = false)]
    /// A key, or a customer whose keys share limits.
    pub key_id: Stored<LimitSubject>,
    pub round: i64,
    pub allowed: i64,
    pub newly_allowed: i64,
    /// Requests per 1,000 s.
    pub demand: i64,
    /// Milliseconds.
    pub span: i64,
    pub second_full_at: Stored<Timestamp>,
    pub minute_full_at: Stored<Timestamp>,
    pub day_full_at: Stored<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
