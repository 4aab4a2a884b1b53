//! Disabling, enabling and deleting keys.

use model::id::KeyId;
use model::key_page::{Changed, DeletePreview};
use model::role::{Permission, Role};
use model::status::Change;
use model::time::Timestamp;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::{Value, json};

use super::{life_of, may_change, not_allowed, row, status_of};
use crate::audit::{Actor, Event};
use crate::backend::Backend;
use crate::entity::api_key;
use crate::error::Result;
use crate::usage;
use crate::write::{Subject, Write};

impl Backend {
    /// Refuses the key from now on, until it is enabled again.
    pub async fn disable_key(&self, actor: &Actor, id: &KeyId) -> Result<Changed> {
        self.change_key(actor, id, Change::Disable).await
    }

    /// Accepts a disabled key again.
    pub async fn enable_key(&self, actor: &Actor, id: &KeyId) -> Result<Changed> {
        self.change_key(actor, id, Change::Enable).await
    }

    /// Deletes a key for good. Only the audit log remembers it.
    pub async fn delete_key(&self, actor: &Actor, id: &KeyId) -> Result<Changed> {
        self.flush_usage_of_if_possible(&[id.as_str()]).await;
        let mut write = self.write(actor, Permission::ChangeOwnKeys).await?;
        let row = row(&write.transaction, id).await?;
        may_change(actor, write.role, &row)?;
        let status = status_of(&row, write.now)?;
        api_key::Entity::delete_by_id(id.as_str())
            .exec(&write.transaction)
            .await?;
        write.change(Subject::Key(id.as_str()));
        let event = Event {
            action: "key.deleted",
            subject: Some((id.as_str(), &row.name)),
            details: json!({ "status": status, "lastUsedAt": row.last_used_at.map(|at| Timestamp(at).rfc3339()) }),
        };
        write.audit(actor, &event);
        let change = write.commit().await?;
        Ok(Changed { name: row.name, change })
    }

    /// What the Delete API Key dialog shows, to whom may delete it.
    pub async fn delete_preview(&self, actor: &Actor, role: Role, id: &KeyId) -> Result<DeletePreview> {
        // What was counted in memory belongs into the answer.
        self.flush_usage_of(&[id.as_str()]).await?;
        let row = row(&self.db, id).await?;
        may_change(actor, role, &row)?;
        let now = self.now();
        let used = usage::accepted(&self.db, &[row.id], now).await?;
        Ok(DeletePreview {
            id: id.clone(),
            name: row.name,
            last_used_at: row.last_used_at.map(Timestamp),
            last_used_from: row.last_used_from,
            used_24h: used.get(id.as_str()).map_or(0, |by_hour| by_hour.iter().sum()),
            now,
        })
    }

    async fn change_key(&self, actor: &Actor, id: &KeyId, change: Change) -> Result<Changed> {
        let mut write = self.write(actor, Permission::ChangeOwnKeys).await?;
        let row = row(&write.transaction, id).await?;
        may_change(actor, write.role, &row)?;
        let name = row.name.clone();
        let mut active = row.clone().into_active_model();
        apply(&mut write, actor, &row, &mut active, change, json!({}))?;
        active.update(&write.transaction).await?;
        let change = write.commit().await?;
        Ok(Changed { name, change })
    }
}

/// One step of the table of transitions, with its event. Answers with its change number; the caller stores the row.
pub(super) fn apply(
    write: &mut Write<'_>,
    actor: &Actor,
    row: &api_key::Model,
    active: &mut api_key::ActiveModel,
    change: Change,
    details: Value,
) -> Result<i64> {
    let mut life = life_of(row)?;
    life.step(change, write.now).map_err(|why| not_allowed(row, why))?;
    let action = match change {
        Change::Activate => "key.activated",
        Change::Fail => "key.failed",
        Change::Disable => "key.disabled",
        Change::Enable => "key.enabled",
        Change::Edit => "key.edited",
        Change::Rotate => "key.rotated",
    };
    active.state = Set(life.state().as_str().to_owned());
    let number = write.change(Subject::Key(&row.id));
    let event = Event {
        action,
        subject: Some((&row.id, &row.name)),
        details,
    };
    write.audit(actor, &event);
    Ok(number)
}
