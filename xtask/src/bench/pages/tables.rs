//! The measurements as Markdown tables.

use super::Measured;
use super::measured::{Bytes, Scores, Weight};
use super::promises::{self, kilobytes};
use crate::bench::numbers::{Spread, grouped, whole};
use crate::bench::verifier::tables::{of_promises, table};

pub(super) fn all(measured: &Measured) -> String {
    [
        scores(&measured.scores),
        weight(&measured.weight),
        times(measured),
        of_promises(promises::all(measured)),
    ]
    .join("\n")
}

fn scores(all: &[Scores]) -> String {
    let rows = all.iter().map(|scores| {
        let failed = match scores.failed.join(", ") {
            none if none.is_empty() => "–".to_owned(),
            failed => failed,
        };
        vec![
            format!("{}, {}", scores.page, scores.form),
            scores.performance.in_words(0),
            scores.accessibility.in_words(0),
            scores.best_practices.in_words(0),
            scores.layout_shift.in_words(3),
            scores.first_paint.in_words(0),
            scores.largest_paint.in_words(0),
            scores.blocked.in_words(0),
            scores.machine.in_words(0),
            failed,
        ]
    });
    table(
        &[
            "Lighthouse",
            "performance",
            "accessibility",
            "best practices",
            "layout shift",
            "first paint, ms",
            "largest paint, ms",
            "blocked, ms",
            "speed of the machine",
            "failed audits",
        ],
        rows,
    )
}

fn weight(weight: &Weight) -> String {
    let head = format!("/keys with {:.0} rows, KB", weight.rows);
    let line = |what: &str, of: fn(Bytes) -> f64| {
        let [first, second] = [weight.first, weight.second].map(|bytes| format!("{:.1}", kilobytes(of(bytes))));
        vec![what.to_owned(), first, second]
    };
    let rows = [
        line("the page itself", |bytes| bytes.page),
        line("style sheet", |bytes| bytes.style),
        line("scripts", |bytes| bytes.scripts),
        line("WASM", |bytes| bytes.wasm),
        line("all others", |bytes| bytes.others),
        line("in all", Bytes::sum),
    ];
    let bytes = table(&[&head, "first load", "second load"], rows.into_iter());
    let elements = vec!["elements".to_owned(), whole(weight.elements)];
    let elements = table(&["/keys", "measured"], std::iter::once(elements));
    [bytes, elements].join("\n")
}

fn times(measured: &Measured) -> String {
    let line = |what: &str, time: Spread| vec![what.to_owned(), time.in_words(0)];
    let slow = &measured.slow;
    let loads = table(
        &["first load of /keys on a slow phone", "ms"],
        [
            line("until something is drawn", slow.painted),
            line("until the WASM has arrived", slow.wasm),
            line("from then until it is hydrated", slow.starting),
            line("until it is hydrated, in all", slow.hydrated),
        ]
        .into_iter(),
    );
    let palette = &measured.palette;
    let head = format!("the command palette, {} keys", grouped(measured.keys.into()));
    let opens = [
        line("opens, the first time on a page", palette.first),
        line("opens again", palette.again),
    ];
    let answers = palette.answers.iter();
    let answers = answers.map(|(typed, time)| line(&format!("answers “{typed}”"), *time));
    let palette = table(&[&head, "ms"], opens.into_iter().chain(answers));
    [loads, palette].join("\n")
}

/// For tests: one page beside a plain one, with all promises kept.
#[cfg(test)]
pub(super) fn example() -> Measured {
    use super::measured::{Palette, SlowLoads};

    let one = |value: f64| Spread::of([value]);
    let scores = |page: &str, form: &str, performance: f64| Scores {
        page: page.to_owned(),
        form: form.to_owned(),
        performance: one(performance),
        accessibility: one(100.0),
        best_practices: one(100.0),
        layout_shift: one(0.0),
        first_paint: one(900.0),
        largest_paint: one(1_100.0),
        blocked: one(40.0),
        machine: one(1_200.0),
        failed: Vec::new(),
    };
    let bytes = |page, wasm| Bytes {
        page,
        style: 0.0,
        scripts: 0.0,
        wasm,
        others: 0.0,
    };
    Measured {
        weight: Weight {
            rows: 50.0,
            elements: 1_200.0,
            first: bytes(20_000.0, 230_000.0),
            second: bytes(20_000.0, 0.0),
        },
        slow: SlowLoads {
            painted: one(1_000.0),
            wasm: one(2_000.0),
            hydrated: one(3_000.0),
            starting: one(1_000.0),
        },
        keys: 100_000,
        palette: Palette {
            first: one(50.0),
            again: one(30.0),
            answers: vec![("shop".to_owned(), one(100.0))],
        },
        scores: vec![
            scores("a plain page", "mobile", 80.0),
            scores("/keys", "mobile", 90.0),
            scores("/keys", "desktop", 98.0),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stands_beside_a_plain_one() {
        let mut measured = example();
        measured.scores[1].failed = vec!["label".to_owned(), "region".to_owned()];
        let table = scores(&measured.scores);
        assert!(
            table.contains("| a plain page, mobile | 80 (80–80) | 100 (100–100) |"),
            "{table}"
        );
        assert!(table.contains("| 1200 (1200–1200) | label, region |"), "{table}");
        assert!(table.contains("| /keys, desktop | 98 (98–98) |"), "{table}");
    }

    #[test]
    fn what_is_transferred_adds_up() {
        let table = weight(&example().weight);
        assert!(
            table.contains("| /keys with 50 rows, KB | first load | second load |"),
            "{table}"
        );
        assert!(table.contains("| WASM | 230.0 | 0.0 |"), "{table}");
        assert!(table.contains("| in all | 250.0 | 20.0 |"), "{table}");
        assert!(table.contains("| elements | 1,200 |"), "{table}");
    }

    #[test]
    fn times_have_their_tables() {
        let tables = times(&example());
        assert!(
            tables.contains("| from then until it is hydrated | 1000 (1000–1000) |"),
            "{tables}"
        );
        assert!(
            tables.contains("| the command palette, 100,000 keys | ms |"),
            "{tables}"
        );
        assert!(tables.contains("| answers “shop” | 100 (100–100) |"), "{tables}");
    }
}
