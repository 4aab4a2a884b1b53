//! Usage: the uses that the verifier counts in memory are stored in batches, summed up by day, and read again by
//! screens. The statements are in `store::usage`.

mod customers;
mod export;
mod filter;
mod flush;
mod last_use;
mod names;
mod report;
mod retention;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use model::id::KeyId;
use model::key_page::UseCount;
use model::time::Timestamp;
use model::usage::SPARK_HOURS;
use model::verify::Code;
use sea_orm::ConnectionTrait;

pub use self::export::UsageExport;
pub use self::flush::NotStored;
use crate::error::Result;
use crate::store::Store;
use crate::store::usage::{accepted_by_hour, uses_by_endpoint};
use crate::verifier::Verifier;
pub(crate) use crate::verifier::hour;

/// Stores what the verifier counted, and reads it again.
#[derive(Debug)]
pub struct Usage {
    store: Arc<Store>,
    verifier: Arc<Verifier>,
    /// When the last round of storing that left nothing out began, on [`crate::clock::Clock::elapsed`].
    stored_until: AtomicI64,
}

impl Usage {
    pub(crate) fn new(store: Arc<Store>, verifier: Arc<Verifier>) -> Self {
        Self {
            stored_until: AtomicI64::new(store.clock.elapsed()),
            store,
            verifier,
        }
    }
}

/// Accepted requests of these keys in the last 24 hours, by key and hour, the current hour last. Keys without such
/// requests are left out.
pub(crate) async fn accepted(
    db: &impl ConnectionTrait,
    ids: &[KeyId],
    now: Timestamp,
) -> Result<HashMap<KeyId, Vec<u64>>> {
    let hours = i64::try_from(SPARK_HOURS).unwrap_or(i64::MAX);
    let first = hour(now) - hours + 1;
    let mut accepted: HashMap<KeyId, Vec<u64>> = HashMap::new();
    for row in accepted_by_hour(db, ids, (first, hour(now))).await? {
        let by_hour = accepted.entry(row.key_id.0).or_insert_with(|| vec![0; SPARK_HOURS]);
        if let Some(sum) = usize::try_from(row.hour - first)
            .ok()
            .and_then(|index| by_hour.get_mut(index))
        {
            *sum += count(row.total);
        }
    }
    Ok(accepted)
}

/// Requests of one key in the last `hours`, by endpoint.
pub(crate) async fn by_endpoint(
    db: &impl ConnectionTrait,
    id: &KeyId,
    now: Timestamp,
    hours: i64,
) -> Result<HashMap<String, UseCount>> {
    let mut counts: HashMap<String, UseCount> = HashMap::new();
    for sum in uses_by_endpoint(db, id, (hour(now) - hours + 1, hour(now))).await? {
        add(counts.entry(sum.endpoint_name).or_default(), sum.code.0, sum.total);
    }
    Ok(counts)
}

fn add(uses: &mut UseCount, code: Code, total: i64) {
    if code == Code::Valid {
        uses.allowed += count(total);
    } else {
        uses.refused += count(total);
    }
}

fn count(total: i64) -> u64 {
    u64::try_from(total).unwrap_or_default()
}
