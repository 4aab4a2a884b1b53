//! Helpers that all tests share.

mod answer;
mod app;
mod call;
#[path = "../../../../backend/tests/it/common/database.rs"]
#[expect(dead_code, reason = "the tests of the backend use the rest of it")]
pub mod database;
#[path = "../../../../backend/tests/it/postgres/proxy.rs"]
pub mod proxy;

use backend::keys::NewKey;
use model::address::AllowedAddresses;
use model::endpoint::Grant;
use model::limit::Limits;
use model::metadata::Metadata;
use model::tags::Tags;

pub use answer::Answer;
pub use app::{Key, PASSWORD, Setup, TestApp, email};
pub use call::Call;

/// A key with a grant for this endpoint only.
pub fn only(endpoint: &str) -> Grant {
    Grant::Only(vec![endpoint.to_owned()])
}

/// A new key with the usual name.
pub fn new_key(grant: Grant) -> NewKey {
    NewKey {
        name: "Shop".to_owned(),
        description: String::new(),
        tags: Tags::default(),
        location: String::new(),
        environment: "default".to_owned(),
        grant,
        expires_at: None,
        profile: None,
        limits: Limits::NONE,
        addresses: AllowedAddresses::default(),
        customer: None,
        metadata: Metadata::default(),
        browser_skew: None,
    }
}
