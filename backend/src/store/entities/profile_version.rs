use model::id::ProfileId;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "profile_versions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub profile_id: Stored<ProfileId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub name: String,
    pub description: String,
    pub settings: String,
    pub author: String,
    pub created_at: Stored<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
