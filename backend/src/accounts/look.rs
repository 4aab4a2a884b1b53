//! Looking at sessions without using them: for what is sent over a long time.

use std::collections::HashMap;

use model::role::Role;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::people::role_of;
use super::session::is_over;
use crate::backend::Backend;
use crate::entity::{session, user};
use crate::error::Result;
use crate::write::pieces;

impl Backend {
    /// The roles of those behind these sessions, each named by the hash of its token, as far as they are still good. It
    /// keeps none of them alive.
    pub async fn look_at_sessions(&self, sessions: &[Vec<u8>]) -> Result<HashMap<Vec<u8>, Role>> {
        let now = self.now();
        let mut roles = HashMap::new();
        for some in pieces(sessions) {
            let found = session::Entity::find()
                .filter(session::Column::TokenHash.is_in(some.iter().cloned()))
                .find_also_related(user::Entity)
                .all(&self.db)
                .await?;
            for (session, user) in found {
                if let Some(user) = user.filter(|user| user.disabled_at.is_none() && !is_over(&session, now)) {
                    roles.insert(session.token_hash, role_of(&user)?);
                }
            }
        }
        Ok(roles)
    }
}
