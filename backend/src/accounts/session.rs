//! Sessions: a random token in a cookie, its hash in a table.

use std::time::Duration;

use model::account::LoggedInPerson;
use model::audit_event::{AuditEvent, NoDetails};
use model::id::UserId;
use model::role::Role;
use model::time::{MINUTE, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, Set};
use secrecy::{ExposeSecret, SecretString};

use crate::accounts::Accounts;
use crate::audit::{Actor, ActorKind, Event};
use crate::crypto::random::base62;
use crate::crypto::sha256;
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::entities::session::{AGE_MAX, UNUSED_MAX};
use crate::store::entities::{session, user};
use crate::store::mutation::Mutation;
use crate::store::time_limit::within;

/// How exactly the time of the last request is stored, so that not every request needs a write.
const SEEN_STEP: i64 = MINUTE;
/// How long a request waits until the use of its session is stored.
const NOTE_USE_LIMIT: Duration = Duration::from_secs(1);
/// 43 × log2(62) ≈ 256 bits.
const TOKEN_LENGTH: usize = 43;
/// Number of characters that are kept of a `User-Agent` header.
const USER_AGENT_MAX: usize = 300;

/// A session that was just begun. Its token goes into a cookie and nowhere else.
#[derive(Debug)]
pub struct NewSession {
    token: SecretString,
    /// The value of the device cookie, which recognises the browser, see [`super::device`].
    pub device: String,
}

/// The browser of a person who is about to be let in.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    pub address: String,
    /// The `User-Agent` header; empty where there is none.
    pub user_agent: String,
}

/// The person behind a request.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    pub user_id: UserId,
    pub me: LoggedInPerson,
    /// Identifies this session: the hash of its token.
    pub session: Vec<u8>,
}

impl NewSession {
    pub fn token(&self) -> &str {
        self.token.expose_secret()
    }
}

impl LoggedIn {
    fn new(session: session::Model, user: user::Model) -> Self {
        Self {
            user_id: user.id.0,
            me: LoggedInPerson {
                name: user.name,
                email: user.email,
                role: user.role.0,
            },
            session: session.token_hash,
        }
    }

    /// This person as an actor, from a client address.
    pub fn actor(&self, address: Option<String>) -> Actor {
        Actor {
            kind: ActorKind::User {
                id: self.user_id.clone(),
                name: self.me.name.clone(),
                session: self.session.clone(),
            },
            role: self.me.role,
            address,
            request: None,
        }
    }
}

impl Accounts {
    /// The person with a session token, if the session has not ended. Counts as a request of the session.
    pub async fn session(&self, token: &str) -> Result<Option<LoggedIn>> {
        let Some((session, user)) = self.good_session(token).await? else {
            return Ok(None);
        };
        let now = self.store.now();
        if now.since(session.last_seen_at.0) >= SEEN_STEP {
            self.note_use(&session, now).await;
        }
        Ok(Some(LoggedIn::new(session, user)))
    }

    /// Stores the time of a session's last use. A database that stores nothing at present can still be read, so a failure only
    /// goes to the log, and the session's next request tries again.
    async fn note_use(&self, session: &session::Model, now: Timestamp) {
        let stored = within(NOTE_USE_LIMIT, async {
            let _turn = self.store.turn().await?;
            session::Entity::update_many()
                .col_expr(session::Column::LastSeenAt, Expr::value(now.0))
                .filter(session::Column::TokenHash.eq(session.token_hash.clone()))
                // Another node may have seen a later use.
                .filter(session::Column::LastSeenAt.lt(now.0))
                .exec(&self.store.db)
                .await?;
            Ok(())
        });
        if let Err(error) = stored.await {
            tracing::warn!(%error, "cannot store the last use of a session");
        }
    }

    /// The person with a session token, as [`Accounts::session`], but without keeping the session alive: for an open
    /// page that only listens.
    pub async fn read_session_without_use(&self, token: &str) -> Result<Option<LoggedIn>> {
        let found = self.good_session(token).await?;
        Ok(found.map(|(session, user)| LoggedIn::new(session, user)))
    }

    async fn good_session(&self, token: &str) -> Result<Option<(session::Model, user::Model)>> {
        let found = session::Entity::find_by_id(sha256(token).to_vec())
            .find_also_related(user::Entity)
            .one(&self.store.db)
            .await?;
        let now = self.store.now();
        Ok(found.and_then(|(session, user)| {
            let user = user?;
            let good = !session.is_over(now) && user.disabled_at.is_none();
            good.then_some((session, user))
        }))
    }

    /// Ends a session.
    pub async fn log_out(&self, token: &str, address: Option<String>) -> Result<()> {
        let Some(who) = self.session(token).await? else {
            return Ok(());
        };
        let mut mutation = self.store.begin_unguarded().await?;
        session::Entity::delete_by_id(sha256(token).to_vec())
            .exec(&mutation.transaction)
            .await?;
        let logged_out = AuditEvent::UserLoggedOut(NoDetails {});
        let event = Event::on(who.user_id.as_str(), &who.me.email, logged_out);
        mutation.audit(&who.actor(address), &event);
        mutation.commit().await?;
        Ok(())
    }

    /// Begins a session for a person who has just proved their identity.
    pub(super) async fn begin_session(
        &self,
        mutation: &Mutation<'_>,
        user: &user::Model,
        browser: &Browser,
    ) -> Result<NewSession> {
        let now = mutation.now;
        sweep(mutation).await?;
        let token = base62(self.store.random(), TOKEN_LENGTH);
        let row = session::ActiveModel {
            token_hash: Set(sha256(&token).to_vec()),
            user_id: Set(user.id.clone()),
            created_at: Set(Stored(now)),
            last_seen_at: Set(Stored(now)),
            password_at: Set(Stored(now)),
            user_agent: Set(browser.user_agent.chars().take(USER_AGENT_MAX).collect()),
            address: Set(browser.address.clone()),
        };
        row.insert(&mutation.transaction).await?;
        user::Entity::update_many()
            .col_expr(user::Column::LastLoginAt, Expr::value(now.0))
            .filter(user::Column::Id.eq(user.id.as_str()))
            .exec(&mutation.transaction)
            .await?;
        Ok(NewSession {
            token: token.into(),
            device: self.devices.cookie(&user.email),
        })
    }
}

/// Deletes the sessions that have ended by themselves.
pub(super) async fn sweep(mutation: &Mutation<'_>) -> Result<()> {
    session::Entity::delete_many()
        .filter(
            session::Column::LastSeenAt
                .lte(mutation.now.plus(-UNUSED_MAX).0)
                .or(session::Column::CreatedAt.lte(mutation.now.plus(-AGE_MAX).0)),
        )
        .exec(&mutation.transaction)
        .await?;
    Ok(())
}

/// Ends all sessions of a person, or all except `but`. Answers with the number of ended sessions.
pub(super) async fn end_sessions(mutation: &Mutation<'_>, user_id: &UserId, but: Option<&[u8]>) -> Result<u64> {
    sweep(mutation).await?;
    let mut ending = session::Entity::delete_many().filter(session::Column::UserId.eq(user_id.as_str()));
    if let Some(kept) = but {
        ending = ending.filter(session::Column::TokenHash.ne(kept.to_vec()));
    }
    Ok(ending.exec(&mutation.transaction).await?.rows_affected)
}

/// A person without a session yet as an actor, from a client address. An event can name this actor; a guarded mutation
/// refuses it.
pub(super) fn actor(user: &user::Model, address: String) -> Actor {
    Actor {
        kind: ActorKind::User {
            id: user.id.0.clone(),
            name: user.name.clone(),
            session: Vec::new(),
        },
        role: Role::Viewer,
        address: Some(address),
        request: None,
    }
}
