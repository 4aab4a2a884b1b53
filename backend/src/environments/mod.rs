//! Environments.

mod change;
pub(crate) mod key;
mod list;

use std::sync::Arc;

use model::environment::EnvironmentView;
use model::role::Permission;

use crate::actor::Actor;
use crate::error::Result;
use crate::store::Store;
use crate::store::environments::all;
use crate::usage::Usage;

/// Creates, changes and lists environments and their keys.
#[derive(Debug)]
pub struct Environments {
    store: Arc<Store>,
    usage: Arc<Usage>,
}

impl Environments {
    pub(crate) fn new(store: Arc<Store>, usage: Arc<Usage>) -> Self {
        Self { store, usage }
    }

    /// The environments that a selector offers, oldest first.
    pub async fn list_selectable(&self, actor: &Actor) -> Result<Vec<EnvironmentView>> {
        actor.require(Permission::SeeKeys)?;
        let all = all(&self.store.db).await?;
        let shown = all
            .into_iter()
            .filter(|environment| !environment.hidden && actor.reaches(&environment.id));
        Ok(shown
            .map(|environment| EnvironmentView {
                name: environment.name,
                kind: environment.kind,
            })
            .collect())
    }
}
