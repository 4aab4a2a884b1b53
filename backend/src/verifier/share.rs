//! A key's limits on several nodes: what this node knows of the others' requests, and its share of what is left.
//!
//! Each node counts the requests that it allows. A few times a second it reports its count, and reads the counts of the
//! others. All known requests together fill one bucket, as on a single node, so what the nodes allow too much for a moment
//! they allow less afterwards. Between two exchanges a node assumes that the others allow requests in proportion to
//! their demand: a request of its own takes a larger part out of the bucket. The next exchange replaces that assumption by
//! what was counted.

use super::limit::{Bucket, NANOSECONDS, WINDOWS};

/// The time in which a demand without further requests halves, in milliseconds.
const HALF_LIFE: i64 = 700;
/// The shortest time over which a demand is measured, in milliseconds.
const SHORTEST_SPAN: i64 = 100;
/// The longest time for which a demand counts fully after it was measured, in milliseconds.
const LONGEST_HOLD: i64 = 60_000;
/// The highest demand that is believed, in requests per 1,000 s.
const HIGHEST_DEMAND: i64 = 1_000_000_000_000;
/// A node without demand has this part of the limit as its demand, so that it can begin.
const LEAST_DEMAND: i64 = 10;
/// The most that may be owed, in whole buckets, counting the one that is empty.
const MOST_USED: i64 = 2;
/// If this node knows of more requests than a node that reports a key for the first time, by this part of a bucket, it
/// reports the key as well.
const KNOWS_MORE: i64 = 10;

/// The part of a limited key's state that only several nodes need.
#[derive(Debug)]
pub(super) struct Shared {
    /// For each window the time at which its bucket is full again by all requests that are known, in elapsed nanoseconds.
    pub(super) known: [i64; WINDOWS],
    /// What a request of this node takes out of each bucket until the next exchange, in nanoseconds.
    pub(super) cost: [i64; WINDOWS],
    /// Requests that this node has allowed since others are there.
    allowed: u64,
    /// As many of them were reported.
    reported: u64,
    /// Requests since the last report, the refused ones, too.
    asked: u32,
    /// When the first of them came, in elapsed milliseconds; `None` if there is nothing to report.
    asked_since: Option<i64>,
    demand: Demand,
    peers: Vec<Peer>,
}

/// What another node has reported.
#[derive(Debug)]
struct Peer {
    number: PeerNumber,
    allowed: u64,
    demand: Demand,
}

/// The number that this node has given to another.
pub(crate) type PeerNumber = u32;

/// The other nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peers {
    /// Those that share limits with this node.
    pub(crate) live: Vec<PeerNumber>,
    /// Those whose counts are remembered: the live ones, and those that have been silent for a short time.
    pub(crate) remembered: Vec<PeerNumber>,
}

/// A node's report about a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    /// Requests that the node has allowed since others are there.
    pub(crate) allowed: u64,
    /// Those among them since its last report.
    pub(crate) newly_allowed: u64,
    /// Requests per 1,000 s.
    pub(crate) demand: i64,
    /// The milliseconds over which the demand was measured.
    pub(crate) span: i64,
    /// For each window the milliseconds until its bucket is full again, as far as the node knows; 0 without a limit.
    pub(crate) full_in: [i64; WINDOWS],
}

/// How often a node was asked about a key lately.
#[derive(Clone, Copy, Debug, Default)]
struct Demand {
    /// Requests per 1,000 s.
    rate: i64,
    /// From when on it fades, in elapsed milliseconds.
    fades_from: i64,
}

impl Demand {
    fn at(self, elapsed: i64) -> i64 {
        faded(self.rate, elapsed.saturating_sub(self.fades_from))
    }

    fn measured(rate: i64, span: i64, elapsed: i64) -> Self {
        Self {
            rate: rate.clamp(0, HIGHEST_DEMAND),
            fades_from: elapsed.saturating_add(span.clamp(0, LONGEST_HOLD)),
        }
    }
}

/// Halves a value in each half-life, and falls evenly in between.
const fn faded(value: i64, age: i64) -> i64 {
    if age <= 0 {
        return value;
    }
    let halvings = age / HALF_LIFE;
    if halvings >= 62 {
        return 0;
    }
    let value = value >> halvings;
    value - value * (age % HALF_LIFE) / (2 * HALF_LIFE)
}

impl Shared {
    /// What is known when a second node appears: this node's own requests.
    pub(super) fn new(known: [i64; WINDOWS], cost: [i64; WINDOWS]) -> Self {
        Self {
            known,
            cost,
            allowed: 0,
            reported: 0,
            asked: 0,
            asked_since: None,
            demand: Demand::default(),
            peers: Vec::new(),
        }
    }

    /// Counts a request. Answers whether it is the first since the last report.
    pub(super) fn count(&mut self, allowed: bool, elapsed: i64) -> bool {
        self.asked = self.asked.saturating_add(1);
        self.allowed += u64::from(allowed);
        let first = self.asked_since.is_none();
        self.asked_since.get_or_insert(elapsed);
        first
    }

    /// Notes that there is something to report. Answers whether that is new.
    pub(super) fn mark(&mut self, elapsed: i64) -> bool {
        let new = self.asked_since.is_none();
        self.asked_since.get_or_insert(elapsed);
        new
    }

    /// Requests since the last report; `None` if there is nothing to report.
    pub(super) fn asked(&self) -> Option<u32> {
        self.asked_since.map(|_| self.asked)
    }

    /// The number of nodes that are known to have had requests with the key, and this one.
    pub(super) fn nodes(&self) -> u32 {
        u32::try_from(self.peers.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Goes on in another place of the index, where nothing waits to be reported.
    #[expect(clippy::unnecessary_box_returns, reason = "the value stays where it is in memory")]
    pub(super) fn moved(mut self: Box<Self>) -> Box<Self> {
        self.asked = 0;
        self.asked_since = None;
        self
    }

    /// Takes what is to be reported.
    pub(super) fn take_report(&mut self, elapsed: i64) -> Option<Counted> {
        let span = (elapsed - self.asked_since.take()?).max(SHORTEST_SPAN);
        let asked = i64::from(std::mem::take(&mut self.asked));
        let rate = asked.saturating_mul(1_000_000) / span;
        let before = self.demand.at(elapsed);
        let weight = 1_024 - faded(1_024, span);
        let rate = before + (rate - before).saturating_mul(weight) / 1_024;
        self.demand = Demand::measured(rate, span, elapsed);
        let now = elapsed.saturating_mul(NANOSECONDS);
        let newly_allowed = self.allowed - self.reported;
        self.reported = self.allowed;
        Some(Counted {
            allowed: self.allowed,
            newly_allowed,
            demand: self.demand.rate,
            span,
            full_in: self
                .known
                .map(|full_at| full_at.saturating_sub(now).max(0) / NANOSECONDS),
        })
    }

    /// Adds what another node has reported. `backlog` says that it may have been reported before this node started, so that
    /// others have told it already. Answers whether this node knows of more requests than the other, so that it should
    /// report, too.
    pub(super) fn hear(
        &mut self,
        from: PeerNumber,
        report: &Counted,
        backlog: bool,
        buckets: &[Option<Bucket>; WINDOWS],
        elapsed: i64,
    ) -> bool {
        let now = elapsed.saturating_mul(NANOSECONDS);
        let heard = Peer {
            number: from,
            allowed: report.allowed,
            demand: Demand::measured(report.demand, report.span, elapsed),
        };
        if let Some(peer) = self.peers.iter_mut().find(|peer| peer.number == from) {
            let more = report.allowed.saturating_sub(peer.allowed);
            *peer = heard;
            self.add(more, buckets, now);
            return false;
        }
        self.peers.push(heard);
        let more = if backlog { 0 } else { report.newly_allowed };
        self.add(more, buckets, now);
        self.compare(report, buckets, now)
    }

    /// Takes requests of another node out of the buckets.
    fn add(&mut self, requests: u64, buckets: &[Option<Bucket>; WINDOWS], now: i64) {
        let requests = i64::try_from(requests).unwrap_or(i64::MAX);
        for (bucket, known) in buckets.iter().zip(&mut self.known) {
            let Some(bucket) = bucket else { continue };
            let most = now.saturating_add(MOST_USED.saturating_mul(bucket.tolerance()));
            *known = (*known)
                .max(now)
                .saturating_add(requests.saturating_mul(bucket.interval))
                .min(most);
        }
    }

    /// Takes over what another node knows, where that is more. Answers whether this node knows considerably more.
    fn compare(&mut self, report: &Counted, buckets: &[Option<Bucket>; WINDOWS], now: i64) -> bool {
        let mut knows_more = false;
        for ((bucket, known), full_in) in buckets.iter().zip(&mut self.known).zip(report.full_in) {
            let Some(bucket) = bucket else { continue };
            // The clock of the other node may differ.
            let full_in = full_in.saturating_mul(NANOSECONDS).clamp(0, bucket.tolerance());
            knows_more |= (*known).saturating_sub(now) - full_in > bucket.tolerance() / KNOWS_MORE;
            *known = (*known).max(now.saturating_add(full_in));
        }
        knows_more
    }

    /// Computes this node's share of each bucket anew.
    pub(super) fn share_out(&mut self, buckets: &[Option<Bucket>; WINDOWS], peers: &Peers, elapsed: i64) {
        self.peers.retain(|peer| peers.remembered.contains(&peer.number));
        let others = self.peers.iter().filter(|peer| peers.live.contains(&peer.number));
        let others: i64 = others.map(|peer| peer.demand.at(elapsed)).sum();
        let own = self.demand.at(elapsed);
        let nodes = i64::try_from(peers.live.len()).unwrap_or(i64::MAX).saturating_add(1);
        for (bucket, cost) in buckets.iter().zip(&mut self.cost) {
            let Some(bucket) = bucket else { continue };
            let least = (bucket.rate() / LEAST_DEMAND / nodes).max(1);
            let own = own.saturating_add(least);
            let all = own
                .saturating_add(others)
                .saturating_add(least.saturating_mul(nodes - 1));
            *cost = bucket.part(all, own);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demand_halves_in_each_half_life() {
        assert_eq!(faded(1_000, -5), 1_000);
        assert_eq!(faded(1_000, 0), 1_000);
        assert_eq!(faded(1_000, HALF_LIFE / 2), 750);
        assert_eq!(faded(1_000, HALF_LIFE), 500);
        assert_eq!(faded(1_000, 3 * HALF_LIFE), 125);
        assert_eq!(faded(HIGHEST_DEMAND, i64::MAX), 0);
    }

    #[test]
    fn the_demand_of_a_report_is_bounded_whatever_it_says() {
        for rate in [i64::MIN, -1, i64::MAX] {
            let demand = Demand::measured(rate, i64::MAX, 0);
            assert!((0..=HIGHEST_DEMAND).contains(&demand.at(0)));
            assert_eq!(demand.at(LONGEST_HOLD + 64 * HALF_LIFE), 0);
        }
    }
}
