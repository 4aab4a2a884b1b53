//! Creates, renames and hides environments.

use model::audit_event::{AuditEvent, EnvironmentCreated, FieldChanges, NoDetails};
use model::environment::{EnvironmentForm, EnvironmentSummary, Kind, name};
use model::form::FormErrors;
use model::id::{EnvironmentId, RANDOM_LENGTH};
use model::role::Permission;
use sea_orm::{ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, Set};

use super::all;
use crate::audit::{Actor, Event};
use crate::change_request::Made;
use crate::crypto::random::base62;
use crate::environments::Environments;
use crate::error::{Conflict, NotFound, Result};
use crate::store::column::Stored;
use crate::store::entities::environment;
use crate::store::mutation::Subject;

impl Environments {
    /// Creates the environment that a form asks for, with its key. Answers with its name.
    pub async fn create(&self, actor: &Actor, form: &EnvironmentForm) -> Result<String> {
        actor.require(Permission::ChangeEnvironments)?;
        let mut errors = FormErrors::default();
        let name = name(&form.name).map_err(|message| errors.add("name", message));
        let kind = Kind::parse(&form.kind).ok_or_else(|| errors.add("kind", "Choose live or test."));
        let (Ok(name), Ok(kind)) = (name, kind) else {
            return Err(errors.into());
        };
        let mut mutation = self.store.begin(actor, Permission::ChangeEnvironments).await?;
        refuse_taken_name(&mutation.transaction, &name, None).await?;
        let row = environment::Model {
            id: Stored(EnvironmentId::from_random(&base62(self.store.random(), RANDOM_LENGTH))),
            name: name.clone(),
            kind: Stored(kind),
            hidden: false,
            created_at: Stored(mutation.now),
        };
        row.clone()
            .into_active_model()
            .reset_all()
            .insert(&mutation.transaction)
            .await?;
        let created = AuditEvent::EnvironmentCreated(EnvironmentCreated { kind });
        mutation.audit(actor, &Event::on(row.id.as_str(), &row.name, created));
        self.give_key(&mut mutation, actor, &row).await?;
        mutation.compose_answer(&Made::Environment(&EnvironmentSummary {
            id: row.id.0,
            name: row.name,
            kind,
            created_at: row.created_at.0,
            hidden: row.hidden,
        }));
        mutation.commit().await?;
        Ok(name)
    }

    /// Gives an environment another name, and answers with it. Its keys, their tokens and its kind stay what they are.
    pub async fn rename(&self, actor: &Actor, id: &EnvironmentId, form: &EnvironmentForm) -> Result<String> {
        actor.require(Permission::ChangeEnvironments)?;
        self.edit(actor, id, Some(&form.name), None).await
    }

    /// Leaves an environment out of the selector and of the form for new keys, or shows it there again. Its keys go on
    /// working. Answers with its name.
    pub async fn set_hidden(&self, actor: &Actor, id: &EnvironmentId, hidden: bool) -> Result<String> {
        actor.require(Permission::ChangeEnvironments)?;
        self.edit(actor, id, None, Some(hidden)).await
    }

    /// Changes what is given, in one change or none. Answers with the name.
    pub async fn edit(
        &self,
        actor: &Actor,
        id: &EnvironmentId,
        new_name: Option<&str>,
        hidden: Option<bool>,
    ) -> Result<String> {
        actor.require(Permission::ChangeEnvironments)?;
        let new_name = new_name.map(name).transpose();
        let new_name = new_name.map_err(|message| FormErrors::at("name", message))?;
        let mut mutation = self.store.begin(actor, Permission::ChangeEnvironments).await?;
        let mut row = row(&mutation.transaction, id).await?;
        let new_name = new_name.filter(|name| *name != row.name);
        let hidden = hidden.filter(|hidden| *hidden != row.hidden);
        if new_name.is_none() && hidden.is_none() {
            return Ok(row.name);
        }
        let mut active = row.clone().into_active_model();
        if let Some(name) = new_name {
            refuse_taken_name(&mutation.transaction, &name, Some(id)).await?;
            active.name = Set(name.clone());
            let former = std::mem::replace(&mut row.name, name);
            mutation.change(Subject::Environment(id));
            let renamed = AuditEvent::EnvironmentRenamed(FieldChanges::one("Name", former, &row.name));
            mutation.audit(actor, &Event::on(id.as_str(), &row.name, renamed));
        }
        if let Some(hidden) = hidden {
            if hidden {
                refuse_hiding_the_last(&mutation.transaction, &row.name).await?;
            }
            active.hidden = Set(hidden);
            mutation.change(Subject::Environment(id));
            let what = if hidden {
                AuditEvent::EnvironmentHidden(NoDetails {})
            } else {
                AuditEvent::EnvironmentShown(NoDetails {})
            };
            mutation.audit(actor, &Event::on(id.as_str(), &row.name, what));
        }
        active.update(&mutation.transaction).await?;
        mutation.commit().await?;
        Ok(row.name)
    }
}

async fn refuse_hiding_the_last(transaction: &DatabaseTransaction, name: &str) -> Result<()> {
    let all = all(transaction).await?;
    if all.iter().filter(|other| !other.hidden).count() == 1 {
        return Err(Conflict::LastShownEnvironment(name.to_owned()).into());
    }
    Ok(())
}

/// The row of an environment that exists.
pub(super) async fn row(transaction: &DatabaseTransaction, id: &EnvironmentId) -> Result<environment::Model> {
    environment::Entity::find_by_id(id)
        .one(transaction)
        .await?
        .ok_or_else(|| NotFound::Environment(id.clone()).into())
}

/// Checks that no other environment has this name, whatever its case. Names are unique because they stand alone in
/// selectors and on the command line.
async fn refuse_taken_name(
    transaction: &DatabaseTransaction,
    name: &str,
    except: Option<&EnvironmentId>,
) -> Result<()> {
    let taken = all(transaction)
        .await?
        .into_iter()
        .any(|other| other.name.eq_ignore_ascii_case(name) && except.is_none_or(|id| *id != other.id));
    if taken {
        return Err(FormErrors::at("name", "Another environment has this name. Choose a different one.").into());
    }
    Ok(())
}
