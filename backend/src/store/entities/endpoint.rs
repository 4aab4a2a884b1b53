use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "endpoints")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub title: String,
    pub position: i32,
    pub created_at: Stored<Timestamp>,
    pub retired_at: Option<Stored<Timestamp>>,
}

impl ActiveModelBehavior for ActiveModel {}
