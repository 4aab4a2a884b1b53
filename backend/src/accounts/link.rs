//! One-time links: to set up the first owner, and to choose a new password. Used up by the form's post, not by a look.

use model::time::{DAY, Timestamp};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, Set};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::password::acceptable;
use super::session::{LoggedIn, NewSession};
use super::users::NewUser;
use crate::audit::{Actor, ActorKind, Event};
use crate::backend::Backend;
use crate::crypto::random::base62;
use crate::crypto::sha256;
use crate::entity::{one_time_link, session, user};
use crate::error::{Error, Result};
use crate::write::{Subject, Write};
use model::role::Role;

/// How long a link is good, in milliseconds.
const GOOD_FOR: i64 = DAY;
/// 32 × log2(62) ≈ 190 bits.
const SECRET_LENGTH: usize = 32;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To create the owner.
    Setup,
    /// To choose a new password.
    Reset,
}

/// A link that was just made. Only its hash is stored.
#[derive(Debug)]
pub struct Link {
    secret: SecretString,
    pub expires_at: Timestamp,
}

/// Why a link's form was refused.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Unknown, used up or over.
    #[error("This link was used already, or it is too old.")]
    Spent,
    #[error("{0}")]
    Email(String),
    #[error("{0}")]
    Password(String),
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Reset => "reset",
        }
    }
}

impl Link {
    /// What the link carries.
    pub fn secret(&self) -> &str {
        self.secret.expose_secret()
    }
}

impl Backend {
    /// A fresh link to create the owner; earlier ones are worthless from now on.
    pub async fn issue_setup_link(&self) -> Result<Link> {
        let mut write = self.write().await?;
        one_time_link::Entity::delete_many()
            .filter(one_time_link::Column::Purpose.eq(Purpose::Setup.as_str()))
            .exec(&write.transaction)
            .await?;
        let link = self.issue(&write, Purpose::Setup, None).await?;
        let event = Event {
            action: "setup.link_issued",
            subject: None,
            details: json!({ "expiresAt": link.expires_at.rfc3339() }),
        };
        write.audit(&Actor::system(), &event);
        write.commit().await?;
        Ok(link)
    }

    /// A link with which a person chooses a new password.
    pub async fn issue_reset_link(&self, actor: &Actor, email: &str) -> Result<Link> {
        let mut write = self.write().await?;
        let user = user::Entity::find()
            .filter(user::COLUMN.email.eq(email.trim().to_lowercase()))
            .one(&write.transaction)
            .await?
            .ok_or_else(|| Error::NotFound(format!("there is no user {email}")))?;
        forget_reset_links(&write, &user.id).await?;
        let link = self.issue(&write, Purpose::Reset, Some(user.id.clone())).await?;
        let event = Event {
            action: "user.reset_link_issued",
            subject: Some((&user.id, &user.email)),
            details: json!({ "expiresAt": link.expires_at.rfc3339() }),
        };
        write.audit(actor, &event);
        write.commit().await?;
        Ok(link)
    }

    /// Whether a link would still be taken.
    pub async fn link_is_good(&self, purpose: Purpose, secret: &str) -> Result<bool> {
        let row = one_time_link::Entity::find_by_id(sha256(secret).to_vec())
            .one(&self.db)
            .await?;
        Ok(row.is_some_and(|row| self.is_good(&row, purpose)))
    }

    /// Creates the owner with a setup link, and logs in.
    pub async fn set_up(
        &self,
        secret: &str,
        email: &str,
        password: SecretString,
        address: String,
    ) -> Result<NewSession, LinkError> {
        let new = NewUser::new(email, None, Role::Owner)?;
        acceptable(password.expose_secret(), &new.email).map_err(LinkError::Password)?;
        if !self.link_is_good(Purpose::Setup, secret).await? {
            return Err(LinkError::Spent);
        }
        // The slow part comes before the transaction, which checks the link again.
        let hash = self.accounts.passwords.hash(password, self.random()).await?;
        let mut write = self.write().await?;
        self.use_up(&write, Purpose::Setup, secret).await?;
        if user::Entity::find()
            .one(&write.transaction)
            .await
            .map_err(Error::from)?
            .is_some()
        {
            return Err(LinkError::Spent);
        }
        let actor = Actor {
            kind: ActorKind::Nobody,
            address: Some(address),
        };
        let id = self.insert_user(&mut write, &actor, &new, hash).await?;
        let session = self.begin_session(&write, id.as_str(), &new.email).await?;
        write.commit().await?;
        Ok(session)
    }

    /// Sets a new password with a reset link, ends the person's other sessions, and logs in.
    pub async fn reset_password(
        &self,
        secret: &str,
        password: SecretString,
        address: String,
    ) -> Result<NewSession, LinkError> {
        let email = self.email_of_link(secret).await?.ok_or(LinkError::Spent)?;
        acceptable(password.expose_secret(), &email).map_err(LinkError::Password)?;
        let hash = self.accounts.passwords.hash(password, self.random()).await?;
        let mut write = self.write().await?;
        let user_id = self
            .use_up(&write, Purpose::Reset, secret)
            .await?
            .ok_or(LinkError::Spent)?;
        let user = user::Entity::find_by_id(user_id)
            .one(&write.transaction)
            .await
            .map_err(Error::from)?;
        let user = user.filter(|user| user.disabled_at.is_none()).ok_or(LinkError::Spent)?;
        let mut active = user.clone().into_active_model();
        active.password_hash = Set(hash);
        active.update(&write.transaction).await.map_err(Error::from)?;
        forget_reset_links(&write, &user.id).await?;
        session::Entity::delete_many()
            .filter(session::Column::UserId.eq(&user.id))
            .exec(&write.transaction)
            .await
            .map_err(Error::from)?;
        let session = self.begin_session(&write, &user.id, &user.email).await?;
        let who = LoggedIn::try_from(user)?;
        let event = Event {
            action: "user.password_reset",
            subject: Some((who.user_id.as_str(), &who.me.email)),
            details: json!({}),
        };
        write.change(Subject::User(who.user_id.as_str()));
        write.audit(&who.actor(Some(address)), &event);
        write.commit().await?;
        Ok(session)
    }

    /// Whose password a reset link changes, while it is good.
    async fn email_of_link(&self, secret: &str) -> Result<Option<String>> {
        let row = one_time_link::Entity::find_by_id(sha256(secret).to_vec())
            .one(&self.db)
            .await?;
        let Some(user_id) = row
            .filter(|row| self.is_good(row, Purpose::Reset))
            .and_then(|row| row.user_id)
        else {
            return Ok(None);
        };
        Ok(user::Entity::find_by_id(user_id)
            .one(&self.db)
            .await?
            .map(|user| user.email))
    }

    async fn issue(&self, write: &Write<'_>, purpose: Purpose, user_id: Option<String>) -> Result<Link> {
        let secret = base62(self.random(), SECRET_LENGTH);
        let expires_at = write.now.plus(GOOD_FOR);
        let row = one_time_link::ActiveModel {
            token_hash: Set(sha256(&secret).to_vec()),
            purpose: Set(purpose.as_str().to_owned()),
            user_id: Set(user_id),
            expires_at: Set(expires_at.0),
        };
        row.insert(&write.transaction).await?;
        Ok(Link {
            secret: secret.into(),
            expires_at,
        })
    }

    /// Takes a good link away. Answers with the person it was made for.
    async fn use_up(&self, write: &Write<'_>, purpose: Purpose, secret: &str) -> Result<Option<String>, LinkError> {
        let row = one_time_link::Entity::find_by_id(sha256(secret).to_vec())
            .one(&write.transaction)
            .await
            .map_err(Error::from)?
            .filter(|row| self.is_good(row, purpose))
            .ok_or(LinkError::Spent)?;
        one_time_link::Entity::delete_by_id(row.token_hash)
            .exec(&write.transaction)
            .await
            .map_err(Error::from)?;
        Ok(row.user_id)
    }

    fn is_good(&self, row: &one_time_link::Model, purpose: Purpose) -> bool {
        row.purpose == purpose.as_str() && self.now().0 < row.expires_at
    }
}

/// Makes a person's earlier links worthless, and sweeps out those that are too old.
async fn forget_reset_links(write: &Write<'_>, user_id: &str) -> Result<()> {
    one_time_link::Entity::delete_many()
        .filter(
            one_time_link::Column::UserId
                .eq(user_id)
                .or(one_time_link::Column::ExpiresAt.lte(write.now.0)),
        )
        .exec(&write.transaction)
        .await?;
    Ok(())
}
