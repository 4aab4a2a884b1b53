use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    #[sea_orm(unique)]
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub role: String,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
    pub last_login_at: Option<i64>,
    pub totp_sealed: Option<Vec<u8>>,
    pub totp_since: Option<i64>,
    pub totp_pending: Option<Vec<u8>>,
    pub totp_pending_at: Option<i64>,
    pub totp_step: i64,
}

impl ActiveModelBehavior for ActiveModel {}
