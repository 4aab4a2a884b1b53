use model::environment::Kind;
use model::id::EnvironmentId;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "environments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Stored<EnvironmentId>,
    #[sea_orm(unique)]
    pub name: String,
    pub kind: Stored<Kind>,
    pub hidden: bool,
    pub created_at: Stored<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
