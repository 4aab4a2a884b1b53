//! Disables, enables and deletes keys.

use std::slice;

use model::audit_event::{
    AuditEvent, FieldChanges, KeyActivated, KeyDeleted, KeyFailed, KeyRotated, NoDetails, StoredTime,
};
use model::id::KeyId;
use model::key_page::{Changed, DeletePreview};
use model::role::Permission;
use model::status::Change;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};

use super::settings::customer_of;
use super::{life_of, may_change, not_allowed, row, status_of};
use crate::audit::{Actor, Event};
use crate::error::Result;
use crate::keys::Keys;
use crate::store::column::Stored;
use crate::store::entities::api_key;
use crate::store::mutation::{Mutation, Subject};
use crate::store::refusals;
use crate::usage;

impl Keys {
    /// Refuses the key from now on, until it is enabled again.
    pub async fn disable(&self, actor: &Actor, id: &KeyId) -> Result<Changed> {
        actor.require(Permission::ChangeOwnKeys)?;
        self.change_state(actor, id, KeyChange::Disable).await
    }

    /// Accepts a disabled key again.
    pub async fn enable(&self, actor: &Actor, id: &KeyId) -> Result<Changed> {
        actor.require(Permission::ChangeOwnKeys)?;
        self.change_state(actor, id, KeyChange::Enable).await
    }

    /// Deletes a key for good. Only the audit log remembers it.
    pub async fn delete(&self, actor: &Actor, id: &KeyId) -> Result<Changed> {
        actor.require(Permission::ChangeOwnKeys)?;
        self.usage.try_flush_of(&[id]).await;
        let mut mutation = self.store.begin(actor, Permission::ChangeOwnKeys).await?;
        let row = row(&mutation.transaction, id).await?;
        may_change(actor, mutation.role, &row)?;
        let status = status_of(&row, mutation.now);
        // What was deleted, since another node may have stored uses after the row was read.
        let deleted = api_key::Entity::delete_by_id(id)
            .exec_with_returning(&mutation.transaction)
            .await?;
        refusals::remove_key(&mutation.transaction, id).await?;
        let last_used_at = deleted.unwrap_or(row.clone()).last_used_at.map(|at| at.0);
        let change = mutation.change(Subject::Key(id));
        mutation.note_last_valid(change, last_used_at);
        let deleted = KeyDeleted {
            status,
            last_used_at: last_used_at.map(StoredTime),
        };
        let event = Event::on(id.as_str(), &row.name, AuditEvent::KeyDeleted(deleted));
        mutation.audit(actor, &event);
        let change = mutation.commit().await?;
        Ok(Changed { name: row.name, change })
    }

    /// What the Delete API Key dialog shows to a person who may delete the key.
    pub async fn preview_deletion(&self, actor: &Actor, id: &KeyId) -> Result<DeletePreview> {
        actor.require(Permission::ChangeOwnKeys)?;
        // The answer has to include the uses that were counted in memory.
        self.usage.flush_of(&[id]).await?;
        let row = row(&self.store.db, id).await?;
        may_change(actor, actor.role, &row)?;
        let now = self.store.now();
        let used = usage::accepted(&self.store.db, slice::from_ref(id), now).await?;
        Ok(DeletePreview {
            id: id.clone(),
            customer: customer_of(&self.store.db, &row).await?.map(|customer| customer.name),
            name: row.name,
            last_used_at: row.last_used_at.map(|at| at.0),
            last_used_from: row.last_used_from,
            used_24h: used.get(id).map_or(0, |by_hour| by_hour.iter().sum()),
            now,
        })
    }

    async fn change_state(&self, actor: &Actor, id: &KeyId, change: KeyChange) -> Result<Changed> {
        let mut mutation = self.store.begin(actor, Permission::ChangeOwnKeys).await?;
        let row = row(&mutation.transaction, id).await?;
        may_change(actor, mutation.role, &row)?;
        let name = row.name.clone();
        let mut active = row.clone().into_active_model();
        apply(&mut mutation, actor, &row, &mut active, change)?;
        active.update(&mutation.transaction).await?;
        let change = mutation.commit().await?;
        Ok(Changed { name, change })
    }
}

/// A step of the table of transitions, with the details of its event.
pub(super) enum KeyChange {
    Activate(KeyActivated),
    Fail(KeyFailed),
    Disable,
    Enable,
    Edit(FieldChanges),
    Rotate(KeyRotated),
}

impl KeyChange {
    pub(super) const fn step(&self) -> Change {
        match self {
            Self::Activate(_) => Change::Activate,
            Self::Fail(_) => Change::Fail,
            Self::Disable => Change::Disable,
            Self::Enable => Change::Enable,
            Self::Edit(_) => Change::Edit,
            Self::Rotate(_) => Change::Rotate,
        }
    }

    fn event(self) -> AuditEvent {
        match self {
            Self::Activate(details) => AuditEvent::KeyActivated(details),
            Self::Fail(details) => AuditEvent::KeyFailed(details),
            Self::Disable => AuditEvent::KeyDisabled(NoDetails {}),
            Self::Enable => AuditEvent::KeyEnabled(NoDetails {}),
            Self::Edit(details) => AuditEvent::KeyEdited(details),
            Self::Rotate(details) => AuditEvent::KeyRotated(details),
        }
    }
}

/// Takes one step of the table of transitions and adds its event. Answers with the change number; the caller stores the
/// row.
pub(super) fn apply(
    mutation: &mut Mutation<'_>,
    actor: &Actor,
    row: &api_key::Model,
    active: &mut api_key::ActiveModel,
    change: KeyChange,
) -> Result<i64> {
    let mut life = life_of(row);
    life.step(change.step(), mutation.now)
        .map_err(|why| not_allowed(row, why))?;
    active.state = Set(Stored(life.state()));
    let number = mutation.change(Subject::Key(&row.id));
    if matches!(change, KeyChange::Disable) {
        mutation.note_last_valid(number, row.last_used_at.map(|at| at.0));
    }
    mutation.audit(actor, &Event::on(row.id.as_str(), &row.name, change.event()));
    Ok(number)
}
