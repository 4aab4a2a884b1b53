//! Queries of lists, reports and exports that cannot be answered as they are.

use model::usage::InvalidRange;

/// What is wrong with a query, and in which field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuery {
    /// A token was typed. It would stay in the page's address, and for good in the event of an export.
    #[error("That looks like a token. Search for the key by its ID or name; a token has no place here.")]
    Token,
    #[error("The request has a NUL character, which no text of Latchkey has.")]
    NulCharacter,
    #[error("{field} is not a day; write it like 2027-02-20.")]
    Day {
        /// The field's label.
        field: &'static str,
    },
    #[error("This page of the log does not exist. Start with the newest events.")]
    AuditPage,
    #[error("There is no such range. Choose 24h, 7d, 30d or 400d.")]
    Range,
    #[error("From is after To. Choose an earlier first day or a later last one.")]
    FromAfterTo,
    #[error("From is a day that has not begun. Days begin and end in UTC.")]
    NotYet,
    #[error("From is too early: usage is kept for 400 days, here since {0}.")]
    TooOld(String),
    #[error("This is not a key ID; it looks like key_8fQ2nLw0Zz.")]
    KeyId,
    #[error("No key is called “{0}”. Choose one from the list, or enter a key ID like key_8fQ2nLw0Zz.")]
    UnknownKeyName(String),
    #[error("Several keys are called “{0}”. Choose one from the list, or enter its ID.")]
    AmbiguousKeyName(String),
    #[error(
        "There is no customer “{0}”, or several have this name. Choose one from the list, or enter its external ID or its ID."
    )]
    UnknownCustomer(String),
    #[error("Requests are counted by key and by customer, but not by both at once. Choose a key or a customer.")]
    KeyAndCustomer,
}

impl From<InvalidRange> for InvalidQuery {
    fn from(invalid: InvalidRange) -> Self {
        match invalid {
            InvalidRange::UnknownWord => Self::Range,
            InvalidRange::NotADay(field) => Self::Day { field },
            InvalidRange::FromAfterTo => Self::FromAfterTo,
            InvalidRange::NotYet => Self::NotYet,
            InvalidRange::TooOld(first) => Self::TooOld(first.date()),
        }
    }
}
