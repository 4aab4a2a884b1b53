//! The data plane: whether a key may call an endpoint, decided from memory alone.

mod index;
mod uses;

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use model::endpoint::Endpoint;
use model::path;
use model::status::status;
use model::time::Timestamp;
use model::token;
use model::verify::{Code, ProfileInForce};
use tokio::sync::{Mutex, MutexGuard};

use crate::clock::Clock;
use crate::crypto::token::HashedToken;
use index::Index;
pub use index::Known;
pub(crate) use index::Of;
use uses::Use;
pub(crate) use uses::{Tally, Used, Uses};

/// The index, and what a decision needs beside it.
#[derive(Debug)]
pub struct Verifier {
    index: RwLock<Index>,
    /// The last change in the index, `None` before it was loaded. Held while changes are applied: they come in order.
    applying: Mutex<Option<i64>>,
    used: Used,
    clock: Arc<dyn Clock>,
    /// When the database last answered, in Unix milliseconds; 0 before the index was loaded.
    heard_at: AtomicI64,
    /// How long memory alone may answer after that, in milliseconds.
    stale_limit: i64,
}

/// Why there is no decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    #[error("The keys are not loaded yet.")]
    Loading,
    #[error("This node has not heard from its database for too long to answer from memory.")]
    Stale,
}

/// What a request is about.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// An endpoint by its name.
    Endpoint(&'a str),
    /// A method and the path as it was sent, query and all.
    Request { method: &'a str, path: &'a str },
    /// A request that nobody can be sure of. Allowed to no key.
    Ambiguous,
}

/// The answer to "may this key call this?".
#[derive(Clone, Debug)]
pub struct Decision {
    pub code: Code,
    /// `None` when the token is unknown.
    pub key: Option<Arc<Known>>,
    /// The name of the key's environment.
    pub environment: Option<Arc<str>>,
    /// The endpoint that was asked for, as far as it is one.
    pub endpoint: Option<Arc<Endpoint>>,
    /// The bias profile of the key, in the version in force.
    pub profile: Option<Arc<ProfileInForce>>,
}

impl Decision {
    /// The name of the endpoint that was asked for, as far as it is one.
    pub fn endpoint_name(&self) -> Option<&str> {
        self.endpoint.as_ref().map(|endpoint| endpoint.name.as_str())
    }
}

/// Everything the index is made from.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) keys: Vec<Known>,
    pub(crate) catalogue: Vec<Endpoint>,
    pub(crate) profiles: Vec<ProfileInForce>,
    /// IDs and names.
    pub(crate) environments: Vec<(String, String)>,
}

impl Verifier {
    pub(crate) fn new(clock: Arc<dyn Clock>, stale_limit: i64) -> Self {
        Self {
            heard_at: AtomicI64::new(0),
            stale_limit,
            index: RwLock::default(),
            applying: Mutex::new(None),
            used: Used::default(),
            clock,
        }
    }

    /// Decides, in this order: is the key known, its status, the endpoint. Counts the request, with where it came from.
    pub fn decide(&self, token: &str, target: Target<'_>, from: Option<IpAddr>) -> Result<Decision, Unavailable> {
        let now = self.clock.now();
        self.available(now)?;
        Ok(self.decide_at(now, token, target, from))
    }

    /// Whether this node may answer.
    pub fn ready(&self) -> Result<(), Unavailable> {
        self.available(self.clock.now())
    }

    fn available(&self, now: Timestamp) -> Result<(), Unavailable> {
        match self.heard_at.load(Ordering::Acquire) {
            0 => Err(Unavailable::Loading),
            heard if now.since(Timestamp(heard)) > self.stale_limit => Err(Unavailable::Stale),
            _ => Ok(()),
        }
    }

    /// The database has just answered, and everything it had to say is in the index.
    pub(crate) fn heard(&self, at: Timestamp) {
        self.heard_at.store(at.0, Ordering::Release);
    }

    fn decide_at(&self, now: Timestamp, token: &str, target: Target<'_>, from: Option<IpAddr>) -> Decision {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        let endpoint = match target {
            Target::Endpoint(name) => index.endpoint(name),
            Target::Ambiguous => None,
            Target::Request { method, path } => path::unambiguous(path)
                .ok()
                .and_then(|path| index.endpoint_of(method, path)),
        };
        let hashed = token::check(token).ok().map(|_| HashedToken::of(token));
        let known = hashed.as_ref().and_then(|token| Some((token, index.find(token, now)?)));
        let Some((token, key)) = known else {
            return Decision {
                code: Code::NotFound,
                key: None,
                environment: None,
                endpoint: endpoint.map(Arc::clone),
                profile: None,
            };
        };
        let granted = endpoint.is_some_and(|endpoint| key.grant.covers(&endpoint.name));
        let code = match Code::of_status(key.status(now)) {
            Some(code) => code,
            None if !granted => Code::Forbidden,
            None => Code::Valid,
        };
        let request = Use {
            token,
            at: now,
            from,
            endpoint,
            code,
        };
        self.used.note(key, request);
        Decision {
            code,
            profile: index.profile_of(key).map(Arc::clone),
            environment: index.environment_of(key).map(Arc::clone),
            endpoint: endpoint.map(Arc::clone),
            key: Some(Arc::clone(key)),
        }
    }

    pub(crate) async fn applying(&self) -> MutexGuard<'_, Option<i64>> {
        self.applying.lock().await
    }

    pub(crate) async fn applied(&self) -> Option<i64> {
        *self.applying.lock().await
    }

    pub(crate) fn used(&self) -> &Used {
        &self.used
    }

    /// Replaces the index. Tells whether a key waits for provisioning.
    pub(crate) fn load(&self, snapshot: Snapshot) -> bool {
        let index = Index::new(snapshot);
        let waiting = index.has_provisioning();
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = index;
        waiting
    }

    /// Puts a key in, or takes it out when it is gone. Tells whether it waits for provisioning.
    pub(crate) fn apply(&self, id: &str, key: Option<Known>) -> bool {
        self.index
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .apply(id, key)
    }

    /// Puts the name of an environment in force.
    pub(crate) fn apply_environment(&self, id: &str, name: &str) {
        self.index
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .apply_environment(id, name);
    }

    /// Puts the catalogue of endpoints in force.
    pub(crate) fn apply_catalogue(&self, catalogue: Vec<Endpoint>) {
        self.index
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .apply_catalogue(catalogue);
    }

    /// Puts a profile's version in force, or takes the profile out when it is gone.
    pub(crate) fn apply_profile(&self, id: &str, profile: Option<ProfileInForce>) {
        self.index
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .apply_profile(id, profile);
    }

    /// Nobody needs to look at this key any more.
    pub(crate) fn gave_up(&self, id: &str) {
        self.index.write().unwrap_or_else(PoisonError::into_inner).gave_up(id);
    }

    /// IDs of the keys that wait for provisioning.
    pub(crate) fn provisioning(&self) -> Vec<String> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).provisioning()
    }
}

impl Known {
    /// The status now, computed from times.
    pub fn status(&self, now: Timestamp) -> model::status::Status {
        status(self.state, self.created_at, self.expires_at, now)
    }
}
