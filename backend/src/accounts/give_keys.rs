//! Gives the keys of one person, who may have left, to another.

use model::audit_event::{AuditEvent, FieldChanges, KeysHandedOver};
use model::id::{KeyId, UserId};
use model::people::KeysGiven;
use model::role::Permission;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::user;
use crate::accounts::Accounts;
use crate::audit::{Actor, Event};
use crate::error::{Conflict, Result};
use crate::store::column::Stored;
use crate::store::entities::api_key;
use crate::store::mutation::Subject;
use crate::store::people::person_called;

impl Accounts {
    /// Gives all keys of one person to another. `to` is the other person's e-mail address, name or ID. Gateways notice
    /// nothing.
    pub async fn give_keys(&self, actor: &Actor, from: &UserId, to: &str) -> Result<KeysGiven> {
        actor.require(Permission::ManageUsers)?;
        let mut mutation = self.store.begin_with_password(actor, Permission::ManageUsers).await?;
        let from = user(&mutation.transaction, from).await?;
        let to = person_called(&mutation.transaction, to).await?;
        if from.id == to.id {
            return Err(Conflict::SameNewOwner(to.name).into());
        }
        if to.disabled_at.is_some() {
            return Err(Conflict::NewOwnerDisabled(to.name).into());
        }
        let role = to.role.0;
        if !role.may(Permission::CreateKeys) {
            return Err(Conflict::NewOwnerRole { name: to.name, role }.into());
        }
        let keys: Vec<(Stored<KeyId>, String)> = api_key::Entity::find()
            .select_only()
            .column(api_key::Column::Id)
            .column(api_key::Column::Name)
            .filter(api_key::Column::CreatedBy.eq(from.id.as_str()))
            .order_by_asc(api_key::Column::Id)
            .into_tuple()
            .all(&mutation.transaction)
            .await?;
        if keys.is_empty() {
            return Ok(KeysGiven { keys: 0, to: to.name });
        }
        api_key::Entity::update_many()
            .col_expr(api_key::Column::CreatedBy, Expr::value(to.id.clone()))
            .filter(api_key::Column::CreatedBy.eq(from.id.as_str()))
            .exec(&mutation.transaction)
            .await?;
        let count = u64::try_from(keys.len()).unwrap_or(u64::MAX);
        let given = AuditEvent::UserKeysGiven(KeysHandedOver { count, to: to.email });
        // One change is enough: nodes do not hold the owner of a key.
        mutation.change(Subject::User(&from.id));
        mutation.audit(actor, &Event::on(from.id.as_str(), &from.email, given));
        let owner_changed = AuditEvent::KeyOwnerChanged(FieldChanges::one("Owner", &from.name, &to.name));
        for (id, name) in &keys {
            mutation.audit(actor, &Event::on(id.as_str(), name, owner_changed.clone()));
        }
        mutation.commit().await?;
        Ok(KeysGiven {
            keys: count,
            to: to.name,
        })
    }
}
