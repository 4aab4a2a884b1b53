//! Edits keys: name, bias profile, status, end date and what else people set. The endpoints of a key never change.

use model::audit_event::Action;
use model::edit_form::{ChangedMeanwhile, EditKeyOptions, EditOutcome};
use model::form_values::FormValues;
use model::id::KeyId;
use model::key_fields::{FieldContext, KeyField};
use model::role::Permission;
use model::status::{Change, Status, after};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::change::KeyChange;
use super::owner::{give, owner_in_form, owner_name};
use super::settings::{customer_in_form, customer_of, set, settings_of};
use super::{change, life_of, masked, may_change, not_allowed, row, status_of};
use crate::audit::Actor;
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::store::entities::audit_event;
use crate::store::key_words;
use crate::store::mutation::Mutation;
use crate::store::tags::replace_tags;
use crate::store::{environments, profiles as stored_profiles};

impl Keys {
    /// What the Edit API Key form needs to be drawn, for a person who may edit the key.
    pub async fn editing_options(&self, actor: &Actor, id: &KeyId) -> Result<EditKeyOptions> {
        actor.require(Permission::ChangeOwnKeys)?;
        let row = row(&self.store.db, id).await?;
        may_change(actor, actor.role, &row)?;
        let now = self.store.now();
        life_of(&row)
            .step(Change::Edit, now)
            .map_err(|why| not_allowed(&row, why))?;
        let environments = environments::by_id(&self.store.db).await?;
        let environment = environments::of(&environments, &row.environment_id)?;
        let db = &self.store.db;
        let settings = settings_of(&row, customer_of(db, &row).await?, owner_name(db, &row).await?, now);
        let mut form = settings.values();
        settings.note_in(&mut form);
        Ok(EditKeyOptions {
            id: id.clone(),
            masked: masked(environment.kind, &row),
            environment: environment.name.clone(),
            status: status_of(&row, now),
            expires_at: row.expires_at.map(|at| at.0),
            endpoints: self.endpoint_titles(&row).await?,
            profiles: self.profiles.load_names().await?,
            may_give: actor.role.may(Permission::ChangeAllKeys),
            form,
            now,
        })
    }

    /// Saves what a form changes. Where somebody else changed the key meanwhile, saves nothing and answers with those
    /// changes.
    pub async fn edit(&self, actor: &Actor, id: &KeyId, form: &FormValues) -> Result<EditOutcome> {
        actor.require(Permission::ChangeOwnKeys)?;
        self.change_fields(actor, id, form, Fields::All).await
    }

    /// Saves the fields that the form of a program has. All others stay as they are.
    pub async fn edit_present_fields(&self, actor: &Actor, id: &KeyId, form: &FormValues) -> Result<Option<i64>> {
        actor.require(Permission::ChangeOwnKeys)?;
        match self.change_fields(actor, id, form, Fields::Some).await? {
            EditOutcome::Saved { change, .. } => Ok(change),
            // Only a form that tells what it showed is answered so.
            EditOutcome::Changed(_) => Err(Error::Internal("a program's form showed something".to_owned())),
        }
    }

    async fn change_fields(&self, actor: &Actor, id: &KeyId, form: &FormValues, fields: Fields) -> Result<EditOutcome> {
        let mut mutation = self.store.begin(actor, Permission::ChangeOwnKeys).await?;
        let now = mutation.now;
        let row = row(&mutation.transaction, id).await?;
        may_change(actor, mutation.role, &row)?;
        let mut life = life_of(&row);
        life.clone()
            .step(Change::Edit, now)
            .map_err(|why| not_allowed(&row, why))?;
        let profiles = stored_profiles::names(&mutation.transaction).await?;
        let db = &mutation.transaction;
        let current = settings_of(&row, customer_of(db, &row).await?, owner_name(db, &row).await?, now);
        // A form that does not note what it showed comes from a program, so its values are saved as they are.
        let differing = current.changes_since_shown(form, &profiles);
        if !differing.is_empty() {
            let mut changes = vec![format!(
                "{} changed this key meanwhile.",
                last_actor(&mutation, id).await?
            )];
            changes.extend(differing);
            let mut form = form.clone();
            current.merge_into(&mut form);
            return Ok(EditOutcome::Changed(ChangedMeanwhile { form, changes }));
        }

        let customer = customer_in_form(&mutation.transaction, form).await?;
        let owner = owner_in_form(&mutation, form, current.owner.as_ref()).await?;
        let context = FieldContext {
            profiles: &profiles,
            customer: customer.as_ref(),
            owner: owner.as_ref(),
            now,
            new: false,
        };
        let mut settings = current.clone();
        let mut errors = match (fields, form.get(KeyField::Name.name())) {
            // The rule of the name asks for one, since the form of a page always has it.
            (Fields::Some, None) => {
                let mut form = form.clone();
                form.set(KeyField::Name.name(), current.name.as_str());
                settings.read(&form, &context)
            }
            _ => settings.read(form, &context),
        };
        let switch = switch(settings.active, life.status(now)).unwrap_or_else(|message| {
            errors.add(KeyField::Status.name(), message);
            None
        });
        errors.check()?;
        if settings.expires_at != current.expires_at {
            life.set_end(settings.expires_at, now)
                .map_err(|why| not_allowed(&row, why))?;
        }

        let differences = current.differences(&settings, &profiles);
        let name = settings.name.clone();
        let mut active = row.clone().into_active_model();
        if settings.tags != current.tags {
            replace_tags(&mutation.transaction, id, &settings.tags).await?;
        }
        give(&mut mutation, actor, &row, &mut active, (&current, &settings));
        if !differences.is_empty() {
            set(&mut active, settings);
            let edit = KeyChange::Edit(differences.into_iter().collect());
            change::apply(&mut mutation, actor, &row, &mut active, edit)?;
        }
        if let Some(switch) = switch {
            change::apply(&mut mutation, actor, &row, &mut active, switch)?;
        }
        let change = if active.is_changed() {
            let saved = active.update(&mutation.transaction).await?;
            if saved.indexed_name != row.indexed_name {
                key_words::replace(&mutation.transaction, &[saved]).await?;
            }
            Some(mutation.commit().await?)
        } else {
            None
        };
        Ok(EditOutcome::Saved { name, change })
    }
}

/// The fields that a form has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fields {
    /// All of them, as the form of a page.
    All,
    /// Those that a program changes.
    Some,
}

/// The step that makes a key active or inactive; `None` where it is that already, or nothing was chosen.
fn switch(active: Option<bool>, status: Status) -> Result<Option<KeyChange>, String> {
    let change = match (active, status) {
        (None, _) | (Some(true), Status::Active) | (Some(false), Status::Inactive) => return Ok(None),
        (Some(true), _) => KeyChange::Enable,
        (Some(false), _) => KeyChange::Disable,
    };
    match after(status, change.step()) {
        Some(_) => Ok(Some(change)),
        None => Err(format!(
            "The key is {} and cannot be {}.",
            status.title().to_lowercase(),
            change.step().participle()
        )),
    }
}

/// The events that change what the form shows.
const LAST_CHANGES: [Action; 4] = [
    Action::KeyEdited,
    Action::KeyDisabled,
    Action::KeyEnabled,
    Action::KeyOwnerChanged,
];

/// The name of the actor who made the last change of a key.
async fn last_actor(mutation: &Mutation<'_>, id: &KeyId) -> Result<String> {
    let event = audit_event::Entity::find()
        .filter(audit_event::Column::SubjectId.eq(id.as_str()))
        .filter(audit_event::Column::Action.is_in(LAST_CHANGES.map(Action::name)))
        .order_by_desc(audit_event::Column::Number)
        .one(&mutation.transaction)
        .await?;
    Ok(event.map_or_else(
        || "Somebody".to_owned(),
        |event| match event.actor_kind.as_str() {
            "command_line" => "Somebody on the command line".to_owned(),
            _ => event.actor_name,
        },
    ))
}
