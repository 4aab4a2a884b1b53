//! What a key refers to: its customer and its bias profile.

use crate::customer_name::{CustomerName, CustomerRef};
use crate::form::short;
use crate::id::ProfileId;
use crate::profile::ProfileName;

/// The customer that a form names, an empty text for none.
pub(super) fn customer(typed: &str, found: Option<&CustomerName>) -> Result<Option<CustomerName>, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let named = |customer: &&CustomerName| match CustomerRef::typed(typed) {
        Ok(CustomerRef::Id(id)) => customer.id == id,
        Ok(CustomerRef::External(id)) => customer.external_id == id,
        Err(_) => false,
    };
    match found.filter(named) {
        Some(customer) => Ok(Some(customer.clone())),
        None => Err(format!(
            "There is no customer “{}”. Enter the external ID or the ID of one.",
            short(typed)
        )),
    }
}

pub(super) fn customer_in_words(customer: Option<&CustomerName>) -> String {
    customer.map_or_else(
        || "None".to_owned(),
        |customer| format!("{} ({})", customer.name, customer.external_id),
    )
}

/// The profile with this ID; an empty ID is none.
pub(super) fn profile(id: &str, profiles: &[ProfileName]) -> Result<Option<ProfileId>, String> {
    if id.is_empty() {
        return Ok(None);
    }
    match profiles.iter().find(|profile| profile.id.as_str() == id) {
        Some(profile) => Ok(Some(profile.id.clone())),
        None => Err("This bias profile was deleted. Choose another, or None.".to_owned()),
    }
}

pub(super) fn profile_name(id: Option<&ProfileId>, profiles: &[ProfileName]) -> String {
    let Some(id) = id else {
        return "None".to_owned();
    };
    let known = profiles.iter().find(|profile| profile.id == *id);
    known.map_or_else(|| id.to_string(), |profile| profile.name.clone())
}
