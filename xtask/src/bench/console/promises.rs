//! The promises for a gateway beside a busy console, and the measurements, as Markdown.

use super::{Measured, Waits};
use crate::bench::numbers::grouped;
use crate::bench::verifier::promises::{Limit, Promise, megabytes, not_kept};
use crate::bench::verifier::tables::{of_promises, table};

/// The highest ratio of the 99th percentile beside the busy console to that beside the idle one.
const P99: f64 = 2.0;
/// The most memory that a busy console may leave behind, in megabytes.
const GROWTH: f64 = 50.0;

pub(super) fn broken(measured: &Measured) -> Vec<String> {
    not_kept("the console", all(measured))
}

pub(super) fn tables(measured: &Measured) -> String {
    let row = |what: &str, waits: &Waits| {
        vec![
            what.to_owned(),
            grouped(waits.requests as u64),
            waits.p50.in_words(2),
            waits.p99.in_words(2),
        ]
    };
    let rows = [
        row("the console is idle", &measured.idle),
        row("the console is busy", &measured.busy),
    ];
    let waits = table(&["authorize while", "requests", "p50, ms", "p99, ms"], rows.into_iter());
    let resident = measured.resident;
    let memory = [
        ("resident before, MB", resident.before),
        ("the most that was resident, MB", resident.peak),
        ("resident 30 s afterwards, MB", resident.afterwards),
    ]
    .map(|(what, bytes)| vec![what.to_owned(), format!("{:.0}", megabytes(bytes))]);
    let requests = [
        ("requests of the Viewer that were answered", measured.done.answered),
        ("and that were refused: too many at once", measured.done.refused),
    ]
    .map(|(what, count)| vec![what.to_owned(), grouped(count)]);
    let console = table(&["console", "measured"], memory.into_iter().chain(requests));
    [waits, console, of_promises(all(measured))].join("\n")
}

fn all(measured: &Measured) -> Vec<Promise> {
    let resident = measured.resident;
    let grown = megabytes(resident.afterwards) - megabytes(resident.before);
    vec![
        Promise::new(
            "authorize: p99 beside a busy console, by that beside an idle one",
            measured.busy.p99.middle / measured.idle.p99.middle,
            Limit::AtMost(P99),
            "",
        ),
        Promise::new(
            "memory that a busy console left taken",
            grown,
            Limit::AtMost(GROWTH),
            " MB",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::Resident;
    use super::super::viewer::Done;
    use super::*;
    use crate::bench::numbers::Spread;

    fn measured(busy: f64, afterwards: u64) -> Measured {
        let waits = |p99| Waits {
            p50: Spread::of([0.1]),
            p99: Spread::of([p99]),
            requests: 12_000,
        };
        Measured {
            idle: waits(0.5),
            busy: waits(busy),
            resident: Resident {
                before: 30_000_000,
                peak: 120_000_000,
                afterwards,
            },
            done: Done {
                answered: 4_000,
                refused: 7,
            },
        }
    }

    #[test]
    fn promises_are_kept_and_broken() {
        assert_eq!(broken(&measured(1.0, 80_000_000)), [""; 0]);
        assert_eq!(
            broken(&measured(1.01, 80_000_001)),
            [
                "the console, authorize: p99 beside a busy console, by that beside an idle one: 2.02, promised is at most 2",
                "the console, memory that a busy console left taken: 50.00 MB, promised is at most 50 MB",
            ]
        );
        assert_eq!(broken(&measured(f64::NAN, 0)).len(), 1);
    }

    #[test]
    fn the_tables_show_the_measurements() {
        let tables = tables(&measured(0.9, 40_000_000));
        assert!(tables.contains("| the console is busy | 12,000 | 0.10 (0.10–0.10) | 0.90 (0.90–0.90) |"));
        assert!(tables.contains("| resident 30 s afterwards, MB | 40 |"));
    }
}
