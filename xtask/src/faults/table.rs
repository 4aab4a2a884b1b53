//! The table for docs/RELIABILITY.md.

use std::time::Duration;

use crate::bench::numbers::grouped;
use crate::bench::verifier::tables::table;
use crate::nodes::database::Engine;

/// What one trial has found.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) fault: &'static str,
    pub(crate) engine: Engine,
    pub(crate) times: u32,
    pub(crate) answers: u64,
    /// Of the answers, those about tokens that were proven to be refused.
    pub(crate) after_proof: u64,
    pub(crate) acknowledged: u64,
    /// Changes without an answer, which may or may not have been made.
    pub(crate) unknown: u64,
    pub(crate) proofs: u64,
    pub(crate) receipts: u64,
    pub(crate) lost: u64,
    pub(crate) half: u64,
    pub(crate) valid_after_proof: u64,
    /// The slowest recovery.
    pub(crate) slowest: Duration,
    pub(crate) notes: Vec<String>,
    /// What should not have happened, in sentences.
    pub(crate) wrong: Vec<String>,
}

impl Default for Row {
    fn default() -> Row {
        Row {
            fault: "",
            engine: Engine::Sqlite,
            times: 0,
            answers: 0,
            after_proof: 0,
            acknowledged: 0,
            unknown: 0,
            proofs: 0,
            receipts: 0,
            lost: 0,
            half: 0,
            valid_after_proof: 0,
            slowest: Duration::ZERO,
            notes: Vec::new(),
            wrong: Vec::new(),
        }
    }
}

impl Row {
    /// A trial that could not be finished.
    pub(crate) fn failed(fault: &'static str, engine: Engine, why: String) -> Row {
        Row {
            fault,
            engine,
            notes: vec!["not finished".to_owned()],
            wrong: vec![why],
            ..Row::default()
        }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.lost == 0 && self.half == 0 && self.valid_after_proof == 0 && self.wrong.is_empty()
    }

    /// What was wrong, a line for each.
    pub(crate) fn in_words(&self) -> String {
        self.wrong.iter().flat_map(|what| ["      ", what, "\n"]).collect()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.fault.to_owned(),
            self.engine.name().to_owned(),
            self.times.to_string(),
            grouped(self.answers),
            grouped(self.after_proof),
            grouped(self.acknowledged),
            grouped(self.unknown),
            grouped(self.proofs),
            grouped(self.receipts),
            self.lost.to_string(),
            self.half.to_string(),
            self.valid_after_proof.to_string(),
            format!("{:.1} s", self.slowest.as_secs_f64()),
            self.notes.join("; "),
        ]
    }
}

pub(crate) fn of(rows: &[Row]) -> String {
    table(
        &[
            "fault",
            "database",
            "times",
            "answers",
            "of them after a proof",
            "acknowledged changes",
            "unanswered changes",
            "proofs",
            "receipts",
            "lost",
            "half-applied",
            "VALID after a proof",
            "slowest recovery",
            "notes",
        ],
        rows.iter().map(Row::cells),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_loss_makes_a_row_bad() {
        assert!(Row::default().is_good());
        let bad = [
            Row {
                lost: 1,
                ..Row::default()
            },
            Row {
                half: 1,
                ..Row::default()
            },
            Row {
                valid_after_proof: 1,
                ..Row::default()
            },
            Row::failed("kill", Engine::Postgres, "no answer".to_owned()),
        ];
        assert!(bad.iter().all(|row| !row.is_good()));
    }

    #[test]
    fn a_row_has_a_cell_for_each_column() {
        let table = of(&[Row::default()]);
        let columns: Vec<usize> = table.lines().map(|line| line.matches('|').count()).collect();
        assert_eq!(columns, [15, 15, 15]);
    }
}
