//! A key to be created, from its settings.

use model::address::AllowedAddresses;
use model::customer::CustomerName;
use model::endpoint::Grant;
use model::id::ProfileId;
use model::key_fields::KeySettings;
use model::limit::Limits;
use model::metadata::Metadata;
use model::tags::Tags;
use model::time::Timestamp;

/// A key to be created, after its checks.
#[derive(Clone, Debug)]
pub struct NewKey {
    pub name: String,
    pub description: String,
    pub tags: Tags,
    /// Where the key lives.
    pub location: String,
    /// An environment's name.
    pub environment: String,
    pub grant: Grant,
    pub expires_at: Option<Timestamp>,
    pub profile: Option<ProfileId>,
    pub limits: Limits,
    pub addresses: AllowedAddresses,
    pub customer: Option<CustomerName>,
    pub metadata: Metadata,
    /// The browser's clock minus the server's, in milliseconds.
    pub browser_skew: Option<i64>,
}

/// A new key with these settings.
pub(super) fn new_key(settings: KeySettings, environment: String, grant: Grant, browser_skew: Option<i64>) -> NewKey {
    let KeySettings {
        name,
        description,
        tags,
        location,
        // A new key belongs to whoever makes it.
        owner: _,
        profile,
        // The state of a new key follows from provisioning.
        active: _,
        expires_at,
        limits,
        addresses,
        customer,
        metadata,
    } = settings;
    NewKey {
        name,
        description,
        tags,
        location,
        environment,
        grant,
        expires_at,
        profile,
        limits,
        addresses,
        customer,
        metadata,
        browser_skew,
    }
}

/// The browser's clock minus the server's, in milliseconds, where the form has it.
pub(super) fn browser_skew(browser_time: &str, now: Timestamp) -> Option<i64> {
    browser_time.parse().ok().map(|time| Timestamp(time).since(now))
}
