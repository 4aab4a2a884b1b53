//! Imports customers, and reads all of them for a file. An import finds customers by their external IDs: those that are missing are
//! created, those that differ are changed.

use std::collections::HashMap;

use model::bounded::Bounded;
use model::customer::{CustomerSettings, CustomerStatus, EXTERNAL_ID, external_id};
use model::customer_import::{CustomerImport, CustomerImportOutcome, CustomerImportReport, MAX_IMPORTED_CUSTOMERS};
use model::form::FormErrors;
use model::list::ListQuery;
use model::role::Permission;
use sea_orm::ConnectionTrait;

use super::Customers;
use super::change::{read_status, require_now, set_suspended};
use crate::actor::Actor;
use crate::change_request::Made;
use crate::error::Result;
use crate::store::customers::{rows_by_external_id, rows_in_order, settings_of};
use crate::store::entities::customer;
use crate::store::mutation::{Mutation, insert};

/// Number of customers that an export reads at a time.
const EXPORTED_AT_ONCE: u64 = 1_000;

/// A customer in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedCustomer {
    pub settings: CustomerSettings,
    pub status: CustomerStatus,
}

/// What would become of each customer of an import.
struct Plan {
    /// The line of each customer with it.
    lines: Vec<(usize, Planned)>,
}

enum Planned {
    New {
        settings: CustomerSettings,
        suspended: bool,
    },
    Change(Box<Change>),
    /// Nothing is written for it.
    Known(CustomerImportOutcome),
}

/// A customer that differs from its line.
struct Change {
    row: customer::Model,
    settings: CustomerSettings,
    /// Whether it is suspended (true) or resumed; `None` where its status stays.
    suspend: Option<bool>,
    differences: Vec<(String, String, String)>,
}

impl Customers {
    /// Imports these customers in one transaction, each with the fields of its form. A field that a form does not have stays as it is.
    /// If one of them is invalid, nothing is written, and the report says of each what is wrong with it. A dry run says what would
    /// happen.
    pub async fn import(
        &self,
        actor: &Actor,
        customers: &Bounded<CustomerImport, MAX_IMPORTED_CUSTOMERS>,
        dry_run: bool,
    ) -> Result<CustomerImportReport> {
        actor.require(Permission::CreateCustomers)?;
        actor.require(Permission::ChangeCustomers)?;
        // What can be refused now is refused without a turn among the mutations.
        let plan = Plan::make(&self.store.db, customers).await?;
        if plan.changes_status() {
            actor.require(Permission::SuspendCustomers)?;
        }
        if dry_run || plan.is_refused() {
            return Ok(plan.into_report());
        }
        let mut mutation = self.store.begin(actor, Permission::ChangeCustomers).await?;
        let plan = Plan::make(&mutation.transaction, customers).await?;
        if plan.changes_status() {
            actor.require(Permission::SuspendCustomers)?;
            require_now(&mutation, Permission::SuspendCustomers)?;
        }
        if plan.is_refused() {
            return Ok(plan.into_report());
        }
        let report = self.write_imported(&mut mutation, actor, plan).await?;
        if mutation.wants_answer() {
            mutation.compose_answer(&Made::CustomerImport(&report));
        }
        mutation.commit().await?;
        Ok(report)
    }

    /// Writes a plan in which no customer is invalid.
    async fn write_imported(
        &self,
        mutation: &mut Mutation<'_>,
        actor: &Actor,
        plan: Plan,
    ) -> Result<CustomerImportReport> {
        let mut report = CustomerImportReport {
            written: true,
            lines: Vec::with_capacity(plan.lines.len()),
        };
        let mut new = Vec::new();
        for (line, planned) in plan.lines {
            let outcome = match planned {
                Planned::New { settings, suspended } => {
                    let row = self.new_row(mutation, actor, settings, suspended);
                    let id = row.id.0.clone();
                    new.push(row);
                    CustomerImportOutcome::Created(Some(id))
                }
                Planned::Change(change) => self.write_change(mutation, actor, *change).await?,
                Planned::Known(outcome) => outcome,
            };
            report.lines.push((line, outcome));
        }
        insert::<customer::Entity, customer::ActiveModel>(&mutation.transaction, new).await?;
        Ok(report)
    }

    async fn write_change(
        &self,
        mutation: &mut Mutation<'_>,
        actor: &Actor,
        change: Change,
    ) -> Result<CustomerImportOutcome> {
        let Change {
            row,
            settings,
            suspend,
            differences,
        } = change;
        let id = row.id.0.clone();
        let changed = self.change(mutation, actor, &row, settings).await?;
        if let Some(suspend) = suspend {
            set_suspended(mutation, actor, changed.as_ref().unwrap_or(&row), suspend).await?;
        }
        Ok(CustomerImportOutcome::Changed { id, differences })
    }

    /// The next customers of an export, by name, and where those after them begin. `after` is empty for the first ones.
    pub async fn export_some(
        &self,
        actor: &Actor,
        query: &ListQuery,
        status: Option<CustomerStatus>,
        after: &str,
    ) -> Result<(Vec<ExportedCustomer>, Option<String>)> {
        actor.require(Permission::SeeCustomers)?;
        let (rows, next) = rows_in_order(&self.store.db, query, status, after, EXPORTED_AT_ONCE).await?;
        let exported = rows.iter().map(|row| ExportedCustomer {
            settings: settings_of(row),
            status: CustomerStatus::of(row.suspended_at.map(|at| at.0)),
        });
        Ok((exported.collect(), next))
    }
}

impl Plan {
    async fn make(db: &impl ConnectionTrait, customers: &[CustomerImport]) -> Result<Self> {
        let ids: Vec<Result<String, String>> = customers
            .iter()
            .map(|customer| external_id(customer.form.text(EXTERNAL_ID)))
            .collect();
        let named: Vec<&str> = ids.iter().flatten().map(String::as_str).collect();
        let mut known = rows_by_external_id(db, &named).await?;
        let mut first_lines: HashMap<&str, usize> = HashMap::new();
        let mut lines = Vec::with_capacity(customers.len());
        for (customer, id) in customers.iter().zip(&ids) {
            let outcome = match id {
                Err(message) => Err(FormErrors::at(EXTERNAL_ID, message.clone())),
                Ok(id) => match first_lines.insert(id, customer.line) {
                    Some(line) => Err(FormErrors::at(
                        EXTERNAL_ID,
                        format!("Line {line} has the same external ID."),
                    )),
                    None => judge(customer, known.remove(id)),
                },
            };
            let planned = outcome.unwrap_or_else(|errors| Planned::Known(CustomerImportOutcome::Invalid(errors)));
            lines.push((customer.line, planned));
        }
        Ok(Self { lines })
    }

    fn is_refused(&self) -> bool {
        let mut lines = self.lines.iter();
        lines.any(|(_, planned)| matches!(planned, Planned::Known(outcome) if outcome.errors().is_some()))
    }

    /// Whether a customer is suspended or resumed, which takes a permission of its own.
    fn changes_status(&self) -> bool {
        self.lines.iter().any(|(_, planned)| match planned {
            Planned::New { suspended, .. } => *suspended,
            Planned::Change(change) => change.suspend.is_some(),
            Planned::Known(_) => false,
        })
    }

    /// The report where nothing is written.
    fn into_report(self) -> CustomerImportReport {
        let outcome = |planned| match planned {
            Planned::New { .. } => CustomerImportOutcome::Created(None),
            Planned::Change(change) => CustomerImportOutcome::Changed {
                id: change.row.id.0,
                differences: change.differences,
            },
            Planned::Known(outcome) => outcome,
        };
        let lines = self.lines.into_iter();
        CustomerImportReport {
            written: false,
            lines: lines.map(|(line, planned)| (line, outcome(planned))).collect(),
        }
    }
}

/// What becomes of a line. `row` is the customer that has its external ID.
fn judge(customer: &CustomerImport, row: Option<customer::Model>) -> Result<Planned, FormErrors> {
    let form = &customer.form;
    let mut settings = row.as_ref().map_or_else(CustomerSettings::default, settings_of);
    let mut errors = settings.read(form);
    let is = CustomerStatus::of(row.as_ref().and_then(|row| row.suspended_at).map(|at| at.0));
    let suspend = read_status(form, is).unwrap_or_else(|found| {
        errors.fields.extend(found.fields);
        None
    });
    if !errors.is_empty() {
        return Err(errors);
    }
    let Some(row) = row else {
        return Ok(Planned::New {
            settings,
            suspended: suspend == Some(true),
        });
    };
    let mut differences = settings_of(&row).differences(&settings);
    if let Some(suspend) = suspend {
        let wanted = if suspend {
            CustomerStatus::Suspended
        } else {
            CustomerStatus::Active
        };
        differences.push(("Status".to_owned(), is.title().to_owned(), wanted.title().to_owned()));
    }
    if differences.is_empty() {
        return Ok(Planned::Known(CustomerImportOutcome::Unchanged(row.id.0)));
    }
    Ok(Planned::Change(Box::new(Change {
        row,
        settings,
        suspend,
        differences,
    })))
}
