//! Which server functions only read. Exists only on the server.

/// The server functions that only read. Open pages call them again by themselves, to show the present state. A test of the server
/// knows all others.
pub const READS: [&str; 34] = [
    "account/invitation",
    "account/security",
    "audit/check",
    "audit/list",
    "customers/details",
    "customers/form",
    "customers/list",
    "endpoints/list",
    "environments/list",
    "environments/summaries",
    "find",
    "frame",
    "home",
    "keys/bulk-preview",
    "keys/create-options",
    "keys/delete-preview",
    "keys/details",
    "keys/edit-options",
    "keys/explain",
    "keys/ids",
    "keys/list",
    "keys/progress",
    "keys/proof",
    "keys/refusals",
    "keys/rotate-options",
    "nodes/list",
    "profiles/compare",
    "profiles/details",
    "profiles/form",
    "profiles/list",
    "service-accounts/list",
    "suggest",
    "usage/report",
    "users/list",
];

/// Whether this is the path of a server function that only reads.
pub fn is_read(path: &str) -> bool {
    path.strip_prefix("/api/")
        .is_some_and(|function| READS.contains(&function))
}
