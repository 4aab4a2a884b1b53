//! Settings → Environments: a page of the environments with their keys.

use std::collections::HashMap;

use model::environment::{EnvironmentList, EnvironmentRow, EnvironmentSummaries, EnvironmentSummary};
use model::id::{EnvironmentId, KeyId};
use model::list::{ListQuery, PageSize};
use model::role::Permission;
use model::time::Timestamp;
use model::token;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::actor::Actor;
use crate::environments::Environments;
use crate::error::{Error, Result};
use crate::store::column::Stored;
use crate::store::entities::environment_key;
use crate::store::environments::{Environment, page_of_environments};
use crate::store::padded::padded;

impl Environments {
    /// A page of the environments without their keys, oldest first.
    pub async fn list_summaries(&self, actor: &Actor, query: &ListQuery) -> Result<EnvironmentSummaries> {
        actor.require(Permission::SeeKeys)?;
        self.summaries(actor, query, PageSize::SHORT).await
    }

    /// A page of this size of the environments without their keys, oldest first. For programs.
    pub async fn summaries(&self, actor: &Actor, query: &ListQuery, size: PageSize) -> Result<EnvironmentSummaries> {
        actor.require(Permission::SeeKeys)?;
        let (rows, paging) = page_of_environments(&self.store.db, query, size, actor.environments()).await?;
        let summaries = rows.into_iter().map(|environment| EnvironmentSummary {
            id: environment.id,
            name: environment.name,
            kind: environment.kind,
            created_at: environment.created_at,
            hidden: environment.hidden,
        });
        Ok(EnvironmentSummaries {
            environments: summaries.collect(),
            paging,
            now: self.store.now(),
        })
    }

    /// A page of the environments with their keys, oldest first.
    pub async fn list(&self, actor: &Actor, query: &ListQuery) -> Result<EnvironmentList> {
        actor.require(Permission::ChangeEnvironments)?;
        let (rows, paging) = page_of_environments(&self.store.db, query, PageSize::SHORT, actor.environments()).await?;
        let now = self.store.now();
        let (mut current, old) = self.keys_of_environments(&rows, now).await?;
        let rows = rows.into_iter().map(|environment| {
            let key = current
                .remove(&environment.id)
                .ok_or_else(|| Error::stored("environment without a key", environment.id.as_str()))?;
            Ok(EnvironmentRow {
                old_token_ends_at: old.get(&environment.id).copied(),
                id: environment.id,
                name: environment.name,
                kind: environment.kind,
                created_at: environment.created_at,
                hidden: environment.hidden,
                key_id: key.key_id.0,
                prefix: token::prefix(environment.kind).to_owned(),
                last_four: key.last_four,
                last_used_at: key.last_used_at.map(|at| at.0),
            })
        });
        Ok(EnvironmentList {
            environments: rows.collect::<Result<_>>()?,
            paging,
            now,
        })
    }

    /// The current keys of these environments, with the uses that were counted in memory, and until when old tokens
    /// work.
    async fn keys_of_environments(
        &self,
        environments: &[Environment],
        now: Timestamp,
    ) -> Result<(
        HashMap<EnvironmentId, environment_key::Model>,
        HashMap<EnvironmentId, Timestamp>,
    )> {
        let ids: Vec<&str> = environments.iter().map(|environment| environment.id.as_str()).collect();
        let keys = environment_key::Entity::find().filter(environment_key::Column::EnvironmentId.is_in(padded(ids)));
        let read = keys.clone().all(&self.store.db).await?;
        let key_ids: Vec<&KeyId> = read.iter().map(|key| &key.key_id.0).collect();
        self.usage.flush_of(&key_ids).await?;
        let mut current = HashMap::new();
        let mut old: HashMap<EnvironmentId, Timestamp> = HashMap::new();
        for key in keys.all(&self.store.db).await? {
            match key.ends_at {
                None => {
                    current.insert(key.environment_id.0.clone(), key);
                }
                Some(Stored(end)) if end > now => {
                    let latest = old.entry(key.environment_id.0).or_insert(end);
                    *latest = (*latest).max(end);
                }
                Some(_) => {}
            }
        }
        Ok((current, old))
    }
}
