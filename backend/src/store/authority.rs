//! Reads what the person or program behind a mutation may do, inside the mutation's own transaction.
//!
//! A request is answered some time after its session was read: its body may have taken half a minute to arrive. A
//! person who was disabled, demoted or logged out meanwhile must not change anything.

use model::id::{EnvironmentId, ServiceTokenId};
use model::role::{Permission, Role};
use model::time::MINUTE;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::actor::{Actor, ActorKind};
use crate::error::{Conflict, Error, Forbidden, Result};
use crate::store::Store;
use crate::store::entities::{service_account, service_token, session, user};
use crate::store::mutation::Mutation;
use crate::store::service_accounts::environments_of;

/// How exactly the time of a session's last use is stored, so that not every mutation needs to write it.
const SEEN_STEP: i64 = MINUTE;

impl Store {
    /// Begins a mutation for an actor who holds this permission now.
    pub(crate) async fn begin(&self, actor: &Actor, permission: Permission) -> Result<Mutation<'_>> {
        let mut mutation = self.begin_unguarded().await?;
        authorize(&mut mutation, actor, permission, false).await?;
        mutation.take_request(actor).await?;
        Ok(mutation)
    }

    /// Begins a mutation as [`Store::begin`] does, which is committed together with others
    /// ([`Store::begin_shared_unguarded`]).
    pub(crate) async fn begin_shared(&self, actor: &Actor, permission: Permission) -> Result<Mutation<'_>> {
        if actor.request.as_ref().is_some_and(|request| request.has_condition()) {
            // The condition is about what is committed.
            return self.begin(actor, permission).await;
        }
        let mut mutation = self.begin_shared_unguarded().await?;
        authorize(&mut mutation, actor, permission, false).await?;
        match mutation.take_request(actor).await {
            Ok(()) => Ok(mutation),
            Err(error) => {
                // The answer from before may be about what is not durable yet.
                mutation.give_up().await?;
                Err(error)
            }
        }
    }

    /// Begins a mutation for an actor who holds this permission now and entered the password a short while ago
    /// ([`model::role::PASSWORD_COUNTS`]).
    pub(crate) async fn begin_with_password(&self, actor: &Actor, permission: Permission) -> Result<Mutation<'_>> {
        let mut mutation = self.begin_unguarded().await?;
        authorize(&mut mutation, actor, permission, true).await?;
        mutation.take_request(actor).await?;
        Ok(mutation)
    }
}

async fn authorize(mutation: &mut Mutation<'_>, actor: &Actor, permission: Permission, password: bool) -> Result<()> {
    let (id, token_hash) = match &actor.kind {
        // A person who runs commands can read the master key anyway; the server acts by its own rules.
        ActorKind::CommandLine | ActorKind::System => {
            mutation.role = Role::Owner;
            return Ok(());
        }
        ActorKind::Nobody => return Err(Error::SignedOut),
        ActorKind::User { id, session, .. } => (id, session),
        ActorKind::ServiceAccount {
            token, environments, ..
        } => {
            if password {
                return Err(Forbidden::NeedsPerson.into());
            }
            mutation.role = authorize_service_account(mutation, token, environments.as_deref(), permission).await?;
            return Ok(());
        }
    };
    let found = session::Entity::find_by_id(token_hash.clone())
        .find_also_related(user::Entity)
        .one(&mutation.transaction)
        .await?;
    let Some((session, Some(user))) = found else {
        return Err(Error::SignedOut);
    };
    if session.is_over(mutation.now) || user.disabled_at.is_some() || user.id.0 != *id {
        return Err(Error::SignedOut);
    }
    let role = user.role.0;
    if !role.may(permission) {
        return Err(Forbidden::Role { role, permission }.into());
    }
    if password && !model::role::password_counts(session.password_at.0, mutation.now) {
        return Err(Error::PasswordNeeded);
    }
    mutation.role = role;
    if mutation.now.since(session.last_seen_at.0) >= SEEN_STEP {
        // A change counts as a use of the session.
        session::Entity::update_many()
            .col_expr(session::Column::LastSeenAt, Expr::value(mutation.now.0))
            .filter(session::Column::TokenHash.eq(session.token_hash))
            .exec(&mutation.transaction)
            .await?;
    }
    Ok(())
}

/// Reads what a service account may do now. Answers with its role.
async fn authorize_service_account(
    mutation: &Mutation<'_>,
    token: &ServiceTokenId,
    environments: Option<&[EnvironmentId]>,
    permission: Permission,
) -> Result<Role> {
    let found = service_token::Entity::find_by_id(token)
        .find_also_related(service_account::Entity)
        .one(&mutation.transaction)
        .await?;
    let Some((token, Some(account))) = found else {
        return Err(Error::SignedOut);
    };
    if token.is_over(mutation.now) || !account.is_active() {
        return Err(Error::SignedOut);
    }
    let role = account.role.0;
    if !role.may(permission) {
        return Err(Forbidden::Role { role, permission }.into());
    }
    if environments_of(&mutation.transaction, &account).await?.as_deref() != environments {
        return Err(Conflict::ServiceAccountChanged.into());
    }
    Ok(role)
}
