//! Adds people.

use std::sync::atomic::Ordering;

use model::account;
use model::audit_event::{AuditEvent, RoleGiven};
use model::form::FormErrors;
use model::id::{RANDOM_LENGTH, UserId};
use model::role::{Permission, Role};
use sea_orm::{ActiveModelTrait, EntityTrait, QueryFilter, Set};
use secrecy::SecretString;

use super::link::forget_invitations;
use crate::accounts::Accounts;
use crate::audit::{Actor, Event};
use crate::crypto::random::base62;
use crate::error::{NotFound, Result};
use crate::store::column::Stored;
use crate::store::entities::user;
use crate::store::mutation::{Mutation, Subject};

/// A person to be added. Everything is checked except the password.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub email: String,
    pub name: String,
    pub role: Role,
}

impl NewUser {
    /// Without a name, the part of the address before the @ is used.
    pub fn new(email: &str, name: Option<&str>, role: Role) -> Result<Self, FormErrors> {
        let email = account::email(email).map_err(|message| FormErrors::at("email", message))?;
        let name =
            account::name(name.unwrap_or_default(), &email).map_err(|message| FormErrors::at("name", message))?;
        Ok(Self { email, name, role })
    }
}

impl Accounts {
    /// Whether anybody can log in. Before that, the first screen is `/setup`.
    pub async fn has_any(&self) -> Result<bool> {
        // Every request asks this, and once there is a user there always is one.
        if self.somebody.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let found = user::Entity::find().one(&self.store.db).await?.is_some();
        self.somebody.store(found, Ordering::Relaxed);
        Ok(found)
    }

    /// Adds a person with a password.
    pub async fn create(&self, actor: &Actor, new: NewUser, password: SecretString) -> Result<UserId> {
        actor.require(Permission::ManageUsers)?;
        let place = self.passwords.queue()?;
        let hash = place.choose(password, &new.email, self.store.random()).await?;
        drop(place);
        let mut mutation = self.store.begin_with_password(actor, Permission::ManageUsers).await?;
        let user = self.insert_user(&mutation, new, hash).await?;
        note_created(&mut mutation, actor, &user);
        mutation.commit().await?;
        Ok(user.id.0)
    }

    /// The person with this address.
    pub async fn find_by_email(&self, actor: &Actor, email: &str) -> Result<UserId> {
        actor.require(Permission::ManageUsers)?;
        let found = user::Entity::find()
            .filter(user::COLUMN.email.eq(email.trim().to_lowercase()))
            .one(&self.store.db)
            .await?;
        found
            .map(|user| user.id.0)
            .ok_or_else(|| NotFound::UserWithEmail(email.to_owned()).into())
    }

    /// Stores a person. The caller writes the audit event.
    pub(super) async fn insert_user(
        &self,
        mutation: &Mutation<'_>,
        new: NewUser,
        password_hash: String,
    ) -> Result<user::Model> {
        refuse_taken_email(mutation, &new.email).await?;
        forget_invitations(mutation, &new.email).await?;
        let row = user::ActiveModel {
            id: Set(Stored(UserId::from_random(&base62(self.store.random(), RANDOM_LENGTH)))),
            email: Set(new.email),
            name: Set(new.name),
            password_hash: Set(password_hash),
            role: Set(Stored(new.role)),
            created_at: Set(Stored(mutation.now)),
            disabled_at: Set(None),
            last_login_at: Set(None),
            totp_sealed: Set(None),
            totp_since: Set(None),
            totp_pending: Set(None),
            totp_pending_at: Set(None),
            totp_step: Set(0),
        };
        Ok(row.insert(&mutation.transaction).await?)
    }
}

/// E-mail addresses are unique, because people log in by them.
pub(super) async fn refuse_taken_email(mutation: &Mutation<'_>, email: &str) -> Result<()> {
    let found = user::Entity::find()
        .filter(user::COLUMN.email.eq(email))
        .one(&mutation.transaction)
        .await?;
    if found.is_some() {
        return Err(FormErrors::at("email", format!("There is a user {email} already.")).into());
    }
    Ok(())
}

pub(super) fn note_created(mutation: &mut Mutation<'_>, actor: &Actor, user: &user::Model) {
    let created = AuditEvent::UserCreated(RoleGiven {
        role: Some(user.role.0),
    });
    mutation.change(Subject::User(&user.id));
    mutation.audit(actor, &Event::on(user.id.as_str(), &user.email, created));
}
