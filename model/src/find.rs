//! What the command palette finds.

use serde::{Deserialize, Serialize};

use crate::id::KeyId;
use crate::status::Status;
use crate::words::Marks;

/// The most results of each kind.
pub const FOUND: usize = 6;

/// The results, by kind. Kinds that the person may not see are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub keys: Vec<FoundKey>,
    pub customers: Vec<FoundThing>,
    pub profiles: Vec<FoundThing>,
    pub endpoints: Vec<FoundThing>,
    pub people: Vec<FoundThing>,
}

impl Found {
    /// Leaves out what is too much. A statement for a page reads one row more, to know whether there is a next page.
    pub fn shorten(&mut self) {
        self.keys.truncate(FOUND);
        for things in [
            &mut self.customers,
            &mut self.profiles,
            &mut self.endpoints,
            &mut self.people,
        ] {
            things.truncate(FOUND);
        }
    }

    /// The number of results.
    pub const fn count(&self) -> usize {
        self.keys.len() + self.customers.len() + self.profiles.len() + self.endpoints.len() + self.people.len()
    }
}

/// A key, with what decides which actions it can be offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundKey {
    pub id: KeyId,
    pub name: String,
    pub environment: String,
    pub status: Status,
    /// Whether the person may change this key.
    pub may_change: bool,
    pub marks: Marks,
}

/// A customer, bias profile, endpoint or person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundThing {
    /// What names it in an address: the ID of a customer or bias profile, the name of an endpoint, the e-mail address of a person.
    pub id: String,
    pub title: String,
    /// Tells results with one title apart.
    pub detail: String,
    /// The parts of the title that the search has found.
    pub marks: Vec<(usize, usize)>,
}
