//! Imports customers from a file: those that are missing are created, those that differ are changed.

use model::customer::{CustomerRef, CustomerSettings, EXTERNAL_ID, external_id};
use model::form::FormErrors;
use model::form_values::FormValues;
use model::role::Permission;

use super::Customers;
use super::change::{read_status, require_now, set_suspended};
use crate::actor::Actor;
use crate::error::Result;
use crate::store::customers::{find, settings_of};
use crate::store::mutation::Mutation;

/// The most customers in one import.
pub const IMPORTED_AT_ONCE: usize = 1_000;

/// What an import does with one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    Created,
    Changed,
    /// It is as the file says already.
    Unchanged,
    Invalid(FormErrors),
}

impl Customers {
    /// Imports at most [`IMPORTED_AT_ONCE`] customers, each with the fields of its form. A field that a form does not have stays as it
    /// is. Where one of them is invalid, nothing is done. With `dry_run`, nothing is done either; the answer tells what would be.
    pub async fn import(&self, actor: &Actor, forms: &[FormValues], dry_run: bool) -> Result<Vec<Imported>> {
        actor.require(Permission::CreateCustomers)?;
        actor.require(Permission::ChangeCustomers)?;
        if forms.len() > IMPORTED_AT_ONCE {
            return Err(
                FormErrors::whole(format!("At most {IMPORTED_AT_ONCE} customers are imported at a time.")).into(),
            );
        }
        let mut mutation = self.store.begin(actor, Permission::ChangeCustomers).await?;
        let mut outcomes = Vec::with_capacity(forms.len());
        for form in forms {
            outcomes.push(self.import_one(&mut mutation, actor, form).await?);
        }
        let is_valid = !outcomes.iter().any(|outcome| matches!(outcome, Imported::Invalid(_)));
        let is_change = outcomes.iter().any(|outcome| *outcome != Imported::Unchanged);
        if is_valid && is_change && !dry_run {
            mutation.commit().await?;
        }
        Ok(outcomes)
    }

    async fn import_one(&self, mutation: &mut Mutation<'_>, actor: &Actor, form: &FormValues) -> Result<Imported> {
        let row = match external_id(form.text(EXTERNAL_ID)) {
            Ok(id) => find(&mutation.transaction, &CustomerRef::External(id)).await?,
            Err(message) => return Ok(Imported::Invalid(FormErrors::at(EXTERNAL_ID, message))),
        };
        let mut settings = row.as_ref().map_or_else(CustomerSettings::default, settings_of);
        let errors = settings.read(form);
        if !errors.is_empty() {
            return Ok(Imported::Invalid(errors));
        }
        let existed = row.is_some();
        let (row, mut changed) = match row {
            None => (self.insert(mutation, actor, settings).await?, true),
            Some(row) => match self.change(mutation, actor, &row, settings).await? {
                Some(changed) => (changed, true),
                None => (row, false),
            },
        };
        match read_status(form, &row) {
            Ok(None) => {}
            Ok(Some(suspended)) => {
                actor.require(Permission::SuspendCustomers)?;
                require_now(mutation, Permission::SuspendCustomers)?;
                set_suspended(mutation, actor, &row, suspended).await?;
                changed = true;
            }
            Err(errors) => return Ok(Imported::Invalid(errors)),
        }
        Ok(match (existed, changed) {
            (false, _) => Imported::Created,
            (true, true) => Imported::Changed,
            (true, false) => Imported::Unchanged,
        })
    }
}
