//! API keys: created, listed, changed, deleted, and brought from PROVISIONING to ACTIVE.

mod bulk;
mod change;
mod create;
mod details;
mod duplicate;
mod edit;
mod explain;
mod form_receipt;
mod import;
mod index_names;
mod list;
mod new_key;
mod new_rows;
mod owner;
mod progress;
mod provisioning;
mod refusals;
mod rotate;
mod settings;

use std::sync::Arc;

use model::environment::Kind;
use model::life::NotAllowed;
use model::role::Role;
use model::token;

use crate::actor::Actor;
use crate::audit::Audit;
use crate::cluster::Cluster;
use crate::crypto::token::{PlainToken, TokenHasher};
use crate::endpoints::Endpoints;
use crate::environments::Environments;
use crate::error::{Conflict, Forbidden, NotFound, Result};
use crate::profiles::Profiles;
use crate::store::Store;
use crate::store::entities::{api_key, old_token};
use crate::store::keys::{addresses_of, life_of, limits_of, owner_of, row, status_of};
use crate::usage::Usage;
use crate::verifier::Verifier;

pub use create::{KEYS_PER_TRANSACTION, NewKeyWithToken};
pub use new_key::NewKey;

/// Creates, lists, changes and deletes API keys, and provisions them.
#[derive(Debug)]
pub struct Keys {
    pub(crate) audit: Arc<Audit>,
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) endpoints: Arc<Endpoints>,
    pub(crate) environments: Arc<Environments>,
    pub(crate) profiles: Arc<Profiles>,
    pub(crate) usage: Arc<Usage>,
    pub(crate) store: Arc<Store>,
    pub(crate) verifier: Arc<Verifier>,
}

/// The error for a step that the key's life does not allow.
fn not_allowed(row: &api_key::Model, why: NotAllowed) -> Conflict {
    Conflict::KeyStep {
        name: row.name.clone(),
        why,
    }
}

/// Checks that the actor, with this role, may change this key.
fn may_change(actor: &Actor, role: Role, row: &api_key::Model) -> Result<()> {
    may_see(actor, row)?;
    if actor.may_change_key(role, &owner_of(row)) {
        Ok(())
    } else {
        Err(Forbidden::NotOwnKey(role).into())
    }
}

/// Checks that the actor may see this key. To a service account, the keys of other environments than its own do not exist.
fn may_see(actor: &Actor, row: &api_key::Model) -> Result<()> {
    if actor.reaches(&row.environment_id) {
        Ok(())
    } else {
        Err(NotFound::Key(row.id.0.clone()).into())
    }
}

/// How a list shows the token of a key.
fn masked(kind: Kind, row: &api_key::Model) -> String {
    mask(kind, &row.token_last_four, row.token_imported)
}

/// How an old token of a key is shown.
fn masked_old(kind: Kind, old: &old_token::Model) -> String {
    mask(kind, &old.last_four, old.token_imported)
}

fn mask(kind: Kind, last_four: &str, imported: bool) -> String {
    if imported {
        token::mask_imported(last_four)
    } else {
        token::mask(kind, last_four)
    }
}

/// What is stored of a token.
struct StoredToken {
    hash: Vec<u8>,
    /// Empty where nobody knows them, since another system has issued the token.
    last_four: String,
    imported: bool,
}

impl StoredToken {
    /// What is stored of a token that was made here.
    fn of(hasher: &TokenHasher, token: &PlainToken) -> Self {
        Self {
            hash: hasher.hash(token.reveal()).0.to_vec(),
            last_four: token.last_four().to_owned(),
            imported: false,
        }
    }
}
