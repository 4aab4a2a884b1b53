//! The owner of a key: the person who is responsible for it, and who may change and delete it.

use crate::form::short;
use crate::id::UserId;

/// A person who owns a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerName {
    pub id: UserId,
    pub name: String,
    pub email: String,
}

/// The person that a form names, or a sentence that says why no such person can own the key.
pub type NamedOwner = Result<OwnerName, String>;

/// Reads the owner that was typed. The present owner stays where the text is their e-mail address, also while they are disabled.
pub(super) fn chosen(
    typed: &str,
    present: Option<&OwnerName>,
    named: Option<&NamedOwner>,
) -> Result<Option<OwnerName>, String> {
    let typed = typed.trim();
    match (present, named) {
        (Some(owner), _) if owner.email == typed => Ok(Some(owner.clone())),
        (_, Some(named)) => named.clone().map(Some),
        (None, None) if typed.is_empty() => Ok(None),
        (Some(_), None) if typed.is_empty() => {
            Err("A key of a person always has an owner. Choose another person.".to_owned())
        }
        (_, None) => Err(format!("There is no person “{}”.", short(typed))),
    }
}

pub(super) fn in_words(owner: Option<&OwnerName>) -> String {
    owner.map_or_else(
        || "no person".to_owned(),
        |owner| format!("{} ({})", owner.name, owner.email),
    )
}
