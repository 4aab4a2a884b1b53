use model::id::{CustomerId, EnvironmentId};
use model::verify::Code;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_usage")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: Stored<CustomerId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub hour: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub environment_id: Stored<EnvironmentId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub endpoint_name: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: Stored<Code>,
    pub count: i64,
}

impl ActiveModelBehavior for ActiveModel {}
