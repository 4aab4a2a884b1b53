//! What customers are called, and how people and programs name one.

use serde::{Deserialize, Serialize};

use crate::id::CustomerId;
use crate::name;

/// The longest external ID, in characters.
pub const EXTERNAL_ID_MAX: usize = 128;
/// What stands before an external ID where a customer's ID can stand as well.
pub const EXTERNAL: &str = "external:";

/// What a customer is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerName {
    pub id: CustomerId,
    /// The customer's ID in your own system.
    pub external_id: String,
    pub name: String,
}

/// How a request names a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomerRef {
    Id(CustomerId),
    External(String),
}

impl CustomerRef {
    /// Reads an ID, or an external ID after `external:`. `None` for another text.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix(EXTERNAL) {
            Some(external) => external_id(external).ok().map(Self::External),
            None => CustomerId::parse(text).map(Self::Id),
        }
    }

    /// Reads what a person types: an ID, or an external ID with or without `external:`.
    pub fn typed(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match Self::parse(text) {
            Some(known) => Ok(known),
            None => external_id(text).map(Self::External),
        }
    }
}

/// Reads an external ID: 1 to 128 characters on one line. One that looks like an ID of Latchkey would be mistaken for one.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn external_id(text: &str) -> Result<String, String> {
    let id = name::line(text, "An external ID", EXTERNAL_ID_MAX)?;
    if id.is_empty() {
        return Err(NO_EXTERNAL_ID.to_owned());
    }
    if id.starts_with(CustomerId::PREFIX) || id.starts_with(EXTERNAL) {
        return Err(format!(
            "An external ID cannot begin with {} or {EXTERNAL}, which have a meaning here.",
            CustomerId::PREFIX
        ));
    }
    Ok(id)
}

pub(crate) const NO_EXTERNAL_ID: &str = "Enter the customer's ID in your own system.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_named_by_one_of_its_ids() {
        let id = CustomerId::from_random("0123456789");
        assert_eq!(CustomerRef::parse(id.as_str()), Some(CustomerRef::Id(id.clone())));
        let external = CustomerRef::External("acme 7".to_owned());
        assert_eq!(CustomerRef::parse("external:acme 7"), Some(external.clone()));
        assert_eq!(CustomerRef::parse("acme 7"), None);
        assert_eq!(CustomerRef::parse("external:"), None);
        assert_eq!(CustomerRef::typed(" acme 7 "), Ok(external.clone()));
        assert_eq!(CustomerRef::typed("external:acme 7"), Ok(external));
        assert_eq!(CustomerRef::typed(id.as_str()), Ok(CustomerRef::Id(id)));
        assert!(CustomerRef::typed("cus_x").is_err());
    }
}
