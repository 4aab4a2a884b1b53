//! Requests that are too large are refused before the server does any work: server functions, forms, query strings.

mod status_400;
mod status_414;

/// Resident memory of this process, in bytes.
pub fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let resident: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    resident * 4096
}

/// How many bytes the memory may grow while requests are refused. Other tests may run in this process.
pub const GROWTH: u64 = 200 * 1024 * 1024;
