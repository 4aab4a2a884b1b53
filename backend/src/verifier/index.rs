//! The index in memory: token hash → what a decision needs.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use model::endpoint::{Endpoint, Grant};
use model::id::KeyId;
use model::status::State;
use model::time::Timestamp;
use model::verify::ProfileInForce;

use super::Snapshot;
use super::uses::Uses;
use crate::crypto::token::HashedToken;

/// What the verifier knows of a key.
#[derive(Debug)]
pub struct Known {
    pub(crate) of: Of,
    pub id: KeyId,
    pub name: String,
    pub expires_at: Option<Timestamp>,
    pub(crate) environment_id: String,
    pub(crate) token: HashedToken,
    /// Tokens from before a rotation, and until when each works.
    pub(crate) old_tokens: Vec<(HashedToken, Timestamp)>,
    pub(crate) state: State,
    pub(crate) created_at: Timestamp,
    pub(crate) grant: Grant,
    pub(crate) profile_id: Option<String>,
    /// What it was used for and is not stored yet.
    pub(crate) uses: Uses,
}

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// One of the list.
    Key,
    /// An environment's own.
    Environment,
}

#[derive(Debug, Default)]
pub(super) struct Index {
    by_token: HashMap<HashedToken, Entry>,
    by_id: HashMap<String, Arc<Known>>,
    provisioning: HashSet<String>,
    catalogue: Vec<Arc<Endpoint>>,
    profiles: HashMap<String, Arc<ProfileInForce>>,
    /// Names by ID.
    environments: HashMap<String, Arc<str>>,
}

/// A token of a key.
#[derive(Debug)]
struct Entry {
    key: Arc<Known>,
    /// When an old token ends; `None` for the current one.
    ends_at: Option<Timestamp>,
}

impl Index {
    pub(super) fn new(snapshot: Snapshot) -> Self {
        let mut index = Self {
            catalogue: snapshot.catalogue.into_iter().map(Arc::new).collect(),
            profiles: snapshot
                .profiles
                .into_iter()
                .map(|profile| (profile.id.to_string(), Arc::new(profile)))
                .collect(),
            environments: snapshot
                .environments
                .into_iter()
                .map(|(id, name)| (id, name.into()))
                .collect(),
            ..Self::default()
        };
        for key in snapshot.keys {
            let id = key.id.to_string();
            index.apply(&id, Some(key));
        }
        index
    }

    /// The key of a token, unless it is an old one that has ended.
    pub(super) fn find(&self, token: &HashedToken, now: Timestamp) -> Option<&Arc<Known>> {
        let entry = self.by_token.get(token)?;
        let ended = entry.ends_at.is_some_and(|end| now >= end);
        (!ended).then_some(&entry.key)
    }

    pub(super) fn endpoint(&self, name: &str) -> Option<&Arc<Endpoint>> {
        self.catalogue.iter().find(|endpoint| endpoint.name == name)
    }

    pub(super) fn endpoint_of(&self, method: &str, path: &str) -> Option<&Arc<Endpoint>> {
        self.catalogue
            .iter()
            .find(|endpoint| endpoint.patterns.iter().any(|pattern| pattern.matches(method, path)))
    }

    /// The profile of a key, in the version in force.
    pub(super) fn profile_of(&self, key: &Known) -> Option<&Arc<ProfileInForce>> {
        self.profiles.get(key.profile_id.as_ref()?)
    }

    /// The name of the environment of a key.
    pub(super) fn environment_of(&self, key: &Known) -> Option<&Arc<str>> {
        self.environments.get(&key.environment_id)
    }

    pub(super) fn apply_environment(&mut self, id: &str, name: &str) {
        self.environments.insert(id.to_owned(), name.into());
    }

    pub(super) fn apply_catalogue(&mut self, catalogue: Vec<Endpoint>) {
        self.catalogue = catalogue.into_iter().map(Arc::new).collect();
    }

    /// Tells whether the key waits for provisioning.
    pub(super) fn apply(&mut self, id: &str, key: Option<Known>) -> bool {
        if let Some(known) = self.by_id.remove(id) {
            self.by_token.remove(&known.token);
            for (token, _) in &known.old_tokens {
                self.by_token.remove(token);
            }
        }
        self.provisioning.remove(id);
        let Some(key) = key.map(Arc::new) else {
            return false;
        };
        let waiting = key.state == State::Provisioning;
        if waiting {
            self.provisioning.insert(id.to_owned());
        }
        for (token, end) in &key.old_tokens {
            let entry = Entry {
                key: Arc::clone(&key),
                ends_at: Some(*end),
            };
            self.by_token.insert(*token, entry);
        }
        let current = Entry {
            key: Arc::clone(&key),
            ends_at: None,
        };
        self.by_token.insert(key.token, current);
        self.by_id.insert(id.to_owned(), key);
        waiting
    }

    /// Puts a profile's version in force, or takes the profile out when it is gone.
    pub(super) fn apply_profile(&mut self, id: &str, profile: Option<ProfileInForce>) {
        match profile {
            Some(profile) => self.profiles.insert(id.to_owned(), Arc::new(profile)),
            None => self.profiles.remove(id),
        };
    }

    pub(super) fn has_provisioning(&self) -> bool {
        !self.provisioning.is_empty()
    }

    pub(super) fn provisioning(&self) -> Vec<String> {
        self.provisioning.iter().cloned().collect()
    }

    /// A key that will never leave PROVISIONING any more needs nobody to look at it.
    pub(super) fn gave_up(&mut self, id: &str) {
        self.provisioning.remove(id);
    }
}
