//! Changes what a person may do, and whether the person may log in at all. There is always an Owner who can log in.

use model::audit_event::{AuditEvent, FieldChanges, NoDetails, SessionsEndedCount};
use model::id::UserId;
use model::role::{Permission, Role};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};

use super::link::{forget_links_by, forget_links_of};
use super::session::end_sessions;
use super::user;
use crate::accounts::Accounts;
use crate::audit::{Actor, Event};
use crate::error::{Conflict, Result};
use crate::store::column::Stored;
use crate::store::entities;
use crate::store::mutation::{Mutation, Subject};

impl Accounts {
    /// Gives a person another role, in force with the next request.
    pub async fn set_role(&self, actor: &Actor, id: &UserId, role: Role) -> Result<()> {
        actor.require(Permission::ManageUsers)?;
        let mut mutation = self.store.begin_with_password(actor, Permission::ManageUsers).await?;
        let user = user(&mutation.transaction, id).await?;
        let former = user.role.0;
        if former == role {
            return Ok(());
        }
        refuse_the_last_owner(&mutation, &user).await?;
        let mut active = user.clone().into_active_model();
        active.role = Set(Stored(role));
        active.update(&mutation.transaction).await?;
        if !role.may(Permission::ManageUsers) {
            forget_links_by(&mutation, &user.id).await?;
        }
        let changed = AuditEvent::UserRoleChanged(FieldChanges::one("Role", former.title(), role.title()));
        mutation.change(Subject::User(&user.id));
        mutation.audit(actor, &Event::on(user.id.as_str(), &user.email, changed));
        mutation.commit().await?;
        Ok(())
    }

    /// Ends all access of a person at once. The keys of the person stay.
    pub async fn disable(&self, actor: &Actor, id: &UserId) -> Result<()> {
        actor.require(Permission::ManageUsers)?;
        let mut mutation = self.store.begin_with_password(actor, Permission::ManageUsers).await?;
        let user = user(&mutation.transaction, id).await?;
        if user.disabled_at.is_some() {
            return Ok(());
        }
        refuse_the_last_owner(&mutation, &user).await?;
        let mut active = user.clone().into_active_model();
        active.disabled_at = Set(Some(Stored(mutation.now)));
        active.update(&mutation.transaction).await?;
        forget_links_of(&mutation, &user.id).await?;
        forget_links_by(&mutation, &user.id).await?;
        let ended = end_sessions(&mutation, &user.id, None).await?;
        let disabled = AuditEvent::UserDisabled(SessionsEndedCount { sessions_ended: ended });
        mutation.change(Subject::User(&user.id));
        mutation.audit(actor, &Event::on(user.id.as_str(), &user.email, disabled));
        mutation.commit().await?;
        Ok(())
    }

    /// Lets a disabled person log in again.
    pub async fn enable(&self, actor: &Actor, id: &UserId) -> Result<()> {
        actor.require(Permission::ManageUsers)?;
        let mut mutation = self.store.begin_with_password(actor, Permission::ManageUsers).await?;
        let user = user(&mutation.transaction, id).await?;
        if user.disabled_at.is_none() {
            return Ok(());
        }
        let mut active = user.clone().into_active_model();
        active.disabled_at = Set(None);
        active.update(&mutation.transaction).await?;
        let enabled = AuditEvent::UserEnabled(NoDetails {});
        mutation.change(Subject::User(&user.id));
        mutation.audit(actor, &Event::on(user.id.as_str(), &user.email, enabled));
        mutation.commit().await?;
        Ok(())
    }
}

/// The Owner who can log in, where there is only one.
pub(super) fn last_owner(users: &[entities::user::Model]) -> Option<&entities::user::Model> {
    let mut owners = users
        .iter()
        .filter(|user| user.role.0 == Role::Owner && user.disabled_at.is_none());
    owners.next().filter(|_| owners.next().is_none())
}

async fn refuse_the_last_owner(mutation: &Mutation<'_>, user: &entities::user::Model) -> Result<()> {
    let owners = entities::user::Entity::find()
        .filter(entities::user::COLUMN.role.eq(Stored(Role::Owner)))
        .filter(entities::user::COLUMN.disabled_at.is_null())
        .all(&mutation.transaction)
        .await?;
    if last_owner(&owners).is_some_and(|last| last.id == user.id) {
        return Err(Conflict::LastOwner(user.name.clone()).into());
    }
    Ok(())
}
