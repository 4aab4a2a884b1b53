//! Keys as programs see them: one, and the list.

use std::collections::HashMap;

use model::endpoint::{Endpoint, Grant};
use model::environment::Kind;
use model::id::KeyId;
use model::key_list::{GrantedTitles, KeyQuery};
use model::key_page::OldToken;
use model::key_record::KeyRecord;
use model::list::PageSize;
use model::profile::ProfileName;
use model::role::Permission;
use model::time::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{Creators, Seen, depends_on_use, view, within_reach};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::keys::new_key::NewKey;
use crate::keys::rotate::token_name;
use crate::keys::{Keys, masked_old, may_see};
use crate::store::customers::metadata_of;
use crate::store::entities::{api_key, api_key_endpoint, old_token};
use crate::store::environments::{self, Environment};
use crate::store::keys::{addresses_of, grant_of, limits_of, row};
use crate::store::padded::padded;

/// A new key and what its record says of it.
#[derive(Clone, Copy)]
pub(in crate::keys) struct JustMade<'a> {
    pub(in crate::keys) row: &'a api_key::Model,
    pub(in crate::keys) new: &'a NewKey,
    pub(in crate::keys) environment: &'a Environment,
    pub(in crate::keys) catalogue: &'a [Endpoint],
    pub(in crate::keys) profile: Option<&'a ProfileName>,
}

impl Keys {
    /// One page of the list with the filters and orders of the screen, and where the next page starts.
    pub async fn list_records(
        &self,
        actor: &Actor,
        query: &KeyQuery,
        size: PageSize,
    ) -> Result<(Vec<KeyRecord>, Option<String>)> {
        actor.require(Permission::SeeKeys)?;
        if depends_on_use(query) {
            self.usage.flush_for_order().await;
        }
        let query = &self.with_names_resolved(query, actor).await?;
        let list = self.list_query(query, within_reach(actor)).await?.with_page_size(size);
        let (rows, next) = list.read_uncounted(&self.store.db).await?;
        let rows = self.as_used_until_now(rows).await?;
        let grants = grants(&self.store.db, &rows).await?;
        Ok((self.records(&self.store.db, rows, grants, actor).await?, next))
    }

    /// One key. Its use may be some seconds old.
    pub async fn record(&self, actor: &Actor, id: &KeyId) -> Result<KeyRecord> {
        actor.require(Permission::SeeKeys)?;
        let row = row(&self.store.db, id).await?;
        may_see(actor, &row)?;
        let rows = vec![row];
        let grants = grants(&self.store.db, &rows).await?;
        let mut records = self.records(&self.store.db, rows, grants, actor).await?;
        records
            .pop()
            .ok_or_else(|| Error::Internal("a key has no record".to_owned()))
    }

    /// One key with what it may call, as the transaction that made or changed it sees the key.
    pub(in crate::keys) async fn record_in(
        &self,
        transaction: &impl ConnectionTrait,
        id: &KeyId,
        grant: Grant,
        actor: &Actor,
    ) -> Result<KeyRecord> {
        let rows = vec![row(transaction, id).await?];
        let grants = HashMap::from([(id.clone(), grant)]);
        let mut records = self.records(transaction, rows, grants, actor).await?;
        records
            .pop()
            .ok_or_else(|| Error::Internal("a key has no record".to_owned()))
    }

    /// A key that its maker's transaction has just inserted, out of what it was made of: nothing is read.
    pub(in crate::keys) fn record_of_new(&self, made: &JustMade<'_>, actor: &Actor) -> KeyRecord {
        let JustMade {
            row,
            new,
            environment,
            catalogue,
            profile,
        } = *made;
        let titles = |names: &[String]| {
            let granted = catalogue.iter().filter(|endpoint| names.contains(&endpoint.name));
            granted.map(|endpoint| endpoint.title.clone()).collect::<Vec<_>>()
        };
        let seen = Seen {
            environment,
            granted: match &new.grant {
                Grant::All => GrantedTitles::default(),
                Grant::Only(names) => titles(names).into(),
            },
            profile,
            customer: new.customer.as_ref(),
            used_by_hour: Vec::new(),
        };
        KeyRecord {
            grant: new.grant.clone(),
            limits: new.limits,
            metadata: new.metadata.clone(),
            description: new.description.clone(),
            tags: new.tags.clone(),
            location: new.location.clone(),
            owner: row.created_by.as_deref().cloned(),
            addresses: new.addresses.clone(),
            rotated_at: row.rotated_at.0,
            old_tokens: Vec::new(),
            last_used_from: None,
            row: view(row.clone(), seen, &Creators::only(actor), actor, self.store.now()),
        }
    }

    async fn records(
        &self,
        db: &impl ConnectionTrait,
        rows: Vec<api_key::Model>,
        mut grants: HashMap<KeyId, Grant>,
        actor: &Actor,
    ) -> Result<Vec<KeyRecord>> {
        let now = self.store.now();
        let environments = environments::by_id(&self.store.db).await?;
        let mut old = old_tokens(db, &rows, now).await?;
        let views = self.views(rows.clone(), actor, now).await?;
        let records = rows.into_iter().zip(views).map(|(stored, view)| {
            let kind = environments::of(&environments, &stored.environment_id)?.kind;
            Ok(KeyRecord {
                grant: grants
                    .remove(&stored.id.0)
                    .ok_or_else(|| Error::stored("key without a grant", stored.id.as_str()))?,
                limits: limits_of(&stored),
                metadata: metadata_of(stored.metadata.clone()),
                description: stored.description,
                tags: stored.tags.0,
                location: stored.location,
                owner: stored.created_by.map(|id| id.0),
                addresses: addresses_of(stored.allowed_addresses.clone()),
                rotated_at: stored.rotated_at.0,
                old_tokens: old
                    .remove(&stored.id.0)
                    .unwrap_or_default()
                    .iter()
                    .map(|old| seen(kind, old))
                    .collect(),
                last_used_from: stored.last_used_from,
                row: view,
            })
        });
        records.collect()
    }
}

fn seen(kind: Kind, old: &old_token::Model) -> OldToken {
    OldToken {
        id: token_name(&old.token_hash),
        masked: masked_old(kind, old),
        ends_at: old.ends_at.0,
        last_used_at: old.last_used_at.map(|at| at.0),
    }
}

/// The old tokens of these keys that still work, the first to end first.
async fn old_tokens(
    db: &impl ConnectionTrait,
    rows: &[api_key::Model],
    now: Timestamp,
) -> Result<HashMap<KeyId, Vec<old_token::Model>>> {
    let ids = rows.iter().map(|row| row.id.as_str());
    let found = old_token::Entity::find()
        .filter(old_token::Column::KeyId.is_in(padded(ids)))
        .filter(old_token::Column::EndsAt.gt(now.0))
        .order_by_asc(old_token::Column::EndsAt)
        .all(db)
        .await?;
    let mut by_key: HashMap<KeyId, Vec<old_token::Model>> = HashMap::new();
    for old in found {
        by_key.entry(old.key_id.0.clone()).or_default().push(old);
    }
    Ok(by_key)
}

/// What these keys may call.
async fn grants(db: &impl ConnectionTrait, rows: &[api_key::Model]) -> Result<HashMap<KeyId, Grant>> {
    let ids = rows.iter().filter(|row| !row.all_endpoints).map(|row| row.id.as_str());
    let found = api_key_endpoint::Entity::find()
        .filter(api_key_endpoint::Column::KeyId.is_in(padded(ids)))
        .order_by_asc(api_key_endpoint::Column::KeyId)
        .order_by_asc(api_key_endpoint::Column::EndpointName)
        .all(db)
        .await?;
    let mut names: HashMap<KeyId, Vec<String>> = HashMap::new();
    for grant in found {
        names.entry(grant.key_id.0).or_default().push(grant.endpoint_name);
    }
    Ok(rows
        .iter()
        .map(|row| {
            let granted = names.remove(&row.id.0).unwrap_or_default();
            (row.id.0.clone(), grant_of(row.all_endpoints, granted))
        })
        .collect())
}
