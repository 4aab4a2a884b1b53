use model::id::UserId;
use model::time::{DAY, HOUR, Timestamp};
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

/// A session ends after `UNUSED_MAX` milliseconds without a request, and after `AGE_MAX` milliseconds in all.
pub const UNUSED_MAX: i64 = 12 * HOUR;
pub const AGE_MAX: i64 = 7 * DAY;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    pub user_id: Stored<UserId>,
    pub created_at: Stored<Timestamp>,
    pub last_seen_at: Stored<Timestamp>,
    pub password_at: Stored<Timestamp>,
    pub user_agent: String,
    pub address: String,
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether the session has ended by itself.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.last_seen_at.0) >= UNUSED_MAX || now.since(self.created_at.0) >= AGE_MAX
    }
}
