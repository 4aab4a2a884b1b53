use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "endpoint_patterns")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub endpoint_name: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    pub method: String,
    pub path: String,
}

impl ActiveModelBehavior for ActiveModel {}
