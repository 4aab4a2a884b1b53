//! The latest refused requests of one key.

use model::id::KeyId;
use model::refusal::LatestRefusals;
use model::role::Permission;

use super::{Keys, may_see, row};
use crate::actor::Actor;
use crate::error::Result;

impl Keys {
    /// The latest refused requests of a key on all nodes, as far as the nodes have answered. Whoever may see the key may see them.
    pub async fn refusals(&self, actor: &Actor, id: &KeyId) -> Result<LatestRefusals> {
        actor.require(Permission::SeeKeys)?;
        may_see(actor, &row(&self.store.db, id).await?)?;
        self.cluster.refusals(id).await
    }
}
