use model::id::ProfileId;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "profiles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Stored<ProfileId>,
    #[sea_orm(unique)]
    pub name_lower: String,
    pub version: i64,
    pub created_at: Stored<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
