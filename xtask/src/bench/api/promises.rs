//! The promises for keys that are created over the management API, and the measurements, as Markdown.

use super::Measured;
use crate::bench::numbers::{float, grouped, whole};
use crate::bench::verifier::promises::{Limit, Promise, not_kept};
use crate::bench::verifier::tables::{of_promises, table};

/// Keys that are created in a second, in the median of all seconds.
const PER_SECOND: f64 = 300.0;

pub(super) fn broken(measured: &Measured) -> Vec<String> {
    not_kept("the API", all(measured))
}

pub(super) fn tables(measured: &Measured) -> String {
    let created = measured.per_second;
    let rows = [
        (
            "keys created in a second",
            format!(
                "{} ({}–{})",
                whole(created.middle),
                whole(created.least),
                whole(created.most)
            ),
        ),
        ("until the answer: p50, ms", format!("{:.1}", measured.p50)),
        ("until the answer: p99, ms", format!("{:.1}", measured.p99)),
        ("keys answered until the server was killed", grouped(measured.answered)),
        ("keys of these that were lost", grouped(measured.lost)),
    ];
    let rows = rows.map(|(what, value)| vec![what.to_owned(), value]);
    [
        table(&["creating keys over the API", "measured"], rows.into_iter()),
        of_promises(all(measured)),
    ]
    .join("\n")
}

fn all(measured: &Measured) -> Vec<Promise> {
    vec![
        Promise::new(
            "keys created over the API in a second",
            measured.per_second.middle,
            Limit::AtLeast(PER_SECOND),
            "",
        ),
        Promise::new(
            "keys lost that had been answered",
            float(measured.lost),
            Limit::AtMost(0.0),
            "",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::numbers::Spread;

    fn measured(per_second: f64, lost: u64) -> Measured {
        Measured {
            per_second: Spread::of([per_second]),
            p50: 20.0,
            p99: 60.0,
            answered: 5_000,
            lost,
        }
    }

    #[test]
    fn promises_are_kept_and_broken() {
        assert_eq!(broken(&measured(300.0, 0)), [""; 0]);
        assert_eq!(
            broken(&measured(299.0, 1)),
            [
                "the API, keys created over the API in a second: 299.00, promised is at least 300",
                "the API, keys lost that had been answered: 1.00, promised is at most 0",
            ]
        );
    }

    #[test]
    fn the_tables_show_the_measurements() {
        let tables = tables(&measured(412.0, 0));
        assert!(
            tables.contains("| keys created in a second | 412 (412–412) |"),
            "{tables}"
        );
        assert!(
            tables.contains("| keys answered until the server was killed | 5,000 |"),
            "{tables}"
        );
    }
}
