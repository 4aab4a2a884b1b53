//! Service accounts: programs that use the management API. They have a role and tokens of their own, and belong to no person.

mod authenticate;
mod change;
mod list;
mod tokens;

use std::sync::Arc;

use model::id::ServiceAccountId;
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::error::{NotFound, Result};
use crate::store::Store;
use crate::store::entities::service_account;

pub use tokens::TokenTerms;

/// Creates, changes and lists service accounts and their tokens, and finds out which one sends a request.
#[derive(Debug)]
pub struct ServiceAccounts {
    store: Arc<Store>,
}

impl ServiceAccounts {
    pub(crate) const fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

/// The row of a service account that exists.
async fn row(db: &impl ConnectionTrait, id: &ServiceAccountId) -> Result<service_account::Model> {
    service_account::Entity::find_by_id(id)
        .one(db)
        .await?
        .filter(|account| account.deleted_at.is_none())
        .ok_or_else(|| NotFound::ServiceAccount(id.clone()).into())
}
