//! Customers: whose keys they are, as your own system knows them.

use serde::{Deserialize, Serialize};

use crate::customer_name::NO_EXTERNAL_ID;
pub use crate::customer_name::{CustomerName, CustomerRef, EXTERNAL, EXTERNAL_ID_MAX, external_id};
use crate::form::FormErrors;
use crate::form_values::FormValues;
use crate::id::CustomerId;
use crate::key_list::Matching;
use crate::key_page::{HistoryEvent, UseCount};
use crate::limit::{Limits, Window};
use crate::metadata::Metadata;
use crate::name;
use crate::time::Timestamp;
use crate::usage::Bucket;

/// The longest name, in characters.
pub const NAME_MAX: usize = 100;
/// Number of keys that are named where a customer cannot be deleted.
pub const SOME_KEYS: u64 = 10;

/// The names of the fields of its forms.
pub const EXTERNAL_ID: &str = "external_id";
pub const NAME: &str = "name";
pub const METADATA: &str = "metadata";
/// `active` or `suspended`. Only programs send it; people have a button of its own.
pub const STATUS: &str = "status";
/// The version that the form shows; empty for a new customer.
pub const VERSION: &str = "version";

/// Whether the keys of a customer may work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CustomerStatus {
    Active,
    /// Its keys are refused.
    Suspended,
}

/// What people set on a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerSettings {
    pub external_id: String,
    pub name: String,
    pub metadata: Metadata,
    /// The limits that all its keys share.
    pub limits: Limits,
}

/// Everything that is stored about a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerRecord {
    pub id: CustomerId,
    pub settings: CustomerSettings,
    pub version: i64,
    pub suspended_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub uses: CustomerUses,
}

/// A customer's keys and requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerUses {
    /// Its keys in any status.
    pub keys: Matching,
    /// Those that are active.
    pub active_keys: Matching,
    /// Requests with its keys in the last 24 hours, allowed or not.
    pub requests_24h: u64,
    /// When one of its present keys was last used.
    pub last_used_at: Option<Timestamp>,
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRow {
    pub called: CustomerName,
    pub status: CustomerStatus,
    pub uses: CustomerUses,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerList {
    pub rows: Vec<CustomerRow>,
    /// Number of customers that match, on all pages.
    pub matching: Matching,
    /// Number of all customers, matching or not.
    pub total: u64,
    /// Where the next page starts.
    pub next: Option<String>,
    pub now: Timestamp,
    pub may_create: bool,
}

/// What the screen of one customer shows, besides its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerDetails {
    pub row: CustomerRow,
    pub suspended_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// The name of its creator.
    pub creator: String,
    /// The limits in words; empty where there are none.
    pub limits: String,
    /// The metadata with one field a line; empty where there is none.
    pub metadata: String,
    /// Requests in the last 24 hours, and in the last 30 days.
    pub day: UseCount,
    pub month: UseCount,
    /// Requests in the last 30 days, by day.
    pub usage: Vec<Bucket>,
    /// `None` for those who may not change it.
    pub history: Option<Vec<HistoryEvent>>,
    pub may_change: bool,
    pub may_suspend: bool,
    pub now: Timestamp,
}

/// The result of sending the form of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CustomerOutcome {
    Saved {
        called: CustomerName,
        /// The number of the change; `None` where nothing was changed.
        change: Option<i64>,
    },
    /// Another person has changed it since the form was opened. Nothing was saved. If the form is sent again with the number of
    /// this version, it is saved.
    Changed { version: i64, message: String },
}

impl CustomerStatus {
    pub const ALL: [Self; 2] = [Self::Active, Self::Suspended];

    pub const fn of(suspended_at: Option<Timestamp>) -> Self {
        match suspended_at {
            None => Self::Active,
            Some(_) => Self::Suspended,
        }
    }

    /// The word on screens.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Suspended => "Suspended",
        }
    }

    /// The word in addresses and in JSON.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

impl CustomerSettings {
    /// The fields of a form for a customer with these settings.
    pub fn values(&self) -> FormValues {
        let mut form = FormValues::default();
        form.set(EXTERNAL_ID, self.external_id.as_str());
        form.set(NAME, self.name.as_str());
        form.set(METADATA, self.metadata.pretty());
        for window in Window::ALL {
            let limit = self.limits.of(window).map(|limit| limit.to_string());
            form.set(window.field_name(), limit.unwrap_or_default());
        }
        form
    }

    /// Reads what was typed. A value that the form does not have stays as it is.
    pub fn read(&mut self, form: &FormValues) -> FormErrors {
        let mut errors = FormErrors::default();
        if let Some(typed) = form.get(EXTERNAL_ID) {
            take(external_id(typed), EXTERNAL_ID, &mut self.external_id, &mut errors);
        } else if self.external_id.is_empty() {
            errors.add(EXTERNAL_ID, NO_EXTERNAL_ID);
        }
        if let Some(typed) = form.get(NAME) {
            take(read_name(typed), NAME, &mut self.name, &mut errors);
        } else if self.name.is_empty() {
            errors.add(NAME, NO_NAME);
        }
        if let Some(typed) = form.get(METADATA) {
            take(Metadata::read(typed), METADATA, &mut self.metadata, &mut errors);
        }
        for window in Window::ALL {
            let name = window.field_name();
            if let Some(typed) = form.get(name) {
                match window.read(typed) {
                    Ok(limit) => self.limits.set(window, limit),
                    Err(message) => errors.add(name, message),
                }
            }
        }
        errors
    }

    /// What newer settings change: the field, the value before and the value after, in words.
    pub fn differences(&self, newer: &Self) -> Vec<(String, String, String)> {
        let mut all = Vec::new();
        let mut note = |field: &str, differs: bool, before: String, after: String| {
            if differs {
                all.push((field.to_owned(), before, after));
            }
        };
        note(
            "External ID",
            self.external_id != newer.external_id,
            self.external_id.clone(),
            newer.external_id.clone(),
        );
        note("Name", self.name != newer.name, self.name.clone(), newer.name.clone());
        note(
            "Metadata",
            self.metadata != newer.metadata,
            self.metadata.in_words(),
            newer.metadata.in_words(),
        );
        note(
            "Shared limits",
            self.limits != newer.limits,
            self.limits.in_words(),
            newer.limits.in_words(),
        );
        all
    }
}

fn take<T>(read: Result<T, String>, field: &str, place: &mut T, errors: &mut FormErrors) {
    match read {
        Ok(value) => *place = value,
        Err(message) => errors.add(field, message),
    }
}

const NO_NAME: &str = "Give the customer a name.";

fn read_name(text: &str) -> Result<String, String> {
    match name::line(text, "A name", NAME_MAX)? {
        name if name.is_empty() => Err(NO_NAME.to_owned()),
        name => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_has_its_rule() {
        let mut settings = CustomerSettings::default();
        let errors = settings.read(&FormValues::from([
            (EXTERNAL_ID, "cus_0123456789"),
            (NAME, " "),
            (METADATA, "[]"),
            ("limit_day", "1,000"),
        ]));
        let wrong: Vec<&str> = errors.fields.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(wrong, [EXTERNAL_ID, NAME, METADATA, "limit_day"]);
        let errors = settings.read(&FormValues::default());
        let wrong: Vec<&str> = errors.fields.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(wrong, [EXTERNAL_ID, NAME], "a new customer needs both");
    }

    #[test]
    fn a_form_shows_what_it_reads() {
        let mut settings = CustomerSettings::default();
        let form = FormValues::from([
            (EXTERNAL_ID, "acme"),
            (NAME, "Acme"),
            (METADATA, "{\"plan\": \"pro\"}"),
            ("limit_second", "5"),
        ]);
        assert_eq!(settings.read(&form), FormErrors::default());
        let mut again = CustomerSettings::default();
        assert_eq!(again.read(&settings.values()), FormErrors::default());
        assert_eq!(again, settings);
        let mut newer = settings.clone();
        newer.read(&FormValues::from([(NAME, "Acme Inc."), ("limit_second", "")]));
        assert_eq!(
            settings.differences(&newer),
            [
                ("Name".to_owned(), "Acme".to_owned(), "Acme Inc.".to_owned()),
                ("Shared limits".to_owned(), "5 a second".to_owned(), "none".to_owned()),
            ]
        );
    }
}
