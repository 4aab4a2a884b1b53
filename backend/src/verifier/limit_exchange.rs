//! What this node reports to the others about limited keys, and what it makes of their reports.
//!
//! All of this works in small steps, since a change waits while the index is read, and requests wait for the change.

use std::cmp::Reverse;
use std::mem;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::limit::LimitSubject;

use super::Verifier;
use super::customers::CustomerNumber;
use super::index::{Index, Slot};
use super::limit::Buckets;
use super::share::{Counted, PeerNumber, Peers};

/// Keys that are looked at while the index is locked once: about 0.1 ms.
const STEP: usize = 500;

/// The limited keys that are to be reported to the other nodes.
#[derive(Debug)]
pub(super) struct LimitExchange {
    /// The number of nodes that share limits, with this one.
    nodes: AtomicU32,
    /// Those with requests since the last report. Each is here once; a key that has moved meanwhile leaves its former place behind.
    asked: Mutex<Vec<Asked>>,
}

/// Where a key, or a customer whose keys share limits, is in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asked {
    Key(Slot),
    Customer(CustomerNumber),
}

impl Asked {
    fn buckets(self, index: &Index) -> Option<&Buckets> {
        match self {
            Self::Key(slot) => index.record(slot)?.buckets(),
            Self::Customer(number) => index.customers.get(number)?.buckets.as_ref(),
        }
    }

    fn subject(self, index: &Index) -> Option<LimitSubject> {
        Some(match self {
            Self::Key(slot) => LimitSubject::Key(index.record(slot)?.id.key_id()),
            Self::Customer(number) => LimitSubject::Customer(index.customers.get(number)?.id.clone()),
        })
    }

    /// Finds a subject with limits.
    fn find<'a>(index: &'a Index, subject: &LimitSubject) -> Option<(Self, &'a Buckets)> {
        match subject {
            LimitSubject::Key(id) => {
                let (slot, record) = index.by_id(id)?;
                Some((Self::Key(slot), record.buckets()?))
            }
            LimitSubject::Customer(id) => {
                let (number, customer) = index.customers.by_id(id)?;
                Some((Self::Customer(number), customer.buckets.as_ref()?))
            }
        }
    }
}

/// A key or a customer with what a node reports about it.
#[derive(Clone, Debug)]
pub(crate) struct LimitReport {
    pub(crate) subject: LimitSubject,
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

    /// Notes the first request since the last report.
    pub(super) fn note(&self, asked: Asked) {
        self.asked().push(asked);
    }

    fn asked(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Verifier {
    /// Sets how many nodes share the limits, with this one. A key that is exchanged with the others gets its share by the
    /// demand; until then each node has an equal share.
    pub(crate) fn set_nodes(&self, nodes: u32) {
        self.limits.nodes.store(nodes.max(1), Ordering::Relaxed);
    }

    /// The number of nodes that share limits, with this one. It is 1 while no other is known.
    pub(crate) fn nodes(&self) -> u32 {
        self.limits.nodes()
    }

    /// Takes what is to be reported about at most this many keys: those with the most requests since their last report.
    /// The others come later, and meanwhile this node keeps its share of them.
    pub(crate) fn take_limit_reports(&self, most: usize) -> Vec<LimitReport> {
        let noted = mem::take(&mut *self.limits.asked());
        let mut asked = Vec::with_capacity(noted.len());
        for some in noted.chunks(STEP) {
            let index = self.read();
            asked.extend(some.iter().filter_map(|noted| {
                let requests = noted.buckets(&index)?.asked()?;
                Some((Reverse(requests), *noted))
            }));
        }
        if asked.len() > most {
            asked.select_nth_unstable(most);
            let later = asked.split_off(most);
            self.limits.asked().extend(later.into_iter().map(|(_, noted)| noted));
        }
        let elapsed = self.clock.elapsed();
        let mut reports = Vec::with_capacity(asked.len());
        for some in asked.chunks(STEP) {
            let index = self.read();
            reports.extend(some.iter().filter_map(|(_, noted)| {
                Some(LimitReport {
                    subject: noted.subject(&index)?,
                    counted: noted.buckets(&index)?.take_report(elapsed)?,
                })
            }));
        }
        reports
    }

    /// Notes that these keys are still to be reported, because the last try failed.
    pub(crate) fn put_back_limit_reports(&self, reports: &[LimitReport]) {
        let elapsed = self.clock.elapsed();
        let subjects = reports.iter().map(|report| &report.subject);
        self.for_each_limited(subjects, |found, buckets| {
            if buckets.mark(elapsed) {
                self.limits.note(found);
            }
        });
    }

    /// Adds what another node has reported. `backlog` says that the reports may be older than this node.
    pub(crate) fn hear_limit_reports(&self, from: PeerNumber, reports: &[LimitReport], backlog: bool) {
        let (elapsed, nodes) = (self.clock.elapsed(), self.limits.nodes());
        for some in reports.chunks(STEP) {
            let index = self.read();
            for LimitReport { subject, counted } in some {
                if let Some((found, buckets)) = Asked::find(&index, subject)
                    && buckets.hear(from, counted, backlog, nodes, elapsed)
                {
                    self.limits.note(found);
                }
            }
        }
    }

    /// Computes this node's share of these limits anew.
    pub(crate) fn share_out_limits<'a>(&self, subjects: impl Iterator<Item = &'a LimitSubject>, peers: &Peers) {
        let elapsed = self.clock.elapsed();
        self.for_each_limited(subjects, |_, buckets| buckets.share_out(peers, elapsed));
    }

    fn for_each_limited<'a>(
        &self,
        subjects: impl Iterator<Item = &'a LimitSubject>,
        mut act: impl FnMut(Asked, &Buckets),
    ) {
        let mut subjects = subjects.peekable();
        while subjects.peek().is_some() {
            let index = self.read();
            for subject in subjects.by_ref().take(STEP) {
                if let Some((found, buckets)) = Asked::find(&index, subject) {
                    act(found, buckets);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
