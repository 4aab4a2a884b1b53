//! One-time links: to set up the first Owner, to choose a new password, and to join. Opening a link does not use it up;
//! sending its form does.

use model::id::UserId;
use model::role::Role;
use model::time::{DAY, MINUTE, Timestamp};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, Set};
use secrecy::{ExposeSecret, SecretString};

use crate::accounts::Accounts;
use crate::crypto::random::base62;
use crate::crypto::sha256;
use crate::error::{Forbidden, Result};
use crate::store::column::Stored;
use crate::store::entities::one_time_link;
pub use crate::store::entities::one_time_link::Purpose;
use crate::store::mutation::Mutation;

/// 32 × log2(62) ≈ 190 bits.
const SECRET_LENGTH: usize = 32;

/// What is stored of a link besides its purpose.
#[derive(Debug, Default)]
pub(super) struct LinkDetails {
    /// The person whose password it changes.
    pub(super) user_id: Option<UserId>,
    /// The e-mail address that it invites, and the role that it gives.
    pub(super) email: Option<String>,
    pub(super) role: Option<Role>,
    /// The person who made it. The link ends when this person may no longer make one.
    pub(super) created_by: Option<UserId>,
}

/// A link that was just made. Only its hash is stored.
#[derive(Debug)]
pub struct Link {
    secret: SecretString,
    pub expires_at: Timestamp,
}

/// How long a link works, in milliseconds.
const fn good_for(purpose: Purpose) -> i64 {
    match purpose {
        Purpose::Setup | Purpose::Reset => DAY,
        Purpose::Invite => 7 * DAY,
        Purpose::Login => 5 * MINUTE,
    }
}

impl Link {
    /// The secret that the link carries.
    pub fn secret(&self) -> &str {
        self.secret.expose_secret()
    }
}

impl Accounts {
    /// Whether a link still works.
    pub async fn link_is_good(&self, purpose: Purpose, secret: &str) -> Result<bool> {
        Ok(self.good_link(&self.store.db, purpose, secret).await?.is_some())
    }

    /// Makes a link. Only its hash is stored.
    pub(super) async fn issue(&self, mutation: &Mutation<'_>, purpose: Purpose, about: LinkDetails) -> Result<Link> {
        let secret = base62(self.store.random(), SECRET_LENGTH);
        let expires_at = mutation.now.plus(good_for(purpose));
        let row = one_time_link::ActiveModel {
            token_hash: Set(sha256(&secret).to_vec()),
            purpose: Set(Stored(purpose)),
            user_id: Set(about.user_id.map(Stored)),
            expires_at: Set(Stored(expires_at)),
            email: Set(about.email),
            role: Set(about.role.map(Stored)),
            created_by: Set(about.created_by.map(Stored)),
            created_at: Set(Stored(mutation.now)),
        };
        row.insert(&mutation.transaction).await?;
        Ok(Link {
            secret: secret.into(),
            expires_at,
        })
    }

    /// Deletes a link that works, and answers with its row.
    pub(super) async fn use_up(
        &self,
        mutation: &Mutation<'_>,
        purpose: Purpose,
        secret: &str,
    ) -> Result<one_time_link::Model> {
        let row = self
            .good_link(&mutation.transaction, purpose, secret)
            .await?
            .ok_or(Forbidden::SpentLink)?;
        one_time_link::Entity::delete_by_id(row.token_hash.clone())
            .exec(&mutation.transaction)
            .await?;
        Ok(row)
    }

    /// The row of a link that was made for this purpose and is neither used up nor too old.
    pub(super) async fn good_link(
        &self,
        db: &impl ConnectionTrait,
        purpose: Purpose,
        secret: &str,
    ) -> Result<Option<one_time_link::Model>> {
        let row = one_time_link::Entity::find_by_id(sha256(secret).to_vec())
            .one(db)
            .await?;
        Ok(row.filter(|row| row.purpose.0 == purpose && self.store.now() < row.expires_at.0))
    }
}

/// Deletes a person's reset links, and all links that are too old.
pub(super) async fn forget_links_of(mutation: &Mutation<'_>, user_id: &UserId) -> Result<()> {
    one_time_link::Entity::delete_many()
        .filter(
            one_time_link::Column::UserId
                .eq(user_id.as_str())
                .or(one_time_link::Column::ExpiresAt.lte(mutation.now.0)),
        )
        .exec(&mutation.transaction)
        .await?;
    Ok(())
}

/// Deletes the links that a person has made for others: with one of them, the person could get in again.
pub(super) async fn forget_links_by(mutation: &Mutation<'_>, user_id: &UserId) -> Result<()> {
    one_time_link::Entity::delete_many()
        .filter(one_time_link::Column::CreatedBy.eq(user_id.as_str()))
        .exec(&mutation.transaction)
        .await?;
    Ok(())
}

/// Deletes the invitations for an e-mail address.
pub(super) async fn forget_invitations(mutation: &Mutation<'_>, email: &str) -> Result<()> {
    one_time_link::Entity::delete_many()
        .filter(one_time_link::Column::Purpose.eq(Stored(Purpose::Invite)))
        .filter(one_time_link::Column::Email.eq(email))
        .exec(&mutation.transaction)
        .await?;
    Ok(())
}
