//! A stream of requests of one kind to one server, and what they cost it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::load::{Counted, Load};
use super::question::Question;
use super::tokens::Rotation;
use crate::bench::numbers::{Spread, float};
use crate::bench::process::Running;

/// The answer that every request has to get.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Expected {
    Allowed,
    Unknown,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream<'a> {
    pub(crate) running: &'a Running,
    pub(crate) question: Question,
    pub(crate) rotation: &'a Rotation,
    pub(crate) expected: Expected,
}

/// The strength of the load, and the number of the round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run<'a> {
    pub(crate) script: &'a Path,
    pub(crate) connections: u64,
    /// Counted from 0.
    pub(crate) round: u32,
    pub(crate) rounds: u32,
}

/// The processor time of a server in one round, and the number of its requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    pub(crate) processor: Duration,
    pub(crate) requests: u64,
}

impl Cost {
    /// Microseconds per request. The middle value is that of all rounds together, not a median: a server stores uses every few
    /// seconds, and most rounds are without that.
    pub(crate) fn of_a_request(rounds: &[Cost]) -> Spread {
        let all = Cost {
            processor: rounds.iter().map(|cost| cost.processor).sum(),
            requests: rounds.iter().map(|cost| cost.requests).sum(),
        };
        Spread {
            middle: all.microseconds(),
            ..Spread::of(rounds.iter().map(|cost| cost.microseconds()))
        }
    }

    fn microseconds(self) -> f64 {
        self.processor.as_secs_f64() * 1_000_000.0 / float(self.requests)
    }
}

impl Run<'_> {
    /// All rounds, and before them one that does not count, since it opens connections and fills caches.
    pub(crate) fn rounds(self) -> impl Iterator<Item = Self> {
        (0..self.rounds).map(move |round| Self { round, ..self })
    }

    /// Each round starts further on in the tokens, since a round may be too short for all of them; so does each of several loads.
    fn from(&self, tokens: usize, index: usize, streams: usize) -> usize {
        tokens * self.round as usize / self.rounds as usize + tokens * index / streams
    }
}

impl Stream<'_> {
    /// Checks the answers to some tokens. They have to be as expected and all of one size. Returns that size in bytes.
    pub(crate) fn look(&self) -> Result<u64> {
        let mut sizes = Vec::new();
        for token in &self.rotation.some {
            let answer = self.question.ask(self.running.host(), token)?;
            let as_expected = match self.expected {
                Expected::Allowed => answer.allows(self.question),
                Expected::Unknown => answer.knows_none(self.question),
            };
            // The answer contains no token, so it may be shown.
            ensure!(
                as_expected,
                "{}: an answer is not {:?}: {answer:?}",
                self.question.name(),
                self.expected
            );
            sizes.push(answer.size);
        }
        sizes.dedup();
        ensure!(
            sizes.len() == 1,
            "{}: answers are of several sizes: {sizes:?}",
            self.question.name()
        );
        Ok(sizes[0])
    }
}

/// Runs these streams at once, on one server. Returns the counts of each, and what they cost together.
pub(crate) fn run<const N: usize>(streams: [Stream; N], run: Run) -> Result<([Counted; N], Cost)> {
    let sizes: Vec<u64> = streams.iter().map(Stream::look).collect::<Result<_>>()?;
    let loads: Vec<Load> = streams
        .iter()
        .zip(sizes)
        .enumerate()
        .map(|(index, (stream, answer))| Load {
            script: run.script,
            host: stream.running.host(),
            question: stream.question,
            rotation: stream.rotation,
            from: run.from(stream.rotation.count, index, streams.len()),
            connections: run.connections,
            answer,
            refused: stream.expected == Expected::Unknown && stream.question == Question::Authorize,
        })
        .collect();
    let server = streams[0].running;
    let before = server.cpu_time()?;
    let counted = Load::run_all(&loads)?;
    let cost = Cost {
        processor: server.cpu_time()?.saturating_sub(before),
        requests: counted.iter().map(|counted| counted.requests).sum(),
    };
    for stream in streams {
        stream.look()?;
    }
    let counted = counted.try_into().ok().context("a load was not counted")?;
    Ok((counted, cost))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_expensive_rounds_count_as_well() {
        let cost = |milliseconds, requests| Cost {
            processor: Duration::from_millis(milliseconds),
            requests,
        };
        let spread = Cost::of_a_request(&[cost(10, 1_000), cost(10, 1_000), cost(40, 1_000)]);
        assert_eq!(spread.in_words(1), "20.0 (10.0–40.0)");
    }

    #[test]
    fn rounds_and_loads_begin_in_different_places() {
        let all_rounds = Run {
            script: Path::new("load.lua"),
            connections: 1,
            round: 0,
            rounds: 4,
        };
        let begins: Vec<usize> = all_rounds.rounds().map(|run| run.from(100, 0, 2)).collect();
        assert_eq!(begins, [0, 25, 50, 75]);
        assert_eq!(all_rounds.from(100, 1, 2), 50);
    }
}
