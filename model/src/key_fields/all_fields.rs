//! What a form, the audit log and the screens do with all fields of a key. A new field changes nothing here.

use super::{FieldContext, KeyField, KeySettings};
use crate::form::FormErrors;
use crate::form_values::FormValues;
use crate::number::Separator;
use crate::profile::{Difference, ProfileName};

impl KeySettings {
    /// The fields of a form for a key with these settings.
    pub fn values(&self) -> FormValues {
        let mut form = FormValues::default();
        for field in KeyField::ALL {
            form.add(field.name(), field.text(self));
        }
        form
    }

    /// Notes in a form's hidden fields that it shows these settings.
    pub fn note_in(&self, form: &mut FormValues) {
        for field in KeyField::ALL {
            form.set(field.shown_name(), field.comparable_text(self));
        }
    }

    /// Reads what was typed. A value that the form does not have stays as it is.
    pub fn read(&mut self, form: &FormValues, context: &FieldContext<'_>) -> FormErrors {
        let mut errors = FormErrors::default();
        for field in KeyField::ALL {
            if let Err((name, message)) = field.read(form, context, self) {
                errors.add(name, message);
            }
        }
        errors
    }

    /// Updates a form that showed other settings: a field that the person left alone gets the value of these settings,
    /// a field that the person changed stays.
    pub fn merge_into(&self, form: &mut FormValues) {
        for field in KeyField::ALL {
            let left = match (form.get(field.name()), form.get(field.shown_name())) {
                (Some(typed), Some(shown)) => field.is_untouched(typed, shown),
                (None, _) => true,
                (Some(_), None) => false,
            };
            if left {
                form.set(field.name(), field.text(self));
            }
        }
        // The form does not ask for a status that can no longer be chosen.
        if self.active.is_none() {
            form.set(KeyField::Status.name(), "");
        }
        self.note_in(form);
    }

    /// One sentence for each value that now differs from what the form showed. A status that could not be chosen at
    /// that time is left out: such a key became ACTIVE by itself, and nobody changed it.
    pub fn changes_since_shown(&self, form: &FormValues, profiles: &[ProfileName]) -> Vec<String> {
        KeyField::ALL
            .into_iter()
            .filter_map(|field| Some((field, form.get(field.shown_name())?)))
            .filter(|(field, shown)| {
                !(*field == KeyField::Status && shown.is_empty()) && field.comparable_text(self) != *shown
            })
            .map(|(field, shown)| field.change_sentence(shown, self, profiles))
            .collect()
    }

    /// What the key's own screen lists besides what the list of keys shows, with this separator in the numbers.
    pub fn lines(&self, numbers: Separator) -> Vec<(KeyField, Vec<String>)> {
        let mut all: Vec<(KeyField, Vec<String>)> = Vec::new();
        for field in KeyField::ALL {
            let is_next = all.last().is_none_or(|(last, _)| last.heading() != field.heading());
            if let (true, Some(lines)) = (is_next, field.lines(self, numbers)) {
                all.push((field, lines));
            }
        }
        all
    }

    /// What newer settings change, in words.
    pub fn differences(&self, newer: &Self, profiles: &[ProfileName]) -> Vec<Difference> {
        let mut all: Vec<Difference> = Vec::new();
        for field in KeyField::ALL {
            if field.comparable_text(self) == field.comparable_text(newer) {
                continue;
            }
            let (Some(before), Some(after)) = (field.in_words(self, profiles), field.in_words(newer, profiles)) else {
                continue;
            };
            let heading = field.heading();
            if all.last().is_none_or(|(last, ..)| last != heading) {
                all.push((heading.to_owned(), before, after));
            }
        }
        all
    }
}
