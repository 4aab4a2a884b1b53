//! The promises for keys of customers, and the measurements, as Markdown.

use super::{Compared, Measured};
use crate::bench::numbers::{float, grouped, whole};
use crate::bench::verifier::promises::{Limit, Promise, megabytes, not_kept};
use crate::bench::verifier::rows::Row;
use crate::bench::verifier::tables::{of_load, of_promises, table};

/// The highest ratio of the processor time with customer and metadata to that without.
const COST: f64 = 1.1;
/// The most resident memory in megabytes, also under load.
const MAX_RESIDENT_MB: f64 = 300.0;

pub(super) fn broken(measured: &Measured) -> Vec<String> {
    not_kept("customers", all(measured))
}

pub(super) fn tables(measured: &Measured) -> String {
    let compared = measured.compared.iter();
    let rows = compared
        .flat_map(|Compared { without, with }| [without, with])
        .chain(&measured.many.rows);
    let many = &measured.many;
    let facts = [
        (
            "keys imported in a second",
            whole(float(many.keys.into()) / many.made_in.as_secs_f64()),
        ),
        ("from start to ready", format!("{} ms", many.ready_after.as_millis())),
        (
            "resident memory when ready",
            format!("{:.0} MB", megabytes(many.at_first.resident)),
        ),
        (
            "resident memory, the most after any load",
            format!("{:.0} MB", megabytes(resident(measured))),
        ),
    ];
    let head = format!(
        "{} keys of {} customers",
        grouped(many.keys.into()),
        grouped(many.customers.into())
    );
    [
        of_load(rows),
        table(
            &[&head, "measured"],
            facts.into_iter().map(|(what, value)| vec![what.to_owned(), value]),
        ),
        of_promises(all(measured)),
    ]
    .join("\n")
}

fn all(measured: &Measured) -> Vec<Promise> {
    let cost = |compared: &Compared| {
        Promise::new(
            format!(
                "{}: processor time with customer and metadata, by that without",
                compared.with.question.name()
            ),
            compared.with.cost().middle / compared.without.cost().middle,
            Limit::AtMost(COST),
            "",
        )
    };
    let mut promises: Vec<Promise> = measured.compared.iter().map(cost).collect();
    promises.push(Promise::new(
        format!(
            "resident memory with {} keys of customers",
            grouped(measured.many.keys.into())
        ),
        megabytes(resident(measured)),
        Limit::AtMost(MAX_RESIDENT_MB),
        " MB",
    ));
    promises
}

fn resident(measured: &Measured) -> u64 {
    let rows = measured.many.rows.iter().map(Row::resident);
    rows.max().unwrap_or_default().max(measured.many.at_first.resident)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Many;
    use super::*;
    use crate::bench::process::Memory;
    use crate::bench::verifier::tables::example;

    fn measured(factor: u32, resident: u64) -> Measured {
        let rows = example().questions.swap_remove(0);
        let mut with = example().questions.swap_remove(0).few;
        for sample in &mut with.samples {
            sample.cost.processor *= factor;
        }
        let mut all = rows.all;
        for sample in &mut all.samples {
            sample.resident = resident;
        }
        Measured {
            compared: vec![Compared {
                without: rows.few,
                with,
            }],
            many: Many {
                keys: 1_000_000,
                customers: 10_000,
                made_in: Duration::from_secs(100),
                ready_after: Duration::from_secs(2),
                at_first: Memory {
                    resident: 200_000_000,
                    peak: 210_000_000,
                },
                rows: vec![all],
            },
        }
    }

    #[test]
    fn promises_are_kept_and_broken() {
        assert_eq!(broken(&measured(1, 300_000_000)), [""; 0]);
        assert_eq!(
            broken(&measured(2, 301_000_000)),
            [
                "customers, verify: processor time with customer and metadata, by that without: 2.00, promised is at most 1.1",
                "customers, resident memory with 1,000,000 keys of customers: 301.00 MB, promised is at most 300 MB",
            ]
        );
    }

    #[test]
    fn the_tables_show_the_measurements() {
        let tables = tables(&measured(1, 250_000_000));
        assert!(
            tables.contains("| 1,000,000 keys of 10,000 customers | measured |"),
            "{tables}"
        );
        assert!(tables.contains("| keys imported in a second | 10,000 |"), "{tables}");
        assert!(
            tables.contains("| resident memory, the most after any load | 250 MB |"),
            "{tables}"
        );
    }
}
