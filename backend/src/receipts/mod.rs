//! Receipts: proofs of changes that are in force, signed, so that anybody can check them without asking the server
//! (docs/RECEIPTS.md).

mod check;
mod claims;
mod issue;
mod signing_keys;

use std::sync::Arc;

use model::time::SECOND;
use tokio::sync::Mutex;

use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::store::{Location, Store, database};

pub use self::check::{Checked, Flaw, KeysFlaw, MAX_KEYS, MAX_RECEIPT, PublicKeys};
pub use self::claims::{ActorClaim, Claims, LastValid, NodeClaim, Subject};
pub(crate) use self::signing_keys::retire as retire_signing_key;

/// How long the published keys are answered from memory, in milliseconds, so that a flood of requests asks the database once a second.
const PUBLISHED_FOR: i64 = SECOND;

/// Issues receipts, and publishes the keys that check them.
#[derive(Debug)]
pub struct Receipts {
    store: Arc<Store>,
    cluster: Arc<Cluster>,
    /// The keys as they were last published, and when, on the clock that nobody sets.
    published: Mutex<Option<(i64, PublishedKeys)>>,
}

/// The public keys as `/.well-known/jwks.json` has them.
#[derive(Clone, Debug)]
pub struct PublishedKeys {
    /// A JSON Web Key Set (RFC 7517).
    pub json: Arc<str>,
    /// How many keys it has.
    pub count: usize,
}

impl Receipts {
    pub(crate) fn new(store: Arc<Store>, cluster: Arc<Cluster>) -> Self {
        Self {
            store,
            cluster,
            published: Mutex::default(),
        }
    }

    /// All public keys, at most a second old.
    pub async fn published_keys(&self) -> Result<PublishedKeys> {
        let mut published = self.published.lock().await;
        let now = self.store.clock.elapsed();
        if let Some((at, keys)) = &*published
            && now - at < PUBLISHED_FOR
        {
            return Ok(keys.clone());
        }
        let set = signing_keys::jwk_set(&self.store.db).await?;
        let json = serde_json::to_string(&set).map_err(|error| Error::Internal(error.to_string()))?;
        let keys = PublishedKeys {
            json: json.into(),
            count: set.keys.len(),
        };
        *published = Some((now, keys.clone()));
        Ok(keys)
    }
}

/// The public keys in a database that exists. Needs no master key and changes nothing.
pub async fn public_keys_in(location: &Location) -> Result<PublicKeys> {
    let db = database::connect(location, &Settings::default()).await?;
    let keys = signing_keys::public_keys(&db).await;
    db.close().await?;
    keys
}
