//! Three real verifiers with one manual clock, and reports between them.

use std::sync::Arc;

use model::environment::Kind;
use model::id::KeyId;
use model::limit::{LimitSubject, Limits, Window};
use model::time::{DAY, MINUTE, SECOND, Timestamp};
use proptest::prelude::*;

use super::{allows, loaded, verifier};
use crate::clock::ManualClock;
use crate::crypto::random::SeededRandom;
use crate::crypto::token::PlainToken;
use crate::verifier::Verifier;
use crate::verifier::limit_exchange::LimitReport;
use crate::verifier::share::Peers;

/// The time between two steps of a simulation, in milliseconds.
const STEP: i64 = 5;
/// How long a report takes to reach the others, in milliseconds.
const LATENCY: i64 = 30;
/// How long after its death the others know that a node is dead, in milliseconds.
const SILENCE: i64 = 6 * SECOND;

/// How the requests are split over three nodes, in percent.
type Split = [i64; 3];

struct Simulation {
    clock: Arc<ManualClock>,
    limits: Limits,
    token: PlainToken,
    nodes: Vec<SimulatedNode>,
    /// The reports of all nodes: who, when they can be read, and what.
    board: Vec<(usize, i64, Vec<LimitReport>)>,
    /// When requests were allowed, in milliseconds since the beginning.
    allowed: Vec<i64>,
    time: i64,
}

struct SimulatedNode {
    verifier: Verifier,
    /// Its number for the others; changes when it starts again.
    number: usize,
    /// Requests that have not come yet, in parts of a request.
    due: i64,
    next_exchange: i64,
    interval: i64,
    /// How much of the board it has read.
    read: usize,
    dead_since: Option<i64>,
}

fn key_id() -> KeyId {
    KeyId::from_random("0123456789")
}

/// The fewest and the most of these times within a length, over all windows between two times.
fn windows(times: &[i64], length: i64, from: i64, to: i64) -> (usize, usize) {
    let count = |start| {
        let first = times.partition_point(|at| *at < start);
        times.partition_point(|at| *at < start + length) - first
    };
    let step = usize::try_from(length / 20).unwrap();
    let counts: Vec<usize> = (from..=to - length).step_by(step).map(count).collect();
    (*counts.iter().min().unwrap(), *counts.iter().max().unwrap())
}

impl Simulation {
    fn new(limits: Limits) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp(20_000 * DAY)));
        let token = PlainToken::generate(Kind::Live, &SeededRandom::new(1));
        let mut simulation = Self {
            clock,
            limits,
            token,
            nodes: Vec::new(),
            board: Vec::new(),
            allowed: Vec::new(),
            time: 0,
        };
        for number in 0..3 {
            let node = simulation.start(number);
            simulation.nodes.push(node);
        }
        simulation
    }

    fn per(window: Window, limit: u32) -> Self {
        let mut limits = Limits::NONE;
        limits.set(window, Some(limit));
        Self::new(limits)
    }

    fn start(&self, number: usize) -> SimulatedNode {
        let verifier = verifier(&self.clock, vec![loaded(key_id(), &self.token, self.limits)]);
        verifier.set_nodes(3);
        let offset = i64::try_from(number).unwrap();
        SimulatedNode {
            verifier,
            number,
            due: 0,
            next_exchange: self.time + 70 * offset,
            interval: 230 + 11 * offset,
            read: 0,
            dead_since: None,
        }
    }

    /// Lets requests come at this rate, in requests per 1,000 s.
    fn run(&mut self, length: i64, rate: i64, split: Split) {
        let end = self.time + length;
        while self.time < end {
            self.clock.advance(STEP);
            self.time += STEP;
            for (at, part) in split.into_iter().enumerate() {
                let node = &mut self.nodes[at];
                node.due += rate * part * STEP;
                while node.due >= 100 * 1_000_000 {
                    node.due -= 100 * 1_000_000;
                    if node.dead_since.is_none() && allows(&node.verifier, &self.token) {
                        self.allowed.push(self.time);
                    }
                }
                if self.time >= self.nodes[at].next_exchange && self.nodes[at].dead_since.is_none() {
                    self.exchange(at);
                }
            }
        }
    }

    fn exchange(&mut self, at: usize) {
        let numbers = |limit: i64| {
            let others = self.nodes.iter().enumerate().filter(|(other, _)| *other != at);
            let alive = others.filter(|(_, other)| other.dead_since.is_none_or(|since| self.time - since < limit));
            alive.map(|(_, other)| u32::try_from(other.number).unwrap()).collect()
        };
        let peers = Peers {
            live: numbers(SILENCE),
            remembered: numbers(i64::MAX),
        };
        let node = &mut self.nodes[at];
        node.next_exchange += node.interval;
        node.verifier.set_nodes(u32::try_from(peers.live.len() + 1).unwrap());
        let reports = node.verifier.take_limit_reports(800);
        let own: Vec<LimitSubject> = reports.iter().map(|report| report.subject.clone()).collect();
        if !reports.is_empty() {
            self.board.push((node.number, self.time + LATENCY, reports));
        }
        while let Some((from, readable_at, reports)) = self.board.get(node.read) {
            if *readable_at > self.time {
                break;
            }
            node.read += 1;
            if *from != node.number {
                node.verifier
                    .hear_limit_reports(u32::try_from(*from).unwrap(), reports, false);
                let keys = reports.iter().map(|report| &report.subject);
                node.verifier.share_out_limits(keys, &peers);
            }
        }
        node.verifier.share_out_limits(own.iter(), &peers);
    }

    fn kill(&mut self, at: usize) {
        self.nodes[at].dead_since = Some(self.time);
    }

    /// Starts a node anew: it has forgotten everything.
    fn restart(&mut self, at: usize) {
        let number = self.nodes.iter().map(|node| node.number).max().unwrap() + 1;
        self.nodes[at] = self.start(number);
        self.nodes[at].read = self.board.len();
    }

    fn windows(&self, length: i64, from: i64) -> (usize, usize) {
        windows(&self.allowed, length, from, self.time)
    }
}

/// Requests per 1,000 s for a number per minute.
const fn a_minute(requests: i64) -> i64 {
    requests * 1_000_000 / MINUTE
}

#[test]
fn a_limit_per_minute_holds_over_three_nodes() {
    let mut simulation = Simulation::per(Window::Minute, 60);
    simulation.run(10 * MINUTE, 3_000, [80, 15, 5]);
    let (least, most) = simulation.windows(MINUTE, MINUTE);
    assert!(54 <= least && most <= 66, "{least}..{most}");
}

#[test]
fn a_limit_per_minute_holds_while_the_split_changes() {
    let mut simulation = Simulation::per(Window::Minute, 60);
    for _ in 0..2 {
        for split in [
            [50, 50, 0],
            [0, 0, 100],
            [80, 15, 5],
            [0, 100, 0],
            [34, 33, 33],
            [5, 15, 80],
        ] {
            simulation.run(50 * SECOND, 3_000, split);
        }
    }
    let (least, most) = simulation.windows(MINUTE, MINUTE);
    assert!(54 <= least && most <= 66, "{least}..{most}");
}

#[test]
fn a_node_that_dies_gives_its_share_back_and_one_that_starts_takes_its_own() {
    let mut simulation = Simulation::per(Window::Minute, 600);
    simulation.run(2 * MINUTE, 30_000, [80, 15, 5]);
    simulation.kill(0);
    let died = simulation.time;
    simulation.run(2 * MINUTE, 30_000, [0, 75, 25]);
    let (least, most) = simulation.windows(10 * SECOND, died + 10 * SECOND);
    assert!(95 <= least && most <= 105, "{least}..{most}");
    simulation.restart(0);
    simulation.run(3 * MINUTE, 30_000, [80, 15, 5]);
    let (least, most) = simulation.windows(MINUTE, MINUTE);
    assert!(540 <= least && most <= 660, "{least}..{most}");
}

#[test]
fn a_limit_per_second_holds_over_ten_seconds() {
    for limit in [10, 100, 1_000] {
        let mut simulation = Simulation::per(Window::Second, limit);
        let limit = usize::try_from(limit).unwrap();
        let rate = 3_000 * i64::try_from(limit).unwrap();
        simulation.run(40 * SECOND, rate, [80, 15, 5]);
        let (least, most) = simulation.windows(SECOND, 5 * SECOND);
        assert!(
            limit * 7 / 10 <= least && most <= limit * 13 / 10,
            "{limit}: {least}..{most}"
        );
        let changed = simulation.time;
        for split in [[50, 50, 0], [0, 0, 100], [80, 15, 5]] {
            simulation.run(20 * SECOND, rate, split);
        }
        let (least, most) = simulation.windows(10 * SECOND, 5 * SECOND);
        assert!(limit * 9 <= least && most <= limit * 11, "{limit}: {least}..{most}");
        let (_, most) = simulation.windows(SECOND, changed);
        assert!(most <= limit * 2, "{limit}: {most} in the second of a change");
    }
}

#[test]
fn a_limit_per_day_is_used_up_once_over_all_nodes() {
    let mut simulation = Simulation::per(Window::Day, 1_000);
    simulation.run(10 * MINUTE, 20_000, [80, 15, 5]);
    // In ten minutes, seven requests are added to the bucket.
    assert!(
        (990..=1_020).contains(&simulation.allowed.len()),
        "{}",
        simulation.allowed.len()
    );
    // A node that starts now learns that nothing is left, also where the others have no requests.
    simulation.restart(0);
    let before = simulation.allowed.len();
    simulation.run(MINUTE, 20_000, [100, 0, 0]);
    let more = simulation.allowed.len() - before;
    assert!(more <= 20, "{more}");
    simulation.restart(1);
    let before = simulation.allowed.len();
    simulation.run(MINUTE, 20_000, [50, 0, 50]);
    simulation.run(MINUTE, 20_000, [40, 30, 30]);
    let more = simulation.allowed.len() - before;
    assert!(more <= 4, "{more}");
}

#[test]
fn small_limits_are_neither_lost_nor_multiplied() {
    let mut simulation = Simulation::per(Window::Minute, 2);
    simulation.run(20 * MINUTE, a_minute(60), [50, 30, 20]);
    let allowed = simulation.allowed.len();
    // 2 at first, 40 in 20 minutes, and one more for each further node at first.
    assert!((40..=44).contains(&allowed), "{allowed}");
}

#[test]
fn a_demand_below_the_limit_passes_wherever_it_comes() {
    let mut simulation = Simulation::per(Window::Minute, 600);
    for split in [[100, 0, 0], [0, 0, 100], [34, 33, 33], [0, 100, 0]] {
        simulation.run(MINUTE, 8_000, split);
    }
    let expected = 4 * 480;
    assert!(
        simulation.allowed.len() >= expected - 3,
        "{} of {expected}",
        simulation.allowed.len()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// With enough demand, between 90 % and 110 % of the limit pass in each minute after the first, however the requests
    /// are split. Beyond that, each further node may be one request ahead or behind.
    #[test]
    fn a_limit_per_minute_holds_for_any_split(
        limit in 5..2_000u32,
        times in 2..5i64,
        splits in prop::collection::vec((0..=100i64, 0..=100i64, 5..60i64), 3..6),
    ) {
        let mut simulation = Simulation::per(Window::Minute, limit);
        let rate = a_minute(i64::from(limit) * times);
        for (first, second, seconds) in splits {
            let first = first.min(100);
            let second = second.min(100 - first);
            simulation.run(seconds * SECOND, rate, [first, second, 100 - first - second]);
        }
        simulation.run(2 * MINUTE, rate, [60, 30, 10]);
        let (least, most) = simulation.windows(MINUTE, MINUTE);
        let limit = usize::try_from(limit).unwrap();
        prop_assert!(most <= limit * 11 / 10 + 2, "{limit}: {least}..{most}");
        prop_assert!(least + 2 >= limit * 9 / 10, "{limit}: {least}..{most}");
    }
}
