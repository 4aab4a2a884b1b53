//! Making people.

use std::sync::atomic::Ordering;

use model::account::{self, name_of_email};
use model::id::{RANDOM_LENGTH, UserId};
use model::role::Role;
use sea_orm::{ActiveModelTrait, EntityTrait, QueryFilter, Set};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::link::LinkError;
use super::password::acceptable;
use crate::audit::{Actor, Event};
use crate::backend::Backend;
use crate::crypto::random::base62;
use crate::entity::user;
use crate::error::{Error, Result};
use crate::write::{Subject, Write};

/// A person to be added, checked but for the password.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub email: String,
    pub name: String,
    pub role: Role,
}

impl NewUser {
    /// Without a name, the part of the address before the @ is used.
    pub fn new(email: &str, name: Option<&str>, role: Role) -> Result<Self, LinkError> {
        let email = account::email(email).map_err(|message| LinkError::Email(message.to_owned()))?;
        let name = name
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| name_of_email(&email));
        Ok(Self {
            name: name.to_owned(),
            email,
            role,
        })
    }
}

impl Backend {
    /// Whether anybody can log in. Before that, the first screen is `/setup`.
    pub async fn has_users(&self) -> Result<bool> {
        // Asked at every request, and once it is so it stays so.
        if self.accounts.somebody.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let found = user::Entity::find().one(&self.db).await?.is_some();
        self.accounts.somebody.store(found, Ordering::Relaxed);
        Ok(found)
    }

    /// Adds a person with a password.
    pub async fn add_user(&self, actor: &Actor, new: NewUser, password: SecretString) -> Result<UserId, LinkError> {
        acceptable(password.expose_secret(), &new.email).map_err(LinkError::Password)?;
        let hash = self.accounts.passwords.hash(password, self.random()).await?;
        let mut write = self.write().await?;
        let id = self.insert_user(&mut write, actor, &new, hash).await?;
        write.commit().await?;
        Ok(id)
    }

    pub(super) async fn insert_user(
        &self,
        write: &mut Write<'_>,
        actor: &Actor,
        new: &NewUser,
        password_hash: String,
    ) -> Result<UserId, LinkError> {
        let taken = user::Entity::find()
            .filter(user::COLUMN.email.eq(&new.email))
            .one(&write.transaction)
            .await;
        if taken.map_err(Error::from)?.is_some() {
            return Err(LinkError::Email(format!("There is a user {} already.", new.email)));
        }
        let id = UserId::from_random(&base62(self.random(), RANDOM_LENGTH));
        let row = user::ActiveModel {
            id: Set(id.to_string()),
            email: Set(new.email.clone()),
            name: Set(new.name.clone()),
            password_hash: Set(password_hash),
            role: Set(new.role.as_str().to_owned()),
            created_at: Set(write.now.0),
            disabled_at: Set(None),
        };
        row.insert(&write.transaction).await.map_err(Error::from)?;
        let event = Event {
            action: "user.created",
            subject: Some((id.as_str(), &new.email)),
            details: json!({ "role": new.role }),
        };
        write.change(Subject::User(id.as_str()));
        write.audit(actor, &event);
        Ok(id)
    }
}
