//! The promises for three nodes on one PostgreSQL, and the measurements, as Markdown.

use super::Measured;
use super::changes::CLIENTS;
use super::revocation::Latencies;
use crate::bench::numbers::{grouped, whole};
use crate::bench::verifier::promises::{Limit, Promise, megabytes, not_kept};
use crate::bench::verifier::tables::{of_promises, table};

/// The most milliseconds from the answer to a disable until the last VALID on any node, for 99 of 100 keys.
const WITH_LISTEN: f64 = 100.0;
const WITHOUT_LISTEN: f64 = 300.0;

pub(super) fn broken(measured: &Measured) -> Vec<String> {
    not_kept("the nodes", all(measured))
}

pub(super) fn tables(measured: &Measured) -> String {
    let row = |what: &str, latencies: &Latencies| {
        let percentiles = [50, 99, 100].map(|percent| format!("{:.1}", latencies.percentile(percent)));
        [
            vec![what.to_owned(), grouped(latencies.count() as u64)],
            percentiles.to_vec(),
        ]
        .concat()
    };
    let revocation = table(
        &[
            "until the last VALID on any of 3 nodes",
            "keys",
            "p50, ms",
            "p99, ms",
            "the most, ms",
        ],
        [
            row("with LISTEN", &measured.with_listen),
            row("without LISTEN", &measured.without_listen),
        ]
        .into_iter(),
    );
    let keys = grouped(measured.keys.into());
    let line = |what: String, value: String| vec![what, value];
    let rest = table(
        &["3 nodes on one PostgreSQL", "measured"],
        [
            line("changes a second, 1 client".to_owned(), whole(measured.one_client)),
            line(format!("changes a second, {CLIENTS} clients"), whole(measured.clients)),
            line(
                "processor time of verify without metrics, µs".to_owned(),
                measured.without_metrics.in_words(1),
            ),
            line(
                "processor time of verify with metrics, µs".to_owned(),
                measured.with_metrics.in_words(1),
            ),
            line(
                format!("making {keys} keys"),
                format!("{:.1} s", measured.made_in.as_secs_f64()),
            ),
            line(
                format!("from start to ready with {keys} keys"),
                format!("{} ms", measured.ready_after.as_millis()),
            ),
            line(
                format!("resident memory then, {keys} keys"),
                format!("{:.0} MB", megabytes(measured.resident)),
            ),
        ]
        .into_iter(),
    );
    [revocation, rest, of_promises(all(measured))].join("\n")
}

fn all(measured: &Measured) -> Vec<Promise> {
    let promise = |how: &str, latencies: &Latencies, limit| {
        Promise::new(
            format!("until the last VALID on any of 3 nodes, {how}: p99"),
            latencies.percentile(99),
            Limit::AtMost(limit),
            " ms",
        )
    };
    vec![
        promise("with LISTEN", &measured.with_listen, WITH_LISTEN),
        promise("without LISTEN", &measured.without_listen, WITHOUT_LISTEN),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::bench::numbers::Spread;

    fn measured(with_listen: u64, without_listen: u64) -> Measured {
        let latencies = |milliseconds| Latencies::new(vec![Duration::from_millis(milliseconds)]);
        Measured {
            with_listen: latencies(with_listen),
            without_listen: latencies(without_listen),
            one_client: 120.4,
            clients: 1_200.0,
            without_metrics: Spread::of([13.0]),
            with_metrics: Spread::of([13.2]),
            keys: 1_000_000,
            made_in: Duration::from_secs(100),
            ready_after: Duration::from_millis(2_400),
            resident: 200_000_000,
        }
    }

    #[test]
    fn promises_are_kept_and_broken() {
        assert_eq!(broken(&measured(100, 300)), [""; 0]);
        assert_eq!(
            broken(&measured(101, 301)),
            [
                "the nodes, until the last VALID on any of 3 nodes, with LISTEN: p99: 101.00 ms, promised is at most 100 ms",
                "the nodes, until the last VALID on any of 3 nodes, without LISTEN: p99: 301.00 ms, promised is at most 300 ms",
            ]
        );
    }

    #[test]
    fn the_tables_show_the_measurements() {
        let tables = tables(&measured(12, 98));
        assert!(tables.contains("| with LISTEN | 1 | 12.0 | 12.0 | 12.0 |"), "{tables}");
        assert!(tables.contains("| changes a second, 8 clients | 1,200 |"), "{tables}");
        assert!(
            tables.contains("| from start to ready with 1,000,000 keys | 2400 ms |"),
            "{tables}"
        );
    }
}
