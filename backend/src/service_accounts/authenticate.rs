//! Finds out which service account sends a request.

use std::net::IpAddr;
use std::time::Duration;

use model::service_token;
use model::time::{MINUTE, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::ServiceAccounts;
use crate::actor::{Actor, ActorKind};
use crate::error::{Forbidden, Result};
use crate::store::entities;
use crate::store::entities::service_token::Column;
use crate::store::keys::addresses_of;
use crate::store::service_accounts::{environments_of, token_with_hash};
use crate::store::time_limit::within;

/// How exactly the last use of a token is stored, so that not every request needs a write.
const USED_STEP: i64 = MINUTE;
/// How long a request waits until the use of its token is stored.
const NOTE_USE_LIMIT: Duration = Duration::from_secs(1);

impl ServiceAccounts {
    /// The service account with this token, as an actor. `None` if there is none, if the token has ended, or if the service account
    /// is disabled. A text that is not a well-formed token costs no query.
    pub async fn authenticate(&self, token: &str, address: Option<IpAddr>) -> Result<Option<Actor>> {
        if !service_token::is_well_formed(token) {
            return Ok(None);
        }
        let Some((token, account)) = token_with_hash(&self.store.db, &self.store.tokens.hash(token).0).await? else {
            return Ok(None);
        };
        let now = self.store.now();
        if token.is_over(now) || !account.is_active() {
            return Ok(None);
        }
        if !addresses_of(token.allowed_addresses.clone()).allow(address) {
            return Err(Forbidden::ServiceTokenAddress.into());
        }
        let environments = environments_of(&self.store.db, &account).await?;
        let address = address.map(|address| address.to_canonical().to_string());
        if is_note_due(&token, address.as_deref(), now) {
            self.note_use(&token, address.as_deref(), now).await;
        }
        Ok(Some(Actor {
            kind: ActorKind::ServiceAccount {
                id: account.id.0,
                name: account.name,
                token: token.id.0,
                environments,
            },
            role: account.role.0,
            address,
            request: None,
        }))
    }

    /// Stores the last use of a token. A failure only goes to the log, and the next request tries again.
    async fn note_use(&self, token: &entities::service_token::Model, address: Option<&str>, now: Timestamp) {
        let stored = within(NOTE_USE_LIMIT, async {
            let _turn = self.store.turn().await?;
            entities::service_token::Entity::update_many()
                .col_expr(Column::LastUsedAt, Expr::value(now.0))
                .col_expr(Column::LastUsedFrom, Expr::value(address))
                .filter(Column::Id.eq(token.id.as_str()))
                // Another node may have seen a later use.
                .filter(
                    Condition::any()
                        .add(Column::LastUsedAt.is_null())
                        .add(Column::LastUsedAt.lt(now.0)),
                )
                .exec(&self.store.db)
                .await?;
            Ok(())
        });
        if let Err(error) = stored.await {
            tracing::warn!(%error, "cannot store the last use of a service token");
        }
    }
}

fn is_note_due(token: &entities::service_token::Model, address: Option<&str>, now: Timestamp) -> bool {
    token.last_used_at.is_none_or(|used| {
        let age = now.since(used.0);
        age >= USED_STEP || (age >= USED_STEP / 6 && token.last_used_from.as_deref() != address)
    })
}
