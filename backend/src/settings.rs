//! What an operator can set.

use std::path::PathBuf;

/// What an operator can set. Times in milliseconds.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The shortest time that a key stays in Provisioning.
    pub provisioning_min: i64,
    /// How far two clocks may differ.
    pub clock_tolerance: i64,
    /// How long this node may answer from memory after the database last answered.
    pub stale_limit: i64,
    /// This node's name on screens.
    pub node_name: String,
    /// Folder of the anchor file; `None` where there is to be no anchor file.
    pub anchors: Option<PathBuf>,
    /// The most connections to a PostgreSQL database that this process holds, besides the one that listens for changes.
    pub database_connections: u32,
    /// Whether a PostgreSQL database tells this node of changes (LISTEN), so that it need not wait until it asks.
    pub database_listen: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            provisioning_min: 0,
            clock_tolerance: 60 * model::time::SECOND,
            stale_limit: 5 * model::time::MINUTE,
            node_name: "node".to_owned(),
            anchors: None,
            database_connections: 10,
            database_listen: true,
        }
    }
}

/// How much memory and time the hash of a new password takes. A stored hash names its cost, and is checked with that cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashingCost {
    /// m = 19 MiB, t = 2, p = 1: what the OWASP Password Storage Cheat Sheet asks for.
    Owasp,
    /// The least that argon2 allows. Only for tests: such a hash protects no password.
    Least,
}
