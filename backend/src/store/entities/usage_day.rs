use model::id::KeyId;
use model::verify::Code;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

/// The sums of the hours of a complete day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "usage_days")]
pub struct Model {
    /// Unix time in days.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: Stored<KeyId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub endpoint_name: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: Stored<Code>,
    pub count: i64,
}

impl ActiveModelBehavior for ActiveModel {}
