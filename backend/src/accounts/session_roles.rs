//! Reads sessions for answers that are sent over a long time. This does not count as use of a session.

use std::collections::HashMap;

use model::role::Role;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::accounts::Accounts;
use crate::error::Result;
use crate::store::entities::{session, user};
use crate::store::mutation::chunks_for_statements;

impl Accounts {
    /// The roles of the people with these sessions, by the hash of each session's token. Sessions that have ended are
    /// left out. This keeps no session alive.
    pub async fn read_roles_of_sessions(&self, sessions: &[Vec<u8>]) -> Result<HashMap<Vec<u8>, Role>> {
        let now = self.store.now();
        let mut roles = HashMap::new();
        for chunk in chunks_for_statements(sessions) {
            let found = session::Entity::find()
                .filter(session::Column::TokenHash.is_in(chunk.iter().cloned()))
                .find_also_related(user::Entity)
                .all(&self.store.db)
                .await?;
            for (session, user) in found {
                if let Some(user) = user.filter(|user| user.disabled_at.is_none() && !session.is_over(now)) {
                    roles.insert(session.token_hash, user.role.0);
                }
            }
        }
        Ok(roles)
    }
}
