//! Measures valid requests beside as many others, which are valid, too, or a flood of well-formed but unknown tokens.

use anyhow::Result;

use super::question::Question;
use super::stream::{Cost, Expected, Run, Stream, run};
use super::tokens::Rotation;
use crate::bench::numbers::Spread;
use crate::bench::process::Running;

#[derive(Debug)]
pub(crate) struct Flood {
    pub(crate) question: Question,
    pub(crate) beside_valid: Beside,
    pub(crate) beside_unknown: Beside,
    /// Growth of resident memory over all rounds, in bytes.
    pub(crate) growth: i64,
}

/// Two loads at once, with one sample per round.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// Requests per second: of the valid load that is measured, and of the other load.
    pub(crate) valid: Vec<f64>,
    pub(crate) other: Vec<f64>,
    pub(crate) costs: Vec<Cost>,
}

impl Flood {
    /// The share of the server's capacity that the valid load gets. The capacity is that for two valid loads.
    pub(crate) fn share(&self) -> f64 {
        self.beside_unknown.valid().middle / self.beside_valid.both().middle
    }
}

impl Beside {
    pub(crate) fn valid(&self) -> Spread {
        Spread::of(self.valid.iter().copied())
    }

    pub(crate) fn other(&self) -> Spread {
        Spread::of(self.other.iter().copied())
    }

    /// Processor time per request of either load, in microseconds.
    pub(crate) fn cost(&self) -> Spread {
        Cost::of_a_request(&self.costs)
    }

    fn both(&self) -> Spread {
        Spread::of(self.valid.iter().zip(&self.other).map(|(valid, other)| valid + other))
    }

    fn round(&mut self, streams: [Stream; 2], round: Run) -> Result<()> {
        let ([valid, other], cost) = run(streams, round)?;
        self.valid.push(valid.per_second());
        self.other.push(other.per_second());
        self.costs.push(cost);
        Ok(())
    }
}

/// Both rotations have the same number of tokens, so that both loads start at the same time. Each has half of the connections.
pub(crate) fn measure(
    running: &Running,
    question: Question,
    [valid, unknown]: [&Rotation; 2],
    all_rounds: Run,
) -> Result<Flood> {
    let all_rounds = Run {
        connections: all_rounds.connections / 2,
        ..all_rounds
    };
    let stream = |rotation, expected| Stream {
        running,
        question,
        rotation,
        expected,
    };
    let (valid, unknown) = (stream(valid, Expected::Allowed), stream(unknown, Expected::Unknown));
    // The first round of either kind does not count.
    Beside::default().round([valid, valid], all_rounds)?;
    Beside::default().round([valid, unknown], all_rounds)?;
    super::let_it_store();
    let before = running.resident()?;
    let (mut beside_valid, mut beside_unknown) = (Beside::default(), Beside::default());
    for round in all_rounds.rounds() {
        beside_valid.round([valid, valid], round)?;
        beside_unknown.round([valid, unknown], round)?;
    }
    super::let_it_store();
    Ok(Flood {
        question,
        beside_valid,
        beside_unknown,
        growth: running.resident()?.cast_signed() - before.cast_signed(),
    })
}
