//! Logging in: the same answer in the same time for an unknown address and a wrong password.

use model::account;
use sea_orm::{EntityTrait, QueryFilter};
use secrecy::SecretString;
use serde_json::json;

use super::session::{LoggedIn, NewSession};
use super::throttle::Subject;
use crate::audit::Event;
use crate::backend::Backend;
use crate::entity::user;
use crate::error::{Error, Result};

/// An attempt to log in.
#[derive(Debug)]
pub struct Login {
    pub email: String,
    pub password: SecretString,
    /// Where the request came from.
    pub address: String,
    /// The value of the device cookie.
    pub device: Option<String>,
}

/// Why somebody is not logged in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("The e-mail address or the password is wrong.")]
    Wrong,
    #[error("Too many attempts. Try again in {} s.", retry_after(*.0))]
    TooMany(
        /// Milliseconds to wait.
        i64,
    ),
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Whole seconds for `Retry-After`, rounded up.
pub(super) fn retry_after(milliseconds: i64) -> i64 {
    (milliseconds + 999) / 1000
}

impl LoginError {
    /// Whole seconds to wait, where waiting helps.
    pub fn retry_after(&self) -> Option<i64> {
        match self {
            Self::TooMany(milliseconds) => Some(retry_after(*milliseconds)),
            _ => None,
        }
    }
}

impl Backend {
    /// Checks a password and begins a session.
    pub async fn log_in(&self, login: Login) -> Result<NewSession, LoginError> {
        // What is no address is nobody's: one count for all of it.
        let email = account::email(&login.email).unwrap_or_default();
        let subjects = if self.accounts.devices.knows(login.device.as_deref(), &email) {
            // Not by the address, which a stranger may share.
            vec![Subject::Device(email.clone())]
        } else {
            vec![Subject::Account(email.clone()), Subject::address(&login.address)]
        };
        self.accounts
            .throttle
            .attempt(&subjects, self.now())
            .map_err(LoginError::TooMany)?;

        let user = user::Entity::find()
            .filter(user::COLUMN.email.eq(&email))
            .filter(user::COLUMN.disabled_at.is_null())
            .one(&self.db)
            .await
            .map_err(Error::from)?;
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        let right = self.accounts.passwords.verify(login.password, stored).await?;
        let Some(user) = user.filter(|_| right) else {
            return Err(LoginError::Wrong);
        };
        self.accounts.throttle.succeeded(&subjects);

        let mut write = self.write().await?;
        let session = self.begin_session(&write, &user.id, &user.email).await?;
        let who = LoggedIn::try_from(user)?;
        let event = Event {
            action: "user.logged_in",
            subject: Some((who.user_id.as_str(), &who.me.email)),
            details: json!({}),
        };
        write.audit(&who.actor(Some(login.address)), &event);
        write.commit().await?;
        Ok(session)
    }
}
