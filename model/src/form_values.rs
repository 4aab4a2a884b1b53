//! A form as it was typed: the name and the text of each field.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::de::value::{Error, MapDeserializer};
use serde::{Deserialize, Serialize};

use crate::bounded::Bounded;

/// The most fields that one form can have.
const FIELDS: usize = 1_100;

/// The fields of a form in the order in which a browser sends them. Every value is text, so that nothing typed is lost
/// when it is wrong. A name can come more than once, as those of ticked boxes do.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Bounded<(String, String), FIELDS>")]
pub struct FormValues(Vec<(String, String)>);

impl FormValues {
    /// What was typed into a field; `None` where the form does not have it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// What was typed into a field; empty where the form does not have it.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Every value of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs()
            .filter(move |(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// Reads the form into a struct of texts whose fields have the names of the form's fields.
    pub fn read<T: DeserializeOwned + Default>(&self) -> T {
        T::deserialize(MapDeserializer::<_, Error>::new(self.pairs())).unwrap_or_default()
    }

    /// Every field.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Sets the value of a field. Adds the field where the form does not have it.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, text)) => *text = value.into(),
            None => self.add(name, value),
        }
    }

    /// Adds a field, also where the form already has one with this name.
    pub fn add(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// Removes every field with this name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }
}

impl fmt::Debug for FormValues {
    /// Leaves the values out: some forms have passwords.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_list()
            .entries(self.pairs().map(|(name, _)| name))
            .finish()
    }
}

impl From<Bounded<(String, String), FIELDS>> for FormValues {
    fn from(fields: Bounded<(String, String), FIELDS>) -> Self {
        Self(fields.into_vec())
    }
}

impl<'a, T: IntoIterator<Item = (&'a str, &'a str)>> From<T> for FormValues {
    fn from(fields: T) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self(fields.into_iter().map(owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_not_there_is_told_from_an_empty_one() {
        let form = FormValues::from([("name", ""), ("endpoint", "chat"), ("endpoint", "image")]);
        assert_eq!((form.get("name"), form.get("status")), (Some(""), None));
        assert_eq!((form.text("name"), form.text("status")), ("", ""));
        assert_eq!(form.all("endpoint").collect::<Vec<_>>(), ["chat", "image"]);
    }

    #[test]
    fn a_field_is_set_once_and_removed_wherever_it_is() {
        let mut form = FormValues::from([("name", "Shop"), ("endpoint", "chat"), ("endpoint", "image")]);
        form.set("name", "Store");
        form.set("status", "active");
        form.remove("endpoint");
        assert_eq!(form, FormValues::from([("name", "Store"), ("status", "active")]));
    }

    #[test]
    fn a_form_is_read_as_a_struct() {
        let form = FormValues::from([("current", "old"), ("username", "mara"), ("password", "new one")]);
        let read: crate::security::PasswordForm = form.read();
        assert_eq!((read.current.as_str(), read.password.as_str()), ("old", "new one"));
        assert!(!format!("{form:?}").contains("new one"));
    }

    #[test]
    fn a_form_with_too_many_fields_is_refused() {
        let fields = vec![("endpoint", "chat"); FIELDS + 1];
        let json = |fields| serde_json::to_string(fields).unwrap();
        assert!(serde_json::from_str::<FormValues>(&json(&fields[1..])).is_ok());
        assert!(serde_json::from_str::<FormValues>(&json(&fields)).is_err());
    }
}
