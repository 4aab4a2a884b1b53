//! The time between a right password and a right code: a sealed note in a cookie, nothing stored.

use model::time::{MINUTE, Timestamp};
use sea_orm::{ConnectionTrait, EntityTrait};
use secrecy::{ExposeSecret, SecretString};

use super::hex::{hex, unhex};
use crate::backend::Backend;
use crate::crypto::sha256;
use crate::entity::user;
use crate::error::{Error, Result};

/// How long there is to enter a code, in milliseconds.
const GOOD_FOR: i64 = 5 * MINUTE;

/// What it is sealed as.
const WHAT: &str = "login ticket";

/// Says that somebody has entered the right password a moment ago.
#[derive(Debug)]
pub struct LoginTicket(SecretString);

impl LoginTicket {
    /// What the cookie carries.
    pub fn value(&self) -> &str {
        self.0.expose_secret()
    }
}

impl Backend {
    pub(super) fn login_ticket(&self, user: &user::Model) -> Result<LoginTicket> {
        let note = serde_json::to_vec(&(&user.id, self.now().0, password_mark(user)))
            .map_err(|error| Error::Internal(error.to_string()))?;
        let sealed = self.seal.seal(self.random(), WHAT, &note)?;
        Ok(LoginTicket(hex(&sealed).into()))
    }

    /// Whether a ticket would still be taken.
    pub async fn login_ticket_is_good(&self, ticket: &str) -> Result<bool> {
        Ok(self.ticket_holder(&self.db, ticket).await?.is_some())
    }

    /// Whose ticket this is, while it is good: until it is too old, the password is another, the person is disabled, or
    /// no code is needed any more.
    pub(super) async fn ticket_holder(&self, db: &impl ConnectionTrait, ticket: &str) -> Result<Option<user::Model>> {
        let note = unhex(ticket).and_then(|sealed| self.seal.open(WHAT, &sealed).ok());
        let read = note.and_then(|note| serde_json::from_slice::<(String, i64, String)>(&note).ok());
        let Some((user_id, issued_at, mark)) = read else {
            return Ok(None);
        };
        if !(0..GOOD_FOR).contains(&self.now().since(Timestamp(issued_at))) {
            return Ok(None);
        }
        let user = user::Entity::find_by_id(user_id).one(db).await?;
        Ok(user.filter(|user| password_mark(user) == mark && user.disabled_at.is_none() && user.totp_sealed.is_some()))
    }
}

/// Tells one password of a person from the next, and nothing about either.
fn password_mark(user: &user::Model) -> String {
    hex(&sha256(&user.password_hash)[..8])
}
