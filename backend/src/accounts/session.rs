//! Sessions: a random token in a cookie, its hash in a table.

use model::account::Me;
use model::id::UserId;
use model::role::Role;
use model::time::{DAY, HOUR, MINUTE, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, Set};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::audit::{Actor, ActorKind, Event};
use crate::backend::Backend;
use crate::crypto::random::base62;
use crate::crypto::sha256;
use crate::entity::{session, user};
use crate::error::{Error, Result};
use crate::write::Write;

/// A session ends after this time without a request, and after this time in all, in milliseconds.
const UNUSED_MAX: i64 = 12 * HOUR;
const AGE_MAX: i64 = 7 * DAY;
/// How exactly the last request is remembered: not every one needs a write.
const SEEN_STEP: i64 = MINUTE;
/// 43 × log2(62) ≈ 256 bits.
const TOKEN_LENGTH: usize = 43;

/// A session that was just begun. Its token goes into a cookie and nowhere else.
#[derive(Debug)]
pub struct NewSession {
    token: SecretString,
    /// Remembers the browser, see [`super::device`].
    pub device: String,
}

/// The person behind a request.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    pub user_id: UserId,
    pub me: Me,
}

impl NewSession {
    pub fn token(&self) -> &str {
        self.token.expose_secret()
    }
}

impl LoggedIn {
    /// This person as the one who acts, from an address.
    pub fn actor(&self, address: Option<String>) -> Actor {
        Actor {
            kind: ActorKind::User {
                id: self.user_id.clone(),
                name: self.me.name.clone(),
            },
            address,
        }
    }
}

impl Backend {
    /// Who is behind a session token, if it is still good. Counts as a request of the session.
    pub async fn session(&self, token: &str) -> Result<Option<LoggedIn>> {
        let Some((session, user)) = self.good_session(token).await? else {
            return Ok(None);
        };
        let now = self.now();
        if now.since(Timestamp(session.last_seen_at)) >= SEEN_STEP {
            let _turn = self.writers.lock().await;
            session::Entity::update_many()
                .col_expr(session::Column::LastSeenAt, Expr::value(now.0))
                .filter(session::Column::TokenHash.eq(session.token_hash))
                .exec(&self.db)
                .await?;
        }
        LoggedIn::try_from(user).map(Some)
    }

    /// The same for an open page that listens, which does not keep a session alive.
    pub async fn look_at_session(&self, token: &str) -> Result<Option<LoggedIn>> {
        let found = self.good_session(token).await?;
        found.map(|(_, user)| LoggedIn::try_from(user)).transpose()
    }

    async fn good_session(&self, token: &str) -> Result<Option<(session::Model, user::Model)>> {
        let found = session::Entity::find_by_id(sha256(token).to_vec())
            .find_also_related(user::Entity)
            .one(&self.db)
            .await?;
        let now = self.now();
        Ok(found.and_then(|(session, user)| {
            let user = user?;
            let over = now.since(Timestamp(session.last_seen_at)) >= UNUSED_MAX
                || now.since(Timestamp(session.created_at)) >= AGE_MAX
                || user.disabled_at.is_some();
            (!over).then_some((session, user))
        }))
    }

    /// Ends a session.
    pub async fn log_out(&self, token: &str, address: Option<String>) -> Result<()> {
        let Some(who) = self.session(token).await? else {
            return Ok(());
        };
        let mut write = self.write().await?;
        session::Entity::delete_by_id(sha256(token).to_vec())
            .exec(&write.transaction)
            .await?;
        let event = Event {
            action: "user.logged_out",
            subject: Some((who.user_id.as_str(), &who.me.email)),
            details: json!({}),
        };
        write.audit(&who.actor(address), &event);
        write.commit().await?;
        Ok(())
    }

    /// Begins a session for a person who has just proved a password. Sessions that are over are swept out.
    pub(super) async fn begin_session(&self, write: &Write<'_>, user_id: &str, email: &str) -> Result<NewSession> {
        let now = write.now;
        session::Entity::delete_many()
            .filter(
                session::Column::LastSeenAt
                    .lte(now.plus(-UNUSED_MAX).0)
                    .or(session::Column::CreatedAt.lte(now.plus(-AGE_MAX).0)),
            )
            .exec(&write.transaction)
            .await?;
        let token = base62(self.random(), TOKEN_LENGTH);
        let row = session::ActiveModel {
            token_hash: Set(sha256(&token).to_vec()),
            user_id: Set(user_id.to_owned()),
            created_at: Set(now.0),
            last_seen_at: Set(now.0),
            password_at: Set(now.0),
        };
        row.insert(&write.transaction).await?;
        Ok(NewSession {
            token: token.into(),
            device: self.accounts.devices.cookie(email),
        })
    }
}

impl TryFrom<user::Model> for LoggedIn {
    type Error = Error;

    fn try_from(user: user::Model) -> Result<Self> {
        let role = Role::parse(&user.role).ok_or_else(|| Error::stored("role", &user.role))?;
        Ok(Self {
            user_id: UserId::from_stored(user.id),
            me: Me {
                name: user.name,
                email: user.email,
                role,
            },
        })
    }
}
