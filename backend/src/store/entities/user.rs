use model::id::UserId;
use model::role::Role;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Stored<UserId>,
    #[sea_orm(unique)]
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub role: Stored<Role>,
    pub created_at: Stored<Timestamp>,
    pub disabled_at: Option<Stored<Timestamp>>,
    pub last_login_at: Option<Stored<Timestamp>>,
    pub totp_sealed: Option<Vec<u8>>,
    pub totp_since: Option<Stored<Timestamp>>,
    pub totp_pending: Option<Vec<u8>>,
    pub totp_pending_at: Option<Stored<Timestamp>>,
    pub totp_step: i64,
}

impl ActiveModelBehavior for ActiveModel {}
