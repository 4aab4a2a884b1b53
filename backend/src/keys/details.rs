//! Everything about one key, for its own screen.

use std::collections::{BTreeSet, HashMap};

use model::endpoint::{Endpoint, Grant};
use model::id::KeyId;
use model::key_page::{EndpointUse, KeyDetails, OldToken, UseCount};
use model::list::{ListQuery, PAGE_SIZE, Paging};
use model::number::Separator;
use model::role::Permission;
use model::status::Status;
use model::time::{DAY, HOUR, Timestamp};
use model::usage::Range;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::rotate::{old_tokens, token_name};
use super::settings::settings_of;
use super::{masked_old, may_see, row};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::history::{history_of, last_disabling};
use crate::keys::Keys;
use crate::store::entities::{api_key, api_key_endpoint, api_key_endpoint_use};
use crate::store::keys::grant_of;
use crate::store::{endpoints, environments, page};
use crate::usage;

impl Keys {
    /// What the screen of one key shows to this actor, with a page of the key's endpoints and its requests in a range. `numbers` is the
    /// separator in its limits.
    pub async fn details(
        &self,
        actor: &Actor,
        id: &KeyId,
        query: &ListQuery,
        range: Range,
        numbers: Separator,
    ) -> Result<KeyDetails> {
        actor.require(Permission::SeeKeys)?;
        // The answer has to include the uses that were counted in memory.
        self.usage.flush_of(&[id]).await?;
        let now = self.store.now();
        let row = row(&self.store.db, id).await?;
        may_see(actor, &row)?;
        let grant = self.grant(&row).await?;
        let view = self.views(vec![row.clone()], actor, now).await?.pop();
        let view = view.ok_or_else(|| Error::Internal("a key has no view".to_owned()))?;
        let environments = environments::by_id(&self.store.db).await?;
        let kind = environments::of(&environments, &row.environment_id)?.kind;
        let old = old_tokens(&self.store.db, id).await?;
        let (endpoints, endpoints_paging) = page_of(self.endpoint_uses(&row, &grant, now).await?, query);
        let history = if view.may_change {
            Some(history_of(&self.store, &self.audit, &self.cluster, id.as_str()).await?)
        } else {
            None
        };
        let while_disabled = history.as_deref().filter(|_| view.status == Status::Inactive);
        Ok(KeyDetails {
            disabled: while_disabled.and_then(last_disabling).cloned(),
            old_tokens: old
                .into_iter()
                .filter(|old| old.ends_at.0 > now)
                .map(|old| OldToken {
                    id: token_name(&old.token_hash),
                    masked: masked_old(kind, &old),
                    ends_at: old.ends_at.0,
                    last_used_at: old.last_used_at.map(|at| at.0),
                })
                .collect(),
            endpoints,
            endpoints_paging,
            settings: settings_of(&row, view.customer.clone(), None, now).lines(numbers),
            day: self.uses_in(id, now, DAY / HOUR).await?,
            month: self.uses_in(id, now, 30 * DAY / HOUR).await?,
            range,
            usage: self.usage.buckets_of_key(id, range).await?,
            progress: self.progress_of(&row).await?,
            history,
            example: self.example(&grant).await?,
            may_create: actor.role.may(Permission::CreateKeys),
            owner: row.created_by.as_ref().map(|_| view.creator.clone()),
            last_used_from: row.last_used_from,
            rotated_at: row.rotated_at.0,
            token_used_at: row.token_used_at.map(|at| at.0),
            row: view,
            now,
        })
    }

    /// What a key may call.
    pub(super) async fn grant(&self, row: &api_key::Model) -> Result<Grant> {
        let granted: Vec<String> = api_key_endpoint::Entity::find()
            .select_only()
            .column(api_key_endpoint::Column::EndpointName)
            .filter(api_key_endpoint::Column::KeyId.eq(row.id.as_str()))
            .into_tuple()
            .all(&self.store.db)
            .await?;
        Ok(grant_of(row.all_endpoints, granted))
    }

    /// The titles of the endpoints that a key may call; `None` for all.
    pub(super) async fn endpoint_titles(&self, row: &api_key::Model) -> Result<Option<Vec<String>>> {
        let Grant::Only(names) = self.grant(row).await? else {
            return Ok(None);
        };
        let known = endpoints::titles(&self.store.db).await?;
        let title = |name: String| known.get(&name).cloned().unwrap_or(name);
        Ok(Some(names.into_iter().map(title).collect()))
    }

    async fn uses_in(&self, id: &KeyId, now: Timestamp, hours: i64) -> Result<UseCount> {
        let counts = usage::by_endpoint(&self.store.db, id, now, hours).await?;
        Ok(counts.into_values().fold(UseCount::default(), |sum, count| UseCount {
            allowed: sum.allowed + count.allowed,
            refused: sum.refused + count.refused,
        }))
    }

    /// The endpoints that the key may call, and how much it used them: first in the order of the catalogue, then the
    /// retired ones.
    async fn endpoint_uses(&self, row: &api_key::Model, grant: &Grant, now: Timestamp) -> Result<Vec<EndpointUse>> {
        let counts = usage::by_endpoint(&self.store.db, &row.id, now, 30 * DAY / HOUR).await?;
        let latest: HashMap<String, Timestamp> = api_key_endpoint_use::Entity::find()
            .filter(api_key_endpoint_use::Column::KeyId.eq(row.id.as_str()))
            .all(&self.store.db)
            .await?
            .into_iter()
            .map(|used| (used.endpoint_name, used.last_used_at.0))
            .collect();
        let catalogue = self.endpoints.load_catalogue().await?;
        let there: BTreeSet<&String> = catalogue.iter().map(|endpoint| &endpoint.name).collect();
        let titles = endpoints::titles(&self.store.db).await?;
        let retired: Vec<Endpoint> = match grant {
            Grant::All => Vec::new(),
            Grant::Only(names) => names
                .iter()
                .filter(|name| !there.contains(name))
                .map(|name| Endpoint {
                    name: name.clone(),
                    title: titles.get(name).cloned().unwrap_or_else(|| name.clone()),
                    patterns: Vec::new(),
                })
                .collect(),
        };
        let view = |endpoint: Endpoint, retired| EndpointUse {
            last_used_at: latest.get(&endpoint.name).copied(),
            month: counts.get(&endpoint.name).map_or(0, |count| count.allowed),
            endpoint,
            retired,
        };
        let granted = catalogue
            .iter()
            .filter(|endpoint| grant.covers(&endpoint.name))
            .cloned()
            .map(|endpoint| view(endpoint, false));
        Ok(granted
            .chain(retired.into_iter().map(|endpoint| view(endpoint, true)))
            .collect())
    }
}

/// A page of the endpoints that a search finds. It starts after a number of endpoints: their order does not depend on
/// the rows.
fn page_of(mut all: Vec<EndpointUse>, query: &ListQuery) -> (Vec<EndpointUse>, Paging) {
    let total = all.len() as u64;
    let searched = query.searched().to_lowercase();
    let holds = |text: &str| text.to_lowercase().contains(&searched);
    if !searched.is_empty() {
        all.retain(|EndpointUse { endpoint, .. }| {
            let Endpoint { name, title, patterns } = endpoint;
            holds(name) || holds(title) || patterns.iter().any(|pattern| holds(&pattern.path))
        });
    }
    let matching = all.len() as u64;
    let skipped = u64::from(query.after.parse::<u32>().unwrap_or(0));
    let mut rows: Vec<EndpointUse> = all
        .into_iter()
        .skip(usize::try_from(skipped).unwrap_or(usize::MAX))
        .collect();
    let next = page::cut(&mut rows, PAGE_SIZE, |_| (skipped + PAGE_SIZE).to_string());
    (rows, page::paging(total, Some(matching), next))
}
