//! Disabling, enabling and deleting keys.

use model::id::KeyId;
use model::key::DeletePreview;
use model::role::Role;
use model::status::{Change, after};
use model::time::Timestamp;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set};
use serde_json::json;

use super::{row, status_of};
use crate::audit::{Actor, ActorKind, Event};
use crate::backend::Backend;
use crate::entity::api_key;
use crate::error::{Error, Result};
use crate::write::{Subject, Write};

impl Backend {
    /// Refuses the key from now on, until it is enabled again.
    pub async fn disable_key(&self, actor: &Actor, role: Role, id: &KeyId) -> Result<String> {
        self.change_key(actor, role, id, Change::Disable).await
    }

    /// Accepts a disabled key again.
    pub async fn enable_key(&self, actor: &Actor, role: Role, id: &KeyId) -> Result<String> {
        self.change_key(actor, role, id, Change::Enable).await
    }

    /// Deletes a key for good. Only the audit log remembers it. Answers with its name.
    pub async fn delete_key(&self, actor: &Actor, role: Role, id: &KeyId) -> Result<String> {
        self.flush_usage().await?;
        let mut write = self.write().await?;
        let row = row(&write.transaction, id).await?;
        may_change(actor, role, &row)?;
        let name = row.name.clone();
        let status = status_of(&row, write.now)?;
        api_key::Entity::delete_by_id(id.as_str())
            .exec(&write.transaction)
            .await?;
        write.change(Subject::Key(id.as_str())).await?;
        let event = Event {
            action: "key.deleted",
            subject: Some((id.as_str(), &name)),
            details: json!({ "status": status, "lastUsedAt": row.last_used_at.map(|at| Timestamp(at).rfc3339()) }),
        };
        write.audit(actor, event).await?;
        write.commit().await?;
        Ok(name)
    }

    /// What the Delete API Key dialog shows, to whom may delete it.
    pub async fn delete_preview(&self, actor: &Actor, role: Role, id: &KeyId) -> Result<DeletePreview> {
        // What was counted in memory belongs into the answer.
        self.flush_usage().await?;
        let row = row(&self.db, id).await?;
        may_change(actor, role, &row)?;
        Ok(DeletePreview {
            id: id.clone(),
            name: row.name,
            last_used_at: row.last_used_at.map(Timestamp),
            now: self.now(),
        })
    }

    async fn change_key(&self, actor: &Actor, role: Role, id: &KeyId, change: Change) -> Result<String> {
        let mut write = self.write().await?;
        let row = row(&write.transaction, id).await?;
        may_change(actor, role, &row)?;
        let name = row.name.clone();
        apply(&mut write, actor, row, change, None).await?;
        write.commit().await?;
        Ok(name)
    }
}

/// One step of the table of transitions, with its event and change number.
pub(super) async fn apply(
    write: &mut Write<'_>,
    actor: &Actor,
    row: api_key::Model,
    change: Change,
    reason: Option<String>,
) -> Result<()> {
    let status = status_of(&row, write.now)?;
    let (action, verb) = match change {
        Change::Activate => ("key.activated", "activated"),
        Change::Fail => ("key.failed", "failed"),
        Change::Disable => ("key.disabled", "disabled"),
        Change::Enable => ("key.enabled", "enabled"),
    };
    let state = after(status, change).ok_or_else(|| {
        Error::Refused(format!(
            "“{}” is {} and cannot be {verb}.",
            row.name,
            status.title().to_lowercase()
        ))
    })?;
    let (id, name) = (row.id.clone(), row.name.clone());
    let mut active = row.into_active_model();
    active.state = Set(state.as_str().to_owned());
    active.failed_reason = Set(reason.clone());
    active.update(&write.transaction).await?;
    write.change(Subject::Key(&id)).await?;
    let details = reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
    let event = Event {
        action,
        subject: Some((&id, &name)),
        details,
    };
    write.audit(actor, event).await
}

fn may_change(actor: &Actor, role: Role, row: &api_key::Model) -> Result<()> {
    let allowed = match &actor.kind {
        ActorKind::CommandLine | ActorKind::System => true,
        ActorKind::User { id, .. } => role.may_change_key(row.created_by.as_deref() == Some(id.as_str())),
        ActorKind::Nobody => false,
    };
    if allowed {
        Ok(())
    } else {
        Err(Error::Forbidden(format!(
            "As a {} you can change only the keys that you created.",
            role.title()
        )))
    }
}
