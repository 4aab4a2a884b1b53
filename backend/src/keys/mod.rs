//! API keys: made, listed, changed, deleted, and brought from PROVISIONING to ACTIVE.

mod bulk;
mod change;
mod create;
mod details;
mod edit;
mod explain;
mod list;
mod progress;
mod provisioning;
mod rotate;
mod settings;

use model::address::AllowedAddresses;
use model::endpoint::Grant;
use model::environment::Kind;
use model::id::KeyId;
use model::life::{Life, NotAllowed};
use model::limit::Limits;
use model::role::Role;
use model::status::{State, Status};
use model::time::Timestamp;
use model::token;
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::audit::{Actor, ActorKind};
use crate::crypto::token::{HashedToken, PlainToken};
use crate::entity::api_key;
use crate::error::{Error, Result};
use crate::verifier::{Known, Of};

pub use create::{MANY, Minted, NewKey};

/// Turns a row into what the verifier knows.
pub(crate) fn known(
    row: api_key::Model,
    granted: Vec<String>,
    old_tokens: Vec<(HashedToken, Timestamp)>,
) -> Result<Known> {
    Ok(Known {
        of: Of::Key,
        limits: limits_of(&row)?,
        addresses: addresses_of(row.allowed_addresses.as_deref(), &row.id)?,
        state: state_of(&row)?,
        token: HashedToken::from_stored(row.token_hash, &row.id)?,
        old_tokens,
        id: KeyId::from_stored(row.id),
        name: row.name,
        environment_id: row.environment_id,
        expires_at: row.expires_at.map(Timestamp),
        created_at: Timestamp(row.created_at),
        grant: grant_of(row.all_endpoints, granted),
        profile_id: row.profile_id,
    })
}

/// A limit as it was stored.
pub(crate) fn limit_of(stored: Option<i64>, id: &str) -> Result<Option<u32>> {
    stored
        .map(|limit| u32::try_from(limit).map_err(|_| Error::stored("rate limit of key", id)))
        .transpose()
}

/// The rate limits of a key.
pub(crate) fn limits_of(row: &api_key::Model) -> Result<Limits> {
    Ok(Limits {
        second: limit_of(row.limit_second, &row.id)?,
        minute: limit_of(row.limit_minute, &row.id)?,
        day: limit_of(row.limit_day, &row.id)?,
    })
}

/// The allowed addresses of a key as they were stored.
pub(crate) fn addresses_of(stored: Option<&str>, id: &str) -> Result<AllowedAddresses> {
    AllowedAddresses::from_stored(stored.unwrap_or_default()).ok_or_else(|| Error::stored("addresses of key", id))
}

pub(crate) fn grant_of(all: bool, granted: Vec<String>) -> Grant {
    if all { Grant::All } else { Grant::Only(granted) }
}

/// The life of a key as its row tells it. Its endpoints are of no account for what can be done to it.
fn life_of(row: &api_key::Model) -> Result<Life> {
    Ok(Life::from_stored(
        state_of(row)?,
        Timestamp(row.created_at),
        row.expires_at.map(Timestamp),
        grant_of(row.all_endpoints, Vec::new()),
    ))
}

/// Why a step of its life is not taken, as a sentence about this key.
fn not_allowed(row: &api_key::Model, why: NotAllowed) -> Error {
    match why {
        NotAllowed::Status(status, change) => Error::Refused(format!(
            "“{}” is {} and cannot be {}.",
            row.name,
            status.title().to_lowercase(),
            change.participle()
        )),
        NotAllowed::EndDatePassed => Error::Refused("That day has passed. Choose a later one.".to_owned()),
    }
}

/// Whether the one who acts, and has this role, may change this key.
fn may_change(actor: &Actor, role: Role, row: &api_key::Model) -> Result<()> {
    let allowed = match &actor.kind {
        ActorKind::CommandLine | ActorKind::System => true,
        ActorKind::User { id, .. } => role.may_change_key(row.created_by.as_deref() == Some(id.as_str())),
        ActorKind::Nobody => false,
    };
    if allowed {
        Ok(())
    } else {
        Err(Error::Forbidden(format!(
            "As a {} you can change only the keys that you created.",
            role.title()
        )))
    }
}

fn state_of(row: &api_key::Model) -> Result<State> {
    State::parse(&row.state).ok_or_else(|| Error::stored("state", &row.state))
}

fn status_of(row: &api_key::Model, now: Timestamp) -> Result<Status> {
    Ok(life_of(row)?.status(now))
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
