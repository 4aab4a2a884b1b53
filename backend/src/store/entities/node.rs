use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "nodes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub instance_id: String,
    pub name: String,
    pub started_at: i64,
    pub heartbeat_at: i64,
    pub applied_number: i64,
}

impl ActiveModelBehavior for ActiveModel {}
