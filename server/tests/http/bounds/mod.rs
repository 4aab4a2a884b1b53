//! What is too large is refused before any work, wherever it is sent: server functions, forms, query strings.

mod status_400;
mod status_414;

/// Resident memory of this process, in bytes.
pub fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let resident: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    resident * 4096
}

/// What memory may grow by while requests are refused: other tests may run in the same process.
pub const GROWTH: u64 = 200 * 1024 * 1024;
