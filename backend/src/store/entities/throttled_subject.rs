use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "throttled_subjects")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: Vec<u8>,
    /// Failed attempts.
    pub count: i64,
    pub last_at: Stored<Timestamp>,
    /// From then on the row counts for nothing.
    pub forgotten_at: Stored<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
