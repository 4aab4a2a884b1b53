//! Valid requests while as many others come: valid ones too, or a flood of tokens that are well-formed and unknown.

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
    /// Bytes that are resident more after all rounds than before them.
    pub(crate) growth: i64,
}

/// Two loads at once, one sample for each round.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// Requests in a second: of the valid load that is looked at, and of the other.
    pub(crate) valid: Vec<f64>,
    pub(crate) other: Vec<f64>,
    pub(crate) costs: Vec<Cost>,
}

impl Flood {
    /// Which part of what the server can do is left to the valid load, compared with two loads that are both valid.
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

    /// Microseconds of processor time for a request, of either load.
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

/// The two rotations have as many tokens, so that both loads begin at the same time. Each has half of the connections.
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
    // The first of either kind does not count.
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
