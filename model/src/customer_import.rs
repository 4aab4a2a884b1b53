//! The import of customers: what is asked for, and what becomes of each customer. They are found by their external IDs: those that are
//! missing are created, those that differ are changed.

use crate::form::FormErrors;
use crate::form_values::FormValues;
use crate::id::CustomerId;

/// The most customers of one import.
pub const MAX_IMPORTED_CUSTOMERS: usize = 1_000;

/// A customer to be imported.
#[derive(Clone, Debug)]
pub struct CustomerImport {
    /// Where the customer stands in what was sent, from 1. Messages name it.
    pub line: usize,
    /// The form that asks for the same settings, since the rules are those of the form. A field that it does not have stays as it is.
    pub form: FormValues,
}

/// What becomes of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomerImportOutcome {
    /// It is new. Nothing has an ID where nothing was written.
    Created(Option<CustomerId>),
    Changed {
        id: CustomerId,
        /// The fields that differ, each with its value before and after, in words.
        differences: Vec<(String, String, String)>,
    },
    /// It is as the line says already.
    Unchanged(CustomerId),
    /// The line breaks a rule.
    Invalid(FormErrors),
}

/// What becomes of each customer of an import, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerImportReport {
    /// Whether the customers were written: not in a dry run, and not where one is invalid.
    pub written: bool,
    /// The line of each customer, and what becomes of it.
    pub lines: Vec<(usize, CustomerImportOutcome)>,
}

impl CustomerImportOutcome {
    /// What is wrong with the customer.
    pub const fn errors(&self) -> Option<&FormErrors> {
        match self {
            Self::Invalid(errors) => Some(errors),
            Self::Created(_) | Self::Changed { .. } | Self::Unchanged(_) => None,
        }
    }

    /// The ID of the customer, if it has one.
    pub const fn id(&self) -> Option<&CustomerId> {
        match self {
            Self::Created(id) => id.as_ref(),
            Self::Changed { id, .. } | Self::Unchanged(id) => Some(id),
            Self::Invalid(_) => None,
        }
    }
}

impl CustomerImportReport {
    /// The number of customers that are new.
    pub fn created(&self) -> usize {
        self.count(|outcome| matches!(outcome, CustomerImportOutcome::Created(_)))
    }

    /// The number of customers that are changed.
    pub fn changed(&self) -> usize {
        self.count(|outcome| matches!(outcome, CustomerImportOutcome::Changed { .. }))
    }

    /// The number of customers that are as their lines say already.
    pub fn unchanged(&self) -> usize {
        self.count(|outcome| matches!(outcome, CustomerImportOutcome::Unchanged(_)))
    }

    /// The number of customers whose lines break a rule.
    pub fn refused(&self) -> usize {
        self.count(|outcome| outcome.errors().is_some())
    }

    fn count(&self, is_meant: impl Fn(&CustomerImportOutcome) -> bool) -> usize {
        self.lines.iter().filter(|(_, outcome)| is_meant(outcome)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_counts_its_lines() {
        let id = CustomerId::from_random("0123456789");
        let report = CustomerImportReport {
            written: false,
            lines: [
                CustomerImportOutcome::Created(None),
                CustomerImportOutcome::Changed {
                    id: id.clone(),
                    differences: Vec::new(),
                },
                CustomerImportOutcome::Unchanged(id),
                CustomerImportOutcome::Invalid(FormErrors::at("name", "Give the customer a name.")),
                CustomerImportOutcome::Created(None),
            ]
            .into_iter()
            .enumerate()
            .collect(),
        };
        assert_eq!(
            (report.created(), report.changed(), report.unchanged(), report.refused()),
            (2, 1, 1, 1)
        );
    }
}
