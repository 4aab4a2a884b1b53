//! The Edit API Key form. It carries what it showed at first, so that two people who edit one key undo nothing of each
//! other's by accident.

use serde::{Deserialize, Serialize};

use crate::end_date::EndDateField;
use crate::form::FormErrors;
use crate::id::KeyId;
use crate::limit_fields::{LimitFields, ShownLimits};
use crate::profile::ProfileName;
use crate::status::Status;
use crate::time::Timestamp;

/// The form as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditKeyForm {
    #[serde(default)]
    pub name: String,
    /// The ID of a bias profile; empty for none.
    #[serde(default)]
    pub bias_profile: String,
    /// `active` or `inactive`; empty where the key's status cannot be chosen.
    #[serde(default)]
    pub status: String,
    #[serde(flatten)]
    pub end: EndDateField,
    #[serde(flatten)]
    pub limits: LimitFields,
    #[serde(flatten)]
    pub shown: Shown,
}

/// What the form showed at first: the key as it was then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    #[serde(default)]
    pub was_name: String,
    #[serde(default)]
    pub was_bias_profile: String,
    #[serde(default)]
    pub was_status: String,
    /// The end date in Unix milliseconds; empty for never.
    #[serde(default)]
    pub was_end: String,
    #[serde(flatten)]
    pub limits: ShownLimits,
}

/// What the form needs to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditKeyOptions {
    pub id: KeyId,
    pub masked: String,
    pub environment: String,
    pub status: Status,
    pub expires_at: Option<Timestamp>,
    /// Titles of the granted endpoints; `None` for all.
    pub endpoints: Option<Vec<String>>,
    pub profiles: Vec<ProfileName>,
    /// The form filled with the key as it is.
    pub form: EditKeyForm,
    pub now: Timestamp,
    /// How many nodes answer. Each counts for itself.
    pub nodes: u64,
}

/// What came of a sent form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EditOutcome {
    Saved {
        /// The key's name now.
        name: String,
        /// The number under which nodes apply it; `None` where nothing was changed.
        change: Option<i64>,
    },
    /// Nothing was saved; the form as it was sent, and what is wrong with it.
    Invalid(Box<EditKeyForm>, FormErrors),
    /// Somebody else changed the key meanwhile. The form keeps what this person changed and shows the other changes;
    /// sent again, it saves. One sentence for each change.
    Changed(Box<EditKeyForm>, Vec<String>),
}

impl EditKeyForm {
    /// The form for a key as it is.
    pub fn of(shown: Shown, limits: LimitFields) -> Self {
        Self {
            name: shown.was_name.clone(),
            bias_profile: shown.was_bias_profile.clone(),
            status: shown.was_status.clone(),
            end: EndDateField {
                expires: "keep".to_owned(),
                ..EndDateField::default()
            },
            limits,
            shown,
        }
    }

    /// Brings a form up to a key that is `now` another than the form showed: what the person left as it was follows the
    /// key, what the person changed stays.
    #[must_use]
    pub fn merged(mut self, now: Shown) -> Self {
        let follow = |typed: &mut String, was: &str, is: &str| {
            if typed.as_str() == was {
                is.clone_into(typed);
            }
        };
        follow(&mut self.name, &self.shown.was_name, &now.was_name);
        follow(
            &mut self.bias_profile,
            &self.shown.was_bias_profile,
            &now.was_bias_profile,
        );
        follow(&mut self.status, &self.shown.was_status, &now.was_status);
        self.limits.follow(&self.shown.limits, &now.limits);
        // A status that cannot be chosen any more is not asked for.
        if now.was_status.is_empty() {
            self.status.clear();
        }
        self.shown = now;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, status: &str) -> Shown {
        Shown {
            was_name: name.to_owned(),
            was_status: status.to_owned(),
            ..Shown::default()
        }
    }

    #[test]
    fn a_merge_keeps_what_was_typed_and_follows_the_rest() {
        let mut form = EditKeyForm::of(shown("Shop", "active"), LimitFields::default());
        form.name = "My shop".to_owned();
        let merged = form.merged(shown("Their shop", "inactive"));
        assert_eq!((merged.name.as_str(), merged.status.as_str()), ("My shop", "inactive"));
        assert_eq!(merged.shown, shown("Their shop", "inactive"));
    }
}
