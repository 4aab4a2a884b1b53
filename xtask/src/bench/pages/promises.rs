//! The promises for the console's pages. docs/PERFORMANCE.md lists the same limits.

use super::Measured;
use super::measured::Scores;
use crate::bench::numbers::grouped;
use crate::bench::verifier::promises::{Limit, Promise, not_kept};

/// The least that Lighthouse says about performance.
const MOBILE_PERFORMANCE: f64 = 90.0;
const DESKTOP_PERFORMANCE: f64 = 98.0;
/// What Lighthouse says at most, promised for accessibility and for best practices.
const FULL: f64 = 100.0;
/// Kilobytes that `/keys` transfers with 50 rows: with an empty cache, and once more.
const FIRST_LOAD: f64 = 260.0;
const SECOND_LOAD: f64 = 20.0;
const ELEMENTS: f64 = 1_200.0;
/// Seconds from the last byte of the WASM until the page is hydrated, on a slow phone.
const STARTING: f64 = 1.5;
/// Milliseconds until the command palette is drawn, and until it shows an answer.
const OPENS: f64 = 50.0;
const ANSWERS: f64 = 100.0;

pub(super) fn broken(measured: &Measured) -> Vec<String> {
    not_kept("the pages", all(measured))
}

pub(super) fn all(measured: &Measured) -> Vec<Promise> {
    let most = |what: &str, value, limit, unit| Promise::new(what, value, Limit::AtMost(limit), unit);
    let weight = &measured.weight;
    let mut promises = vec![
        most("/keys: first load", kilobytes(weight.first.sum()), FIRST_LOAD, " KB"),
        most("/keys: second load", kilobytes(weight.second.sum()), SECOND_LOAD, " KB"),
        most("/keys: elements", weight.elements, ELEMENTS, ""),
        most(
            "/keys on a slow phone: from the WASM until it is hydrated",
            measured.slow.starting.middle / 1000.0,
            STARTING,
            " s",
        ),
        most(
            "the palette opens, the first time",
            measured.palette.first.middle,
            OPENS,
            " ms",
        ),
        most("the palette opens again", measured.palette.again.middle, OPENS, " ms"),
    ];
    let keys = grouped(measured.keys.into());
    promises.extend(measured.palette.answers.iter().map(|(typed, time)| {
        let what = format!("the palette answers “{typed}” with {keys} keys");
        most(&what, time.middle, ANSWERS, " ms")
    }));
    let pages = measured.scores.iter().filter(|scores| scores.page.starts_with('/'));
    promises.extend(pages.flat_map(of_page));
    promises
}

fn of_page(scores: &Scores) -> Vec<Promise> {
    let Scores { page, form, .. } = scores;
    let promise = |what: &str, value, limit| Promise::new(format!("{page}, {form}: {what}"), value, limit, "");
    let performance = |least| promise("performance", scores.performance.middle, Limit::AtLeast(least));
    if form == "desktop" {
        return vec![performance(DESKTOP_PERFORMANCE)];
    }
    vec![
        performance(MOBILE_PERFORMANCE),
        promise("accessibility", scores.accessibility.middle, Limit::AtLeast(FULL)),
        promise("best practices", scores.best_practices.middle, Limit::AtLeast(FULL)),
        promise("layout shift", scores.layout_shift.middle, Limit::AtMost(0.0)),
    ]
}

pub(super) fn kilobytes(bytes: f64) -> f64 {
    bytes / 1000.0
}

#[cfg(test)]
mod tests {
    use super::super::tables::example;
    use super::*;
    use crate::bench::numbers::Spread;

    #[test]
    fn kept_promises_are_not_named() {
        assert_eq!(broken(&example()), [""; 0]);
    }

    #[test]
    fn each_broken_promise_is_named() {
        let mut measured = example();
        measured.weight.first.wasm += 30_000.0;
        measured.weight.second.page = 20_001.0;
        measured.weight.elements = 1_201.0;
        measured.slow.starting = Spread::of([1_600.0]);
        measured.palette.again = Spread::of([]);
        measured.palette.answers[0].1 = Spread::of([101.0]);
        for scores in &mut measured.scores {
            scores.performance = Spread::of([89.0]);
            scores.accessibility = Spread::of([99.0]);
            scores.layout_shift = Spread::of([0.01]);
        }
        assert_eq!(
            broken(&measured),
            [
                "the pages, /keys: first load: 280.00 KB, promised is at most 260 KB",
                "the pages, /keys: second load: 20.00 KB, promised is at most 20 KB",
                "the pages, /keys: elements: 1201.00, promised is at most 1200",
                "the pages, /keys on a slow phone: from the WASM until it is hydrated: 1.60 s, promised is at most 1.5 s",
                "the pages, the palette opens again: NaN ms, promised is at most 50 ms",
                "the pages, the palette answers “shop” with 100,000 keys: 101.00 ms, promised is at most 100 ms",
                "the pages, /keys, mobile: performance: 89.00, promised is at least 90",
                "the pages, /keys, mobile: accessibility: 99.00, promised is at least 100",
                "the pages, /keys, mobile: layout shift: 0.01, promised is at most 0",
                "the pages, /keys, desktop: performance: 89.00, promised is at least 98",
            ]
        );
    }
}
