//! API keys: made, listed, changed, deleted, and brought from PROVISIONING to ACTIVE.

mod change;
mod create;
mod list;
mod provisioning;

use std::sync::atomic::AtomicI64;

use model::endpoint::Grant;
use model::environment::Kind;
use model::id::KeyId;
use model::status::{State, Status, status};
use model::time::Timestamp;
use model::token;
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::crypto::token::{HashedToken, PlainToken};
use crate::entity::api_key;
use crate::error::{Error, Result};
use crate::verifier::Known;

pub use create::{Minted, NewKey};

/// Turns a row into what the verifier knows.
pub(crate) fn known(row: api_key::Model, granted: Vec<String>, environment: &str) -> Result<Known> {
    let state = state_of(&row)?;
    let token: [u8; 32] = row
        .token_hash
        .try_into()
        .map_err(|_| Error::stored("token hash of key", &row.id))?;
    Ok(Known {
        id: KeyId::from_stored(row.id),
        name: row.name,
        environment: environment.to_owned(),
        expires_at: row.expires_at.map(Timestamp),
        token: HashedToken(token),
        state,
        created_at: Timestamp(row.created_at),
        grant: if row.all_endpoints {
            Grant::All
        } else {
            Grant::Only(granted)
        },
        used_at: AtomicI64::new(0),
    })
}

fn state_of(row: &api_key::Model) -> Result<State> {
    State::parse(&row.state).ok_or_else(|| Error::stored("state", &row.state))
}

fn status_of(row: &api_key::Model, now: Timestamp) -> Result<Status> {
    Ok(status(
        state_of(row)?,
        Timestamp(row.created_at),
        row.expires_at.map(Timestamp),
        now,
    ))
}

/// The row of a key that exists.
async fn row(db: &impl ConnectionTrait, id: &KeyId) -> Result<api_key::Model> {
    api_key::Entity::find_by_id(id.as_str())
        .one(db)
        .await?
        .ok_or_else(|| Error::NotFound(format!("There is no key {id}. It may have been deleted.")))
}

/// How a list shows the token of a key.
fn masked(kind: Kind, row: &api_key::Model) -> String {
    token::mask(kind, &row.token_last_four)
}

/// What is stored of a new token.
fn stored(token: &PlainToken) -> (Vec<u8>, String) {
    (token.hashed().0.to_vec(), token.last_four().to_owned())
}
