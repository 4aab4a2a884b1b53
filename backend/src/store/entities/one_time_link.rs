use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_links")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    pub purpose: String,
    pub user_id: Option<String>,
    pub expires_at: i64,
    pub email: Option<String>,
    pub role: Option<String>,
    pub created_by: Option<String>,
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
