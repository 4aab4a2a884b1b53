use model::id::{EnvironmentId, ServiceAccountId};
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_account_environments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_account_id: Stored<ServiceAccountId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub environment_id: Stored<EnvironmentId>,
}

impl ActiveModelBehavior for ActiveModel {}
