//! All values at the time of a scrape.

use backend::Services;
use backend::accounts::LoginResult;
use backend::error::{DatabaseFailure, database_errors};
use backend::verifier::{Route, RouteTotals};
use model::time::{SECOND, Timestamp};

use super::process::Process;

/// The values that a scrape shows. Times are in seconds.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) answers: [(Route, RouteTotals); Route::ALL.len()],
    pub(super) ready: bool,
    pub(super) index_keys: usize,
    pub(super) change_in_force: i64,
    pub(super) change_seen: i64,
    /// Since the database last answered.
    pub(super) database_silence: Option<f64>,
    pub(super) database_errors: [(DatabaseFailure, u64); DatabaseFailure::ALL.len()],
    pub(super) unflushed_keys: usize,
    pub(super) unflushed_age: f64,
    pub(super) logins: [(LoginResult, u64); LoginResult::ALL.len()],
    pub(super) sessions: Option<u64>,
    pub(super) started_at: f64,
    pub(super) process: Process,
}

impl Snapshot {
    pub(super) async fn take(services: &Services, started_at: Timestamp) -> Self {
        let verifier = services.verifier();
        // The change in force is read first, so that the lag is never negative.
        let change_in_force = services.cluster.change_in_force();
        Self {
            answers: Route::ALL.map(|route| (route, verifier.answers().totals(route))),
            ready: verifier.ready().is_ok(),
            index_keys: verifier.keys(),
            change_in_force,
            change_seen: services.cluster.change_seen(),
            database_silence: verifier.database_silence().map(seconds),
            database_errors: DatabaseFailure::ALL.map(|kind| (kind, database_errors(kind))),
            unflushed_keys: services.usage.unflushed_keys(),
            unflushed_age: seconds(services.usage.unflushed_age()),
            logins: LoginResult::ALL.map(|result| (result, services.accounts.logins.get(result))),
            sessions: services.accounts.count_open_sessions().await,
            started_at: seconds(started_at.0),
            process: Process::read(),
        }
    }
}

/// Milliseconds in seconds.
#[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years")]
fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / SECOND as f64
}
