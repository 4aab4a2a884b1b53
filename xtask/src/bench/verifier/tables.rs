//! The measurements as Markdown tables.

use super::flood::{Beside, Flood};
use super::one_thread::OneThread;
use super::promises::{self, Promise, megabytes};
use super::rows::Row;
use super::{Facts, Measured};
use crate::bench::numbers::{float, grouped, whole};

pub(crate) fn all(measured: &Measured) -> String {
    [
        load(measured),
        flood(measured),
        servers(measured.facts),
        promised(measured),
    ]
    .join("\n")
}

fn load(measured: &Measured) -> String {
    let rows = measured.questions.iter();
    let rows = rows.flat_map(|rows| [&rows.floor, &rows.few, &rows.many, &rows.all]);
    of_load(rows.chain(measured.one_thread.iter().flat_map(OneThread::rows)))
}

/// A table of rows under load.
pub(crate) fn of_load<'a>(rows: impl Iterator<Item = &'a Row>) -> String {
    table(
        &[
            "verifier",
            "requests/s",
            "p50, ms",
            "p99, ms",
            "processor time, µs",
            "resident, MB",
        ],
        rows.map(|row: &Row| {
            let per_second = row.spread(|sample| sample.per_second);
            vec![
                format!("{}: {}", row.question.name(), row.what),
                format!(
                    "{} ({}–{})",
                    whole(per_second.middle),
                    whole(per_second.least),
                    whole(per_second.most)
                ),
                row.spread(|sample| sample.p50).in_words(2),
                row.spread(|sample| sample.p99).in_words(2),
                row.cost().in_words(1),
                format!("{:.0}", megabytes(row.resident())),
            ]
        }),
    )
}

fn flood(measured: &Measured) -> String {
    let rows = measured.floods.iter().flat_map(|flood: &Flood| {
        let line = |what: &str, beside: &Beside| {
            vec![
                format!("{}: {what}", flood.question.name()),
                whole(beside.valid().middle),
                whole(beside.other().middle),
                beside.cost().in_words(1),
            ]
        };
        [
            line("as many valid ones", &flood.beside_valid),
            line("unknown tokens", &flood.beside_unknown),
        ]
    });
    table(
        &["valid requests beside", "valid/s", "the others/s", "processor time, µs"],
        rows,
    )
}

fn servers([few, many]: [Facts; 2]) -> String {
    let line = |what: &str, of: &dyn Fn(Facts) -> String| vec![what.to_owned(), of(few), of(many)];
    let keys = |facts: Facts| format!("{} keys", grouped(facts.keys.into()));
    table(
        &["server", &keys(few), &keys(many)],
        [
            line("making the keys", &|facts| {
                format!("{:.1} s", facts.made_in.as_secs_f64())
            }),
            line("keys made in a second", &|facts| {
                whole(float(facts.keys.into()) / facts.made_in.as_secs_f64())
            }),
            line("from start to ready", &|facts| {
                format!("{} ms", facts.ready_after.as_millis())
            }),
            line("resident memory at the end", &|facts| {
                format!("{:.0} MB", megabytes(facts.memory.resident))
            }),
            line("the most that was resident", &|facts| {
                format!("{:.0} MB", megabytes(facts.memory.peak))
            }),
        ]
        .into_iter(),
    )
}

fn promised(measured: &Measured) -> String {
    of_promises(promises::all(measured))
}

pub(crate) fn of_promises(promises: Vec<Promise>) -> String {
    let rows = promises.into_iter().map(|promise| {
        let kept = if promise.kept() { "" } else { ", not kept" };
        vec![
            promise.what.clone(),
            promise.measured_in_words(),
            format!("{}{kept}", promise.limit_in_words()),
        ]
    });
    table(&["promise", "measured", "promised"], rows)
}

/// The first column is text, the others are numbers.
pub(crate) fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let head = format!("| {} |\n|---|{}\n", head.join(" | "), "---:|".repeat(head.len() - 1));
    let rows = rows.map(|row| format!("| {} |\n", row.join(" | ")));
    std::iter::once(head).chain(rows).collect()
}

/// For tests: one kind of request, with all promises kept.
#[cfg(test)]
pub(crate) fn example() -> Measured {
    use std::time::Duration;

    use super::Rows;
    use super::question::Question;
    use super::rows::Sample;
    use super::stream::Cost;
    use crate::bench::process::Memory;

    let cost = |microseconds: f64| Cost {
        processor: Duration::from_secs_f64(microseconds / 1000.0),
        requests: 1_000,
    };
    let row = |what: &str, microseconds: f64| Row {
        question: Question::Verify,
        what: what.to_owned(),
        samples: [1.0, 0.9, 1.1]
            .map(|noise| Sample {
                per_second: 40_000.0 / noise,
                p50: 0.5 * noise,
                p99: 1.5 * noise,
                cost: cost(microseconds * noise),
                resident: 9_000_000,
            })
            .to_vec(),
    };
    let beside = |valid: f64, other: f64| Beside {
        valid: vec![valid],
        other: vec![other],
        costs: vec![cost(25.0)],
    };
    let facts = |keys, seconds| Facts {
        keys,
        made_in: Duration::from_secs(seconds),
        ready_after: Duration::from_millis(70),
        memory: Memory {
            resident: 9_000_000,
            peak: 10_000_000,
        },
    };
    Measured {
        questions: vec![Rows {
            floor: row("floor", 20.0),
            few: row("10,000 keys", 24.0),
            many: row("1,000,000 keys, 10,000 of them in rotation", 25.0),
            all: row("1,000,000 keys, all in rotation", 30.0),
        }],
        one_thread: vec![OneThread {
            plain: row("one thread, plain axum::serve", 10.0),
            floor: row("one thread, floor", 9.0),
            few: row("one thread, 10,000 keys", 12.0),
        }],
        floods: vec![Flood {
            question: Question::Verify,
            beside_valid: beside(10_000.0, 10_000.0),
            beside_unknown: beside(11_000.0, 12_000.0),
            growth: -1_000_000,
        }],
        facts: [facts(10_000, 1), facts(1_000_000, 100)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_medians_and_what_they_were_taken_of() {
        let table = load(&example());
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[1], "|---|---:|---:|---:|---:|---:|");
        assert_eq!(
            lines[2],
            "| verify: floor | 40,000 (36,364–44,444) | 0.50 (0.45–0.55) | 1.50 (1.35–1.65) | 20.0 (18.0–22.0) | 9 |"
        );
        assert_eq!(lines.len(), 9);
        assert!(
            lines[6].starts_with("| verify: one thread, plain axum::serve |"),
            "{table}"
        );
    }

    #[test]
    fn a_flood_stands_beside_as_many_valid_requests() {
        let table = flood(&example());
        assert!(
            table.contains("| verify: as many valid ones | 10,000 | 10,000 | 25.0 (25.0–25.0) |"),
            "{table}"
        );
        assert!(
            table.contains("| verify: unknown tokens | 11,000 | 12,000 | 25.0 (25.0–25.0) |"),
            "{table}"
        );
    }

    #[test]
    fn promises_stand_beside_what_was_measured() {
        let mut measured = example();
        measured.facts[1].ready_after = std::time::Duration::from_millis(3_500);
        let table = promised(&measured);
        assert!(
            table.contains("with 10,000 keys, by the floor's | 1.20 | at most 1.3 |"),
            "{table}"
        );
        assert!(
            table.contains("| from start to ready with 1,000,000 keys | 3.50 s | at most 3 s, not kept |"),
            "{table}"
        );
    }
}
