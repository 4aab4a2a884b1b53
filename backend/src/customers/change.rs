//! Creates, edits, suspends, resumes and deletes customers. Each change is in force on this node before the answer is sent.

use model::audit_event::{AuditEvent, CustomerCreated, CustomerDeleted, NoDetails};
use model::customer::{
    CustomerOutcome, CustomerRef, CustomerSettings, CustomerStatus, EXTERNAL_ID, SOME_KEYS, STATUS, VERSION,
};
use model::form::FormErrors;
use model::form_values::FormValues;
use model::id::{CustomerId, RANDOM_LENGTH};
use model::key_list::{COUNT_LIMIT, Matching};
use model::role::Permission;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QuerySelect, Set,
};

use super::Customers;
use crate::actor::Actor;
use crate::audit::Event;
use crate::change_request::Made;
use crate::crypto::random::base62;
use crate::error::{Conflict, Error, Forbidden, Result};
use crate::store::column::Stored;
use crate::store::customers::{find, name_of, row, settings_of, stored_metadata};
use crate::store::entities::{api_key, customer};
use crate::store::mutation::{Mutation, Subject};

impl Customers {
    /// Creates the customer that a form asks for.
    pub async fn create(&self, actor: &Actor, form: &FormValues) -> Result<CustomerOutcome> {
        actor.require(Permission::CreateCustomers)?;
        let mut settings = CustomerSettings::default();
        settings.read(form).check()?;
        let mut mutation = self.store.begin(actor, Permission::CreateCustomers).await?;
        refuse_taken_id(&mutation.transaction, &settings.external_id, None).await?;
        let row = self.new_row(&mut mutation, actor, settings, false);
        row.clone()
            .into_active_model()
            .reset_all()
            .insert(&mutation.transaction)
            .await?;
        if mutation.wants_answer() {
            let records = self.records(&mutation.transaction, vec![row.clone()], actor).await?;
            let made = records
                .first()
                .ok_or_else(|| Error::Internal("a customer has no record".to_owned()))?;
            mutation.compose_answer(&Made::Customer(made));
        }
        let change = mutation.commit().await?;
        Ok(CustomerOutcome::Saved {
            called: name_of(&row),
            change: Some(change),
        })
    }

    /// The row of a new customer, which the caller has to insert. Notes its change and its event.
    pub(super) fn new_row(
        &self,
        mutation: &mut Mutation<'_>,
        actor: &Actor,
        settings: CustomerSettings,
        suspended: bool,
    ) -> customer::Model {
        let CustomerSettings {
            external_id,
            name,
            metadata,
            limits,
        } = settings;
        let created = AuditEvent::CustomerCreated(CustomerCreated {
            external_id: external_id.clone(),
            metadata: (!metadata.is_none()).then(|| metadata.in_words()),
            shared_limits: (!limits.is_none()).then(|| limits.in_words()),
        });
        let row = customer::Model {
            id: Stored(CustomerId::from_random(&base62(self.store.random(), RANDOM_LENGTH))),
            external_id,
            name_lower: name.to_lowercase(),
            name,
            metadata: stored_metadata(metadata),
            limit_second: limits.second.map(Stored),
            limit_minute: limits.minute.map(Stored),
            limit_day: limits.day.map(Stored),
            version: 1,
            suspended_at: suspended.then_some(Stored(mutation.now)),
            created_at: Stored(mutation.now),
            created_by: actor.user_id().map(Stored::from),
            created_by_service: actor.service_account_id().map(Stored::from),
        };
        mutation.change(Subject::Customer(&row.id));
        mutation.audit(actor, &Event::on(row.id.as_str(), &row.name, created));
        if suspended {
            note_suspended(mutation, actor, &row, true);
        }
        row
    }

    /// The form for a new customer.
    pub fn new_form(actor: &Actor) -> Result<FormValues> {
        actor.require(Permission::CreateCustomers)?;
        Ok(CustomerSettings::default().values())
    }

    /// The form filled with a customer, to edit it.
    pub async fn edit_form(&self, actor: &Actor, id: &CustomerId) -> Result<FormValues> {
        actor.require(Permission::ChangeCustomers)?;
        let row = row(&self.store.db, id).await?;
        let mut form = settings_of(&row).values();
        form.set(VERSION, row.version.to_string());
        Ok(form)
    }

    /// Saves what a form changes. A value that the form does not have stays as it is. Where the form shows an older version, nothing
    /// is saved.
    pub async fn edit(&self, actor: &Actor, id: &CustomerId, form: &FormValues) -> Result<CustomerOutcome> {
        actor.require(Permission::ChangeCustomers)?;
        let mut mutation = self.store.begin(actor, Permission::ChangeCustomers).await?;
        let row = row(&mutation.transaction, id).await?;
        let current = settings_of(&row);
        let mut settings = current.clone();
        settings.read(form).check()?;
        if form.get(VERSION).is_some_and(|shown| shown != row.version.to_string()) {
            return Ok(CustomerOutcome::Changed {
                version: row.version,
                message: format!(
                    "“{}” was changed meanwhile. Look at it in another tab, or save this form again to replace what was changed.",
                    row.name
                ),
            });
        }
        let suspend = read_status(form, CustomerStatus::of(row.suspended_at.map(|at| at.0)))?;
        if suspend.is_some() {
            actor.require(Permission::SuspendCustomers)?;
            require_now(&mutation, Permission::SuspendCustomers)?;
        }
        let mut changed = self.change(&mut mutation, actor, &row, settings).await?;
        if let Some(suspend) = suspend {
            let row = changed.as_ref().unwrap_or(&row);
            changed = Some(set_suspended(&mut mutation, actor, row, suspend).await?);
        }
        let Some(changed) = changed else {
            return Ok(CustomerOutcome::Saved {
                called: name_of(&row),
                change: None,
            });
        };
        let change = mutation.commit().await?;
        Ok(CustomerOutcome::Saved {
            called: name_of(&changed),
            change: Some(change),
        })
    }

    /// Gives a customer other settings; `None` where nothing is different.
    pub(super) async fn change(
        &self,
        mutation: &mut Mutation<'_>,
        actor: &Actor,
        row: &customer::Model,
        settings: CustomerSettings,
    ) -> Result<Option<customer::Model>> {
        let differences = settings_of(row).differences(&settings);
        if differences.is_empty() {
            return Ok(None);
        }
        refuse_taken_id(&mutation.transaction, &settings.external_id, Some(&row.id)).await?;
        let edited = AuditEvent::CustomerEdited(differences.into_iter().collect());
        mutation.change(Subject::Customer(&row.id));
        mutation.audit(actor, &Event::on(row.id.as_str(), &settings.name, edited));
        let mut active = row.clone().into_active_model();
        active.name_lower = Set(settings.name.to_lowercase());
        active.name = Set(settings.name);
        active.external_id = Set(settings.external_id);
        active.metadata = Set(stored_metadata(settings.metadata));
        active.limit_second = Set(settings.limits.second.map(Stored));
        active.limit_minute = Set(settings.limits.minute.map(Stored));
        active.limit_day = Set(settings.limits.day.map(Stored));
        active.version = Set(row.version + 1);
        Ok(Some(active.update(&mutation.transaction).await?))
    }

    /// Refuses the keys of a customer from now on. Answers with the number of the change; `None` where it is suspended already.
    pub async fn suspend(&self, actor: &Actor, id: &CustomerId) -> Result<Option<i64>> {
        actor.require(Permission::SuspendCustomers)?;
        self.switch(actor, id, true).await
    }

    /// Lets the keys of a suspended customer work again.
    pub async fn resume(&self, actor: &Actor, id: &CustomerId) -> Result<Option<i64>> {
        actor.require(Permission::SuspendCustomers)?;
        self.switch(actor, id, false).await
    }

    async fn switch(&self, actor: &Actor, id: &CustomerId, suspended: bool) -> Result<Option<i64>> {
        let mut mutation = self.store.begin(actor, Permission::SuspendCustomers).await?;
        let row = row(&mutation.transaction, id).await?;
        if row.suspended_at.is_some() == suspended {
            return Ok(None);
        }
        set_suspended(&mut mutation, actor, &row, suspended).await?;
        mutation.commit().await.map(Some)
    }

    /// Deletes a customer without keys. Answers with the number of the change.
    pub async fn delete(&self, actor: &Actor, id: &CustomerId) -> Result<i64> {
        actor.require(Permission::SuspendCustomers)?;
        let mut mutation = self.store.begin(actor, Permission::SuspendCustomers).await?;
        let row = row(&mutation.transaction, id).await?;
        refuse_with_keys(&mutation.transaction, &row).await?;
        customer::Entity::delete_by_id(id).exec(&mutation.transaction).await?;
        let deleted = AuditEvent::CustomerDeleted(CustomerDeleted {
            external_id: row.external_id,
        });
        mutation.change(Subject::Customer(id));
        mutation.audit(actor, &Event::on(id.as_str(), &row.name, deleted));
        mutation.commit().await
    }
}

pub(super) async fn set_suspended(
    mutation: &mut Mutation<'_>,
    actor: &Actor,
    row: &customer::Model,
    suspended: bool,
) -> Result<customer::Model> {
    note_suspended(mutation, actor, row, suspended);
    let mut active = row.clone().into_active_model();
    active.suspended_at = Set(suspended.then_some(Stored(mutation.now)));
    active.version = Set(row.version + 1);
    Ok(active.update(&mutation.transaction).await?)
}

fn note_suspended(mutation: &mut Mutation<'_>, actor: &Actor, row: &customer::Model, suspended: bool) {
    let event = if suspended {
        AuditEvent::CustomerSuspended(NoDetails {})
    } else {
        AuditEvent::CustomerResumed(NoDetails {})
    };
    mutation.change(Subject::Customer(&row.id));
    mutation.audit(actor, &Event::on(row.id.as_str(), &row.name, event));
}

/// Whether a form suspends (true) or resumes a customer with this status; `None` where nothing is different.
pub(super) fn read_status(form: &FormValues, is: CustomerStatus) -> Result<Option<bool>, FormErrors> {
    let Some(typed) = form.get(STATUS) else { return Ok(None) };
    let wanted = CustomerStatus::ALL.into_iter().find(|status| status.slug() == typed);
    let wanted = wanted.ok_or_else(|| FormErrors::at(STATUS, "Choose active or suspended."))?;
    Ok((wanted != is).then_some(wanted == CustomerStatus::Suspended))
}

/// Refuses what the role, as the transaction has read it, may not do.
pub(super) fn require_now(mutation: &Mutation<'_>, permission: Permission) -> Result<()> {
    if mutation.role.may(permission) {
        return Ok(());
    }
    Err(Forbidden::Role {
        role: mutation.role,
        permission,
    }
    .into())
}

/// Checks that no other customer has this external ID.
async fn refuse_taken_id(db: &impl ConnectionTrait, external_id: &str, except: Option<&CustomerId>) -> Result<()> {
    match find(db, &CustomerRef::External(external_id.to_owned())).await? {
        Some(other) if except != Some(&other.id.0) => {
            let message = format!("“{}” ({}) has this external ID already.", other.name, other.id.0);
            Err(FormErrors::at(EXTERNAL_ID, message).into())
        }
        _ => Ok(()),
    }
}

async fn refuse_with_keys(db: &impl ConnectionTrait, row: &customer::Model) -> Result<()> {
    let keys = api_key::Entity::find().filter(api_key::Column::CustomerId.eq(row.id.as_str()));
    let names: Vec<String> = keys
        .clone()
        .select_only()
        .column(api_key::Column::Name)
        .limit(SOME_KEYS)
        .into_tuple()
        .all(db)
        .await?;
    if names.is_empty() {
        return Ok(());
    }
    let count = keys.limit(COUNT_LIMIT + 1).count(db).await?;
    Err(Conflict::CustomerHasKeys {
        name: row.name.clone(),
        names,
        keys: Matching::of(usize::try_from(count).unwrap_or(usize::MAX)),
    }
    .into())
}
