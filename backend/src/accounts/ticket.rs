//! The time between a right password and a right code: a secret in a cookie, whose hash is stored beside the one-time
//! links. The secret is random, so nobody can compute it from the master key and a copy of the database.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use secrecy::{ExposeSecret, SecretString};

use super::link::{LinkDetails, Purpose};
use crate::accounts::Accounts;
use crate::crypto::sha256;
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::entities::{one_time_link, user};
use crate::store::mutation::Mutation;

/// Shows that a person has entered the right password a moment ago.
#[derive(Debug)]
pub struct LoginTicket(SecretString);

impl LoginTicket {
    /// What the cookie carries.
    pub fn value(&self) -> &str {
        self.0.expose_secret()
    }
}

impl Accounts {
    pub(super) async fn login_ticket(&self, mutation: &Mutation<'_>, user: &user::Model) -> Result<LoginTicket> {
        one_time_link::Entity::delete_many()
            .filter(one_time_link::Column::Purpose.eq(Stored(Purpose::Login)))
            .filter(one_time_link::Column::ExpiresAt.lte(mutation.now.0))
            .exec(&mutation.transaction)
            .await?;
        let about = LinkDetails {
            user_id: Some(user.id.0.clone()),
            ..LinkDetails::default()
        };
        let link = self.issue(mutation, Purpose::Login, about).await?;
        Ok(LoginTicket(link.secret().into()))
    }

    /// Whether a ticket still works.
    pub async fn login_ticket_is_good(&self, ticket: &str) -> Result<bool> {
        Ok(self.ticket_holder(&self.store.db, ticket).await?.is_some())
    }

    /// The person with this ticket, while it works. It ends when it is used or too old, when the password changes, when
    /// the person is disabled, or when no code is needed any more.
    pub(super) async fn ticket_holder(&self, db: &impl ConnectionTrait, ticket: &str) -> Result<Option<user::Model>> {
        let row = self.good_link(db, Purpose::Login, ticket).await?;
        let Some(user_id) = row.and_then(|row| row.user_id) else {
            return Ok(None);
        };
        let user = user::Entity::find_by_id(user_id).one(db).await?;
        Ok(user.filter(|user| user.disabled_at.is_none() && user.totp_sealed.is_some()))
    }

    /// Deletes a ticket that has let a person in.
    pub(super) async fn use_up_ticket(&self, mutation: &Mutation<'_>, ticket: &str) -> Result<()> {
        one_time_link::Entity::delete_by_id(sha256(ticket).to_vec())
            .exec(&mutation.transaction)
            .await?;
        Ok(())
    }
}
