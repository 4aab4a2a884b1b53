use model::id::{ServiceAccountId, UserId};
use model::role::Role;
use model::time::Timestamp;
use sea_orm::entity::prelude::*;

use crate::store::column::Stored;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Stored<ServiceAccountId>,
    pub name: String,
    pub role: Stored<Role>,
    pub all_environments: bool,
    pub created_at: Stored<Timestamp>,
    pub created_by: Option<Stored<UserId>>,
    pub disabled_at: Option<Stored<Timestamp>>,
    pub deleted_at: Option<Stored<Timestamp>>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether its tokens are accepted.
    pub(crate) const fn is_active(&self) -> bool {
        self.disabled_at.is_none() && self.deleted_at.is_none()
    }
}
