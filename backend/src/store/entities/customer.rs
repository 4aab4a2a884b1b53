use model::id::{CustomerId, ServiceAccountId, UserId};
use model::metadata::Metadata;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Stored<CustomerId>,
    pub external_id: String,
    pub name: String,
    pub name_lower: String,
    pub metadata: Option<Stored<Metadata>>,
    pub limit_second: Option<Stored<u32>>,
    pub limit_minute: Option<Stored<u32>>,
    pub limit_day: Option<Stored<u32>>,
    pub version: i64,
    pub suspended_at: Option<Stored<Timestamp>>,
    pub created_at: Stored<Timestamp>,
    pub created_by: Option<Stored<UserId>>,
    pub created_by_service: Option<Stored<ServiceAccountId>>,
}

impl ActiveModelBehavior for ActiveModel {}
