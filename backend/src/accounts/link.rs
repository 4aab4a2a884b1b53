//! One-time links: to set up the first Owner, to choose a new password, and to join. Opening a link does not use it up;
//! sending its form does.

use model::audit_event::{AuditEvent, LinkIssued, NoDetails, StoredTime};
use model::id::UserId;
use model::people::OneTimeLink;
use model::role::{Permission, Role};
use model::time::{DAY, MINUTE, Timestamp};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, Set,
};
use secrecy::{ExposeSecret, SecretString};

use super::login::Admission;
use super::session::{Browser, NewSession, actor, end_sessions};
use super::user;
use super::users::{NewUser, note_created};
use crate::accounts::Accounts;
use crate::audit::{Actor, Event};
use crate::crypto::random::base62;
use crate::crypto::sha256;
use crate::error::{Conflict, Forbidden, Result};
use crate::store::column::Stored;
pub use crate::store::entities::one_time_link::Purpose;
use crate::store::entities::{self, one_time_link};
use crate::store::mutation::{Mutation, Subject};

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
    /// Makes a link to create the first Owner. Earlier ones stop working.
    pub async fn issue_setup_link(&self) -> Result<Link> {
        let mut mutation = self.store.begin_unguarded().await?;
        one_time_link::Entity::delete_many()
            .filter(one_time_link::Column::Purpose.eq(Stored(Purpose::Setup)))
            .exec(&mutation.transaction)
            .await?;
        let link = self.issue(&mutation, Purpose::Setup, LinkDetails::default()).await?;
        let issued = AuditEvent::SetupLinkIssued(LinkIssued {
            expires_at: StoredTime(link.expires_at),
        });
        mutation.audit(&Actor::system(), &Event::without_subject(issued));
        mutation.commit().await?;
        Ok(link)
    }

    /// Makes a link by which a person chooses a new password. Earlier ones stop working. `origin` is the scheme and
    /// host under which the link is opened.
    pub async fn issue_reset_link(&self, actor: &Actor, id: &UserId, origin: &str) -> Result<OneTimeLink> {
        actor.require(Permission::ManageUsers)?;
        let mut mutation = self.store.begin_with_password(actor, Permission::ManageUsers).await?;
        let user = user(&mutation.transaction, id).await?;
        if user.disabled_at.is_some() {
            return Err(Conflict::UserDisabled(user.name).into());
        }
        forget_links_of(&mutation, &user.id).await?;
        let about = LinkDetails {
            user_id: Some(user.id.0.clone()),
            created_by: actor.user_id().cloned(),
            ..LinkDetails::default()
        };
        let link = self.issue(&mutation, Purpose::Reset, about).await?;
        let issued = AuditEvent::UserResetLinkIssued(LinkIssued {
            expires_at: StoredTime(link.expires_at),
        });
        mutation.change(Subject::User(&user.id));
        mutation.audit(actor, &Event::on(user.id.as_str(), &user.email, issued));
        mutation.commit().await?;
        Ok(OneTimeLink {
            url: format!("{origin}/reset?link={}", link.secret()),
            expires_at: link.expires_at,
            email: user.email,
        })
    }

    /// Whether a link still works.
    pub async fn link_is_good(&self, purpose: Purpose, secret: &str) -> Result<bool> {
        Ok(self.good_link(&self.store.db, purpose, secret).await?.is_some())
    }

    /// Creates the first Owner with a setup link, and logs in.
    pub async fn set_up(
        &self,
        secret: &str,
        email: &str,
        password: SecretString,
        browser: Browser,
    ) -> Result<NewSession> {
        let new = NewUser::new(email, None, Role::Owner)?;
        if !self.link_is_good(Purpose::Setup, secret).await? {
            return Err(Forbidden::SpentLink.into());
        }
        // The slow part comes before the transaction, which checks the link again.
        let place = self.passwords.queue()?;
        let hash = place.choose(password, &new.email, self.store.random()).await?;
        drop(place);
        let mut mutation = self.store.begin_unguarded().await?;
        self.use_up(&mutation, Purpose::Setup, secret).await?;
        if entities::user::Entity::find()
            .one(&mutation.transaction)
            .await?
            .is_some()
        {
            return Err(Forbidden::SpentLink.into());
        }
        let actor = Actor::nobody(browser.address.clone());
        let user = self.insert_user(&mutation, new, hash).await?;
        note_created(&mut mutation, &actor, &user);
        let session = self.begin_session(&mutation, &user, &browser).await?;
        mutation.commit().await?;
        Ok(session)
    }

    /// Sets a new password with a reset link, ends the person's other sessions, and logs in. The link replaces the
    /// password but not the second factor (OWASP ASVS 5, 6.4.3).
    pub async fn reset_password(&self, secret: &str, password: SecretString, browser: Browser) -> Result<Admission> {
        let email = self.email_of_link(secret).await?.ok_or(Forbidden::SpentLink)?;
        let place = self.passwords.queue()?;
        let hash = place.choose(password, &email, self.store.random()).await?;
        drop(place);
        let mut mutation = self.store.begin_unguarded().await?;
        let user_id = self.use_up(&mutation, Purpose::Reset, secret).await?.user_id;
        let user = entities::user::Entity::find_by_id(user_id.ok_or(Forbidden::SpentLink)?)
            .one(&mutation.transaction)
            .await?;
        let user = user
            .filter(|user| user.disabled_at.is_none())
            .ok_or(Forbidden::SpentLink)?;
        let mut active = user.into_active_model();
        active.password_hash = Set(hash);
        let user = active.update(&mutation.transaction).await?;
        forget_links_of(&mutation, &user.id).await?;
        // Somebody else who had the old password may have made links for others.
        forget_links_by(&mutation, &user.id).await?;
        end_sessions(&mutation, &user.id, None).await?;
        let reset = AuditEvent::UserPasswordReset(NoDetails {});
        let event = Event::on(user.id.as_str(), &user.email, reset);
        mutation.change(Subject::User(&user.id));
        mutation.audit(&actor(&user, browser.address.clone()), &event);
        let admission = if user.totp_sealed.is_some() {
            Admission::CodeNeeded(self.login_ticket(&mutation, &user).await?)
        } else {
            Admission::In(self.begin_session(&mutation, &user, &browser).await?)
        };
        mutation.commit().await?;
        Ok(admission)
    }

    /// The e-mail address of the person whose password a reset link changes; `None` where the link does not work.
    async fn email_of_link(&self, secret: &str) -> Result<Option<String>> {
        let row = self.good_link(&self.store.db, Purpose::Reset, secret).await?;
        let Some(user_id) = row.and_then(|row| row.user_id) else {
            return Ok(None);
        };
        Ok(entities::user::Entity::find_by_id(user_id)
            .one(&self.store.db)
            .await?
            .map(|user| user.email))
    }

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
