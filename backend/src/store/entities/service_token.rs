use model::address::AllowedAddresses;
use model::id::{ServiceAccountId, ServiceTokenId};
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Stored<ServiceTokenId>,
    pub service_account_id: Stored<ServiceAccountId>,
    pub token_hash: Vec<u8>,
    pub last_four: String,
    pub allowed_addresses: Option<Stored<AllowedAddresses>>,
    pub created_at: Stored<Timestamp>,
    pub expires_at: Option<Stored<Timestamp>>,
    pub last_used_at: Option<Stored<Timestamp>>,
    pub last_used_from: Option<String>,
    #[sea_orm(belongs_to, from = "service_account_id", to = "id")]
    pub service_account: BelongsTo<super::service_account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether the token has ended by itself.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end.0 <= now)
    }
}
