//! Measures the verifier and the floor under valid load.

use anyhow::Result;

use super::question::Question;
use super::stream::{Cost, Expected, Run, Stream, run};
use super::tokens::Rotation;
use crate::bench::numbers::{Spread, float};
use crate::bench::process::Running;

/// A server, and the requests that it gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) what: &'a str,
    pub(crate) running: &'a Running,
    pub(crate) rotation: &'a Rotation,
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) question: Question,
    pub(crate) what: String,
    /// One sample per round.
    pub(crate) samples: Vec<Sample>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    /// Milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) cost: Cost,
    /// Resident memory after the load, in bytes.
    pub(crate) resident: u64,
}

impl Row {
    pub(crate) fn spread(&self, of: impl Fn(&Sample) -> f64) -> Spread {
        Spread::of(self.samples.iter().map(of))
    }

    /// Processor time per request, in microseconds.
    pub(crate) fn cost(&self) -> Spread {
        let costs: Vec<Cost> = self.samples.iter().map(|sample| sample.cost).collect();
        Cost::of_a_request(&costs)
    }

    /// The highest resident memory after a round.
    pub(crate) fn resident(&self) -> u64 {
        self.samples
            .iter()
            .map(|sample| sample.resident)
            .max()
            .unwrap_or_default()
    }
}

/// Measures the servers in turns, so that other work of the machine affects all alike. Returns one row for each.
pub(crate) fn in_turns(places: &[Place], question: Question, all_rounds: Run) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = places
        .iter()
        .map(|place| Row {
            question,
            what: place.what.to_owned(),
            samples: Vec::new(),
        })
        .collect();
    // The first round does not count, since it opens connections and fills caches.
    for place in places {
        place.sample(question, all_rounds)?;
    }
    for round in all_rounds.rounds() {
        for (place, row) in places.iter().zip(&mut rows) {
            row.samples.push(place.sample(question, round)?);
        }
    }
    Ok(rows)
}

impl Place<'_> {
    fn sample(&self, question: Question, round: Run) -> Result<Sample> {
        let stream = Stream {
            running: self.running,
            question,
            rotation: self.rotation,
            expected: Expected::Allowed,
        };
        let ([counted], cost) = run([stream], round)?;
        let milliseconds = |microseconds| float(microseconds) / 1000.0;
        Ok(Sample {
            per_second: counted.per_second(),
            p50: milliseconds(counted.p50),
            p99: milliseconds(counted.p99),
            cost,
            resident: self.running.resident()?,
        })
    }
}
