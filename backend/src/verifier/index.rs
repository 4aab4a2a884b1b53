//! The index in memory: token hash → what a decision needs.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use model::endpoint::{Endpoint, Grant};
use model::id::KeyId;
use model::status::State;
use model::time::Timestamp;

use super::Snapshot;
use crate::crypto::token::HashedToken;

/// What the verifier knows of a key.
#[derive(Debug)]
pub struct Known {
    pub id: KeyId,
    pub name: String,
    pub environment: String,
    pub expires_at: Option<Timestamp>,
    pub(crate) token: HashedToken,
    pub(crate) state: State,
    pub(crate) created_at: Timestamp,
    pub(crate) grant: Grant,
    /// When it was last used and that was not yet stored, in Unix milliseconds; 0 otherwise.
    pub(crate) used_at: AtomicI64,
}

#[derive(Debug, Default)]
pub(super) struct Index {
    by_token: HashMap<HashedToken, Arc<Known>>,
    tokens: HashMap<String, HashedToken>,
    provisioning: HashSet<String>,
    catalogue: Vec<Endpoint>,
}

impl Index {
    pub(super) fn new(snapshot: Snapshot) -> Self {
        let mut index = Self {
            catalogue: snapshot.catalogue,
            ..Self::default()
        };
        for key in snapshot.keys {
            let id = key.id.to_string();
            index.apply(&id, Some(key));
        }
        index
    }

    pub(super) fn find(&self, token: &HashedToken) -> Option<&Arc<Known>> {
        self.by_token.get(token)
    }

    pub(super) fn endpoint(&self, name: &str) -> Option<&Endpoint> {
        self.catalogue.iter().find(|endpoint| endpoint.name == name)
    }

    pub(super) fn endpoint_of(&self, method: &str, path: &str) -> Option<&Endpoint> {
        self.catalogue
            .iter()
            .find(|endpoint| endpoint.patterns.iter().any(|pattern| pattern.matches(method, path)))
    }

    /// Tells whether the key waits for provisioning.
    pub(super) fn apply(&mut self, id: &str, key: Option<Known>) -> bool {
        if let Some(token) = self.tokens.remove(id) {
            self.by_token.remove(&token);
        }
        self.provisioning.remove(id);
        let Some(key) = key else {
            return false;
        };
        let waiting = key.state == State::Provisioning;
        if waiting {
            self.provisioning.insert(id.to_owned());
        }
        self.tokens.insert(id.to_owned(), key.token);
        self.by_token.insert(key.token, Arc::new(key));
        waiting
    }

    pub(super) fn has_provisioning(&self) -> bool {
        !self.provisioning.is_empty()
    }

    pub(super) fn provisioning(&self) -> Vec<String> {
        self.provisioning.iter().cloned().collect()
    }
}
