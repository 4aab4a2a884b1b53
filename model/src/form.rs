//! The errors of a form: messages for its fields, and one for the whole form. And the answer to a form that scripts send.

use std::fmt;

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

    /// A message about one field.
    pub fn at(field: &str, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
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

    /// # Errors
    /// These errors, if there are any.
    pub fn check(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for FormErrors {
    /// All messages, for the command line and the log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages = self.fields.iter().map(|(_, message)| message).chain(&self.form);
        for (index, message) in messages.enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(formatter, "{space}{message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for FormErrors {}

/// The answer to a form that the scripts of a page send. A form that is invalid is no failure, because a browser reports every
/// status from 400 on as an error in its console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FormAnswer<T> {
    Done(T),
    /// Nothing was done.
    Invalid(FormErrors),
}

impl<T> FormAnswer<T> {
    /// # Errors
    /// What is invalid in the form.
    pub fn into_result(self) -> Result<T, FormErrors> {
        match self {
            Self::Done(done) => Ok(done),
            Self::Invalid(errors) => Err(errors),
        }
    }
}

/// The first characters of something a person sent, for a message.
pub fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_stand_in_one_line_on_the_command_line() {
        let mut errors = FormErrors::at("name", "Give the key a name.");
        errors.add("environment", "Choose an environment.");
        assert_eq!(errors.to_string(), "Give the key a name. Choose an environment.");
        assert_eq!(FormErrors::whole("Reload it.").to_string(), "Reload it.");
    }

    #[test]
    fn a_form_without_errors_passes() {
        assert_eq!(FormErrors::default().check(), Ok(()));
        let errors = FormErrors::at("name", "Give the key a name.");
        assert_eq!(errors.clone().check(), Err(errors));
    }
}
