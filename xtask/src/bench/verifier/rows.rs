//! The verifier under load that is allowed, beside the floor.

use anyhow::Result;

use super::question::Question;
use super::stream::{Cost, Expected, Run, Stream, run};
use super::tokens::Rotation;
use crate::bench::numbers::{Spread, float};
use crate::bench::process::Running;

/// Who is asked, about what.
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
    /// One for each round.
    pub(crate) samples: Vec<Sample>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    /// Milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) cost: Cost,
    /// Bytes in memory after the load.
    pub(crate) resident: u64,
}

impl Row {
    pub(crate) fn spread(&self, of: impl Fn(&Sample) -> f64) -> Spread {
        Spread::of(self.samples.iter().map(of))
    }

    /// Microseconds of processor time for a request.
    pub(crate) fn cost(&self) -> Spread {
        let costs: Vec<Cost> = self.samples.iter().map(|sample| sample.cost).collect();
        Cost::of_a_request(&costs)
    }

    /// The most that was resident after a round.
    pub(crate) fn resident(&self) -> u64 {
        self.samples
            .iter()
            .map(|sample| sample.resident)
            .max()
            .unwrap_or_default()
    }
}

/// Asks these places in turns, so that what else the machine does meets all alike. One row for each.
pub(crate) fn in_turns(places: &[Place], question: Question, all_rounds: Run) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = places
        .iter()
        .map(|place| Row {
            question,
            what: place.what.to_owned(),
            samples: Vec::new(),
        })
        .collect();
    // The first does not count: connections are opened, caches filled.
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
