//! The catalogue of endpoints.

mod change;
mod list;

use std::sync::Arc;

use model::endpoint::Endpoint;
use model::role::Permission;

use crate::actor::Actor;
use crate::error::Result;
use crate::store::Store;
use crate::store::endpoints::catalogue;

/// The service for the catalogue of endpoints.
#[derive(Debug)]
pub struct Endpoints {
    store: Arc<Store>,
}

impl Endpoints {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// The endpoints that a key can be granted, in the order of the catalogue.
    pub async fn catalogue(&self, actor: &Actor) -> Result<Vec<Endpoint>> {
        actor.require(Permission::SeeKeys)?;
        self.load_catalogue().await
    }

    /// The catalogue for another service, which has already required a permission.
    pub(crate) async fn load_catalogue(&self) -> Result<Vec<Endpoint>> {
        catalogue(&self.store.db).await
    }
}
