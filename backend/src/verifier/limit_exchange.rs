//! What this node reports to the others about limited keys, and what it makes of their reports.
//!
//! All of this works in small steps, since a change waits while the index is read, and requests wait for the change.

use std::cmp::Reverse;
use std::mem;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::id::KeyId;

use super::Verifier;
use super::index::Slot;
use super::limit::Buckets;
use super::share::{Counted, PeerNumber, Peers};

/// Keys that are looked at while the index is locked once: about 0.1 ms.
const STEP: usize = 500;

/// The limited keys that are to be reported to the other nodes.
#[derive(Debug)]
pub(super) struct LimitExchange {
    /// The number of nodes that share limits, with this one.
    nodes: AtomicU32,
    /// Where keys with requests since the last report are in the index. A key is here once; a key that has moved meanwhile
    /// leaves its former place behind.
    asked: Mutex<Vec<Slot>>,
}

/// A key with what a node reports about it.
#[derive(Clone, Debug)]
pub(crate) struct LimitReport {
    pub(crate) key_id: KeyId,
    pub(crate) counted: Counted,
}

impl Default for LimitExchange {
    fn default() -> Self {
        Self {
            nodes: AtomicU32::new(1),
            asked: Mutex::default(),
        }
    }
}

impl LimitExchange {
    pub(super) fn nodes(&self) -> u32 {
        self.nodes.load(Ordering::Relaxed)
    }

    /// Notes the first request with a key since its last report.
    pub(super) fn note(&self, slot: Slot) {
        self.asked().push(slot);
    }

    fn asked(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Verifier {
    /// Sets how many nodes share the limits, with this one. A key that is exchanged with the others gets its share by the
    /// demand; until then each node has an equal share.
    pub(crate) fn set_nodes(&self, nodes: u32) {
        self.limits.nodes.store(nodes.max(1), Ordering::Relaxed);
    }

    /// Takes what is to be reported about at most this many keys: those with the most requests since their last report.
    /// The others come later, and meanwhile this node keeps its share of them.
    pub(crate) fn take_limit_reports(&self, most: usize) -> Vec<LimitReport> {
        let slots = mem::take(&mut *self.limits.asked());
        let mut asked = Vec::with_capacity(slots.len());
        for some in slots.chunks(STEP) {
            let index = self.read();
            asked.extend(some.iter().filter_map(|slot| {
                let requests = index.record(*slot)?.buckets()?.asked()?;
                Some((Reverse(requests), *slot))
            }));
        }
        if asked.len() > most {
            asked.select_nth_unstable(most);
            let later = asked.split_off(most);
            self.limits.asked().extend(later.into_iter().map(|(_, slot)| slot));
        }
        let elapsed = self.clock.elapsed();
        let mut reports = Vec::with_capacity(asked.len());
        for some in asked.chunks(STEP) {
            let index = self.read();
            reports.extend(some.iter().filter_map(|(_, slot)| {
                let record = index.record(*slot)?;
                Some(LimitReport {
                    counted: record.buckets()?.take_report(elapsed)?,
                    key_id: record.id.key_id(),
                })
            }));
        }
        reports
    }

    /// Notes that these keys are still to be reported, because the last try failed.
    pub(crate) fn put_back_limit_reports(&self, reports: &[LimitReport]) {
        let elapsed = self.clock.elapsed();
        let keys = reports.iter().map(|report| &report.key_id);
        self.for_each_limited(keys, |slot, buckets| {
            if buckets.mark(elapsed) {
                self.limits.note(slot);
            }
        });
    }

    /// Adds what another node has reported. `backlog` says that the reports may be older than this node.
    pub(crate) fn hear_limit_reports(&self, from: PeerNumber, reports: &[LimitReport], backlog: bool) {
        let (elapsed, nodes) = (self.clock.elapsed(), self.limits.nodes());
        for some in reports.chunks(STEP) {
            let index = self.read();
            for LimitReport { key_id, counted } in some {
                let Some((slot, record)) = index.by_id(key_id) else {
                    continue;
                };
                if let Some(buckets) = record.buckets()
                    && buckets.hear(from, counted, backlog, nodes, elapsed)
                {
                    self.limits.note(slot);
                }
            }
        }
    }

    /// Computes this node's share of the limits of these keys anew.
    pub(crate) fn share_out_limits<'a>(&self, keys: impl Iterator<Item = &'a KeyId>, peers: &Peers) {
        let elapsed = self.clock.elapsed();
        self.for_each_limited(keys, |_, buckets| buckets.share_out(peers, elapsed));
    }

    fn for_each_limited<'a>(&self, keys: impl Iterator<Item = &'a KeyId>, mut act: impl FnMut(Slot, &Buckets)) {
        let mut keys = keys.peekable();
        while keys.peek().is_some() {
            let index = self.read();
            for id in keys.by_ref().take(STEP) {
                let found = index.by_id(id);
                if let Some((slot, buckets)) = found.and_then(|(slot, record)| Some((slot, record.buckets()?))) {
                    act(slot, buckets);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
