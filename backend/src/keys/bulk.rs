//! One change of many keys. Each key has its own mutation and its own event, so stopping half-way leaves nothing half
//! done.

use model::bounded::Bounded;
use model::id::{KeyId, UserId};
use model::key_list::{
    BULK_NAMES, BulkAction, BulkOutcome, BulkPreview, KeyQuery, MAX_BULK_KEYS, MAX_BULK_PREVIEW_KEYS,
};
use model::role::Permission;
use model::time::DAY;
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::list::within_reach;
use crate::audit::Actor;
use crate::error::{Error, Outage, Result};
use crate::keys::Keys;
use crate::store::entities::api_key;
use crate::store::entities::api_key::Column;
use crate::store::padded::padded;

impl Keys {
    /// Applies the action to each of these keys. A key that cannot be changed does not stop the others.
    pub async fn change_many(
        &self,
        actor: &Actor,
        ids: Bounded<KeyId, MAX_BULK_KEYS>,
        action: BulkAction,
    ) -> Result<Vec<BulkOutcome>> {
        actor.require(Permission::ChangeOwnKeys)?;
        let mut outcomes = Vec::with_capacity(ids.len());
        let mut gone = None;
        for id in ids {
            if gone.is_some() {
                let refused = Some(Outage::Unreachable.to_string());
                outcomes.push(BulkOutcome { id, refused });
                continue;
            }
            let outcome = match action {
                BulkAction::Disable => self.disable(actor, &id).await,
                BulkAction::Delete => self.delete(actor, &id).await,
            };
            let refused = match outcome {
                Ok(_) => None,
                // All other keys would be refused, too.
                Err(Error::SignedOut) => return Err(Error::SignedOut),
                // A request for this key alone would be answered with 403 and recorded, so the refusal is recorded here
                // as well.
                Err(error @ Error::Forbidden(_)) => {
                    let request = format!("{} {id} among others", action.word());
                    self.audit.note_refusal_of(actor, &request).await;
                    Some(error.to_string())
                }
                Err(error @ (Error::NotFound(_) | Error::Conflict(_))) => Some(error.to_string()),
                // All other keys would wait in vain, too. The answer still tells what was done so far.
                Err(error) if error.outage().is_some_and(Outage::hides_screens) => {
                    if outcomes.is_empty() && error.outage() == Some(Outage::Unreachable) {
                        return Err(error);
                    }
                    tracing::error!(%error, "a key could not be changed");
                    gone = error.outage();
                    gone.map(|outage| outage.to_string())
                }
                Err(Error::Outage { outage, cause }) => {
                    tracing::error!(error = %cause, "a key could not be changed");
                    Some(outage.to_string())
                }
                // The answer still tells what was done so far. The cause goes to the server's log.
                Err(error) => {
                    tracing::error!(%error, "a key could not be changed");
                    Some("Something failed on the server; this key was not changed.".to_owned())
                }
            };
            outcomes.push(BulkOutcome { id, refused });
        }
        Ok(outcomes)
    }

    /// What the question before a bulk action shows about some keys. Keys that this person may not change are left out.
    pub async fn preview_bulk(&self, actor: &Actor, ids: Bounded<KeyId, MAX_BULK_PREVIEW_KEYS>) -> Result<BulkPreview> {
        actor.require(Permission::ChangeOwnKeys)?;
        let ids: Vec<&KeyId> = ids.iter().collect();
        // The answer has to include the uses that were counted in memory.
        self.usage.flush_of_rows(&ids).await;
        let among = may_be_changed_by(actor).add(Column::Id.is_in(padded(ids.into_iter().map(KeyId::as_str))));
        let names = api_key::Entity::find()
            .select_only()
            .column(Column::Name)
            .filter(among.clone())
            .order_by_desc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .limit(BULK_NAMES as u64)
            .into_tuple()
            .all(&self.store.db)
            .await?;
        let since = self.store.now().plus(-DAY).0;
        let used_24h = api_key::Entity::find()
            .filter(among.add(Column::LastUsedAt.gte(since)))
            .count(&self.store.db)
            .await?;
        Ok(BulkPreview { names, used_24h })
    }

    /// One page of the IDs of the keys that a query finds and this person may change, and where the next page starts.
    pub async fn list_ids(&self, actor: &Actor, query: &KeyQuery) -> Result<(Vec<KeyId>, Option<String>)> {
        actor.require(Permission::ChangeOwnKeys)?;
        let (rows, next) = self.page_of(actor, query, may_be_changed_by(actor)).await?;
        let ids = rows.into_iter().map(|row| row.id.0).collect();
        Ok((ids, next))
    }
}

/// The keys that this actor may change.
fn may_be_changed_by(actor: &Actor) -> Condition {
    let reached = within_reach(actor);
    if actor.role.may(Permission::ChangeAllKeys) {
        return reached;
    }
    match actor.service_account_id() {
        Some(id) => reached.add(Column::CreatedByService.eq(id.as_str())),
        None => reached.add(Column::CreatedBy.eq(actor.user_id().map(UserId::as_str))),
    }
}
