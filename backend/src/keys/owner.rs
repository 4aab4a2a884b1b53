//! The owner of a key: a person, who may change and delete it.

use model::audit_event::{AuditEvent, FieldChanges};
use model::form_values::FormValues;
use model::key_fields::{KeyField, KeySettings, NamedOwner, OwnerName};
use model::role::Permission;
use sea_orm::{ConnectionTrait, EntityTrait, Set};

use crate::audit::{Actor, Event};
use crate::error::{Conflict, Error, Forbidden, NotFound, Result};
use crate::store::column::Stored;
use crate::store::entities::{api_key, user};
use crate::store::mutation::{Mutation, Subject};
use crate::store::people::person_called;

/// The longest text that is looked for, in bytes. The longest e-mail address has 254.
const TYPED_MAX: usize = 400;

/// The person who owns a key; `None` where a program or the command line made it.
pub(super) async fn owner_name(db: &impl ConnectionTrait, row: &api_key::Model) -> Result<Option<OwnerName>> {
    let Some(id) = row.created_by.as_deref() else {
        return Ok(None);
    };
    Ok(user::Entity::find_by_id(id).one(db).await?.map(name_of))
}

/// The person that a form names as the owner of a key. Refuses to look for one where the actor may not give the key to anybody.
pub(super) async fn owner_in_form(
    mutation: &Mutation<'_>,
    form: &FormValues,
    present: Option<&OwnerName>,
) -> Result<Option<NamedOwner>> {
    let typed = form.get(KeyField::Owner.name()).map(str::trim);
    let email = present.map(|owner| owner.email.as_str()).unwrap_or_default();
    let Some(typed) = typed.filter(|typed| *typed != email) else {
        return Ok(None);
    };
    if !mutation.role.may(Permission::ChangeAllKeys) {
        return Err(Forbidden::Role {
            role: mutation.role,
            permission: Permission::ChangeAllKeys,
        }
        .into());
    }
    // PostgreSQL has NUL in no text.
    if typed.is_empty() || typed.len() > TYPED_MAX || typed.contains('\0') {
        return Ok(None);
    }
    let person = match person_called(&mutation.transaction, typed).await {
        Ok(person) => person,
        Err(Error::NotFound(NotFound::UserNamed(_))) => return Ok(None),
        Err(Error::NotFound(missing)) => return Ok(Some(Err(missing.to_string()))),
        Err(error) => return Err(error),
    };
    let is_present = present.is_some_and(|owner| owner.id == person.id.0);
    let role = person.role.0;
    let refusal = if is_present {
        None
    } else if person.disabled_at.is_some() {
        Some(Conflict::NewOwnerDisabled(person.name.clone()))
    } else if role.may(Permission::CreateKeys) {
        None
    } else {
        let name = person.name.clone();
        Some(Conflict::NewOwnerRole { name, role })
    };
    Ok(Some(match refusal {
        Some(refusal) => Err(refusal.to_string()),
        None => Ok(name_of(person)),
    }))
}

/// Gives a key to the owner in its new settings, if that is another one. The caller stores the row.
pub(super) fn give(
    mutation: &mut Mutation<'_>,
    actor: &Actor,
    row: &api_key::Model,
    active: &mut api_key::ActiveModel,
    (before, after): (&KeySettings, &KeySettings),
) {
    let Some(owner) = &after.owner else {
        return;
    };
    let former = before.owner.as_ref();
    if former.is_some_and(|former| former.id == owner.id) {
        return;
    }
    active.created_by = Set(Some(Stored(owner.id.clone())));
    let former = former.map_or("no person", |former| former.name.as_str());
    let changed = AuditEvent::KeyOwnerChanged(FieldChanges::one("Owner", former, &owner.name));
    mutation.change(Subject::Key(&row.id));
    mutation.audit(actor, &Event::on(row.id.as_str(), &row.name, changed));
}

fn name_of(person: user::Model) -> OwnerName {
    OwnerName {
        id: person.id.0,
        name: person.name,
        email: person.email,
    }
}
