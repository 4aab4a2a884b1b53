//! The errors of a form: messages for its fields, and one for the whole form.

use serde::{Deserialize, Serialize};

/// What is wrong with a form: a message for each field, and one for the whole form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormErrors {
    pub fields: Vec<(String, String)>,
    pub form: Option<String>,
}

/// A mistake: the name of the field, and a sentence.
pub type Mistake = (&'static str, String);

impl FormErrors {
    /// A message about the form as a whole.
    pub fn whole(message: impl Into<String>) -> Self {
        Self {
            fields: Vec::new(),
            form: Some(message.into()),
        }
    }

    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.fields.push((field.to_owned(), message.into()));
    }

    pub fn of(&self, field: &str) -> Option<String> {
        self.fields
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, message)| message.clone())
    }

    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.form.is_none()
    }
}

/// The first characters of something a person sent, for a message.
pub fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
