//! The catalogue of endpoints.

mod change;
mod list;

use std::sync::Arc;

use model::endpoint::Endpoint;

use crate::error::Result;
use crate::store::Store;
use crate::store::endpoints::catalogue;

/// Keeps the catalogue of endpoints.
#[derive(Debug)]
pub struct Endpoints {
    store: Arc<Store>,
}

impl Endpoints {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// The endpoints that a key can be given, in their order.
    pub async fn catalogue(&self) -> Result<Vec<Endpoint>> {
        catalogue(&self.store.db).await
    }
}
