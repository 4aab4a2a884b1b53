//! Receipts: proofs of changes that are in force, signed, so that anybody can check them without asking the server
//! (docs/RECEIPTS.md).

mod check;
mod claims;
mod issue;
mod signing_keys;

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use model::time::SECOND;
use tokio::sync::Mutex;

use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::store::time_limit::within;
use crate::store::{Location, Store, database};

pub use self::check::{Checked, Flaw, KeysFlaw, MAX_KEYS, MAX_RECEIPT, PublicKeys};
pub use self::claims::{ActorClaim, Claims, LastValid, NodeClaim, Subject};
pub(crate) use self::signing_keys::retire as retire_signing_key;

/// How long the published keys are answered from memory, in milliseconds, so that a flood of requests asks the database once a second.
const PUBLISHED_FOR: i64 = SECOND;
/// How long a request waits for the keys. Everybody may ask, and requests that wait hold connections.
const ASKING_LIMIT: Duration = Duration::from_secs(2);

/// Issues receipts, and publishes the keys that check them.
#[derive(Debug)]
pub struct Receipts {
    store: Arc<Store>,
    cluster: Arc<Cluster>,
    /// The keys as they were last published, and when, on the clock that nobody sets.
    published: std::sync::Mutex<Option<(i64, PublishedKeys)>>,
    /// Held while the database is asked for the keys.
    asking: Mutex<()>,
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
            published: std::sync::Mutex::default(),
            asking: Mutex::default(),
        }
    }

    /// All public keys. They are at most a second old, unless the database does not answer: no key is ever removed, so old ones
    /// are as true as new ones.
    pub async fn published_keys(&self) -> Result<PublishedKeys> {
        let known = self.known_keys(PUBLISHED_FOR);
        if let Some(keys) = known {
            return Ok(keys);
        }
        let old = self.known_keys(i64::MAX);
        // One request asks the database. The others answer what is known, and wait only before anything is.
        let asking = match (self.asking.try_lock(), &old) {
            (Err(_), Some(old)) => return Ok(old.clone()),
            (asking, _) => asking.ok(),
        };
        let asked = within(ASKING_LIMIT, async {
            let _asking = match asking {
                Some(asking) => asking,
                None => self.asking.lock().await,
            };
            match self.known_keys(PUBLISHED_FOR) {
                Some(keys) => Ok(keys),
                None => self.read_keys().await,
            }
        });
        match (asked.await, old) {
            (Err(_), Some(old)) => Ok(old),
            (asked, _) => asked,
        }
    }

    /// The keys that were published, unless that is longer ago than `limit`, in milliseconds.
    fn known_keys(&self, limit: i64) -> Option<PublishedKeys> {
        let now = self.store.clock.elapsed();
        let published = self.published();
        let (at, keys) = published.as_ref()?;
        (now - at < limit).then(|| keys.clone())
    }

    async fn read_keys(&self) -> Result<PublishedKeys> {
        let now = self.store.clock.elapsed();
        let set = signing_keys::jwk_set(&self.store.db).await?;
        let json = serde_json::to_string(&set).map_err(|error| Error::Internal(error.to_string()))?;
        let keys = PublishedKeys {
            json: json.into(),
            count: set.keys.len(),
        };
        *self.published() = Some((now, keys.clone()));
        Ok(keys)
    }

    fn published(&self) -> MutexGuard<'_, Option<(i64, PublishedKeys)>> {
        self.published.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The public keys in a database that exists. Needs no master key and changes nothing.
pub async fn public_keys_in(location: &Location) -> Result<PublicKeys> {
    let db = database::connect(location, &Settings::default()).await?;
    let keys = signing_keys::public_keys(&db).await;
    db.close().await?;
    keys
}
