//! The promises for the verifier. docs/PERFORMANCE.md lists the same limits.

use super::Measured;
use super::question::Question;
use crate::bench::numbers::{float, grouped};

/// The highest ratio of the processor time per request to that of the floor.
const CPU: f64 = 1.3;
/// The highest ratio of the processor time per request, with one worker thread, to that of the plain floor.
const VERIFY_BY_PLAIN: f64 = 1.25;
const AUTHORIZE_BY_PLAIN: f64 = 1.15;
/// The highest ratio of the 99th percentile to that of the floor.
const P99: f64 = 1.5;
/// The highest ratio of the processor time per request with many keys to that with few.
const MANY: f64 = 1.1;
/// Seconds until many keys are made, and until a server with them is ready.
const MAX_CREATION_SECONDS: f64 = 120.0;
const MAX_START_SECONDS: f64 = 3.0;
/// The most resident memory in megabytes, also under load.
const MAX_RESIDENT_MB: f64 = 250.0;
/// The least share of valid requests beside as many others. Half would be fair; a tenth of that is allowed for noise.
const SHARE: f64 = 0.45;
/// The most that a flood may change resident memory, in megabytes. The allocator does not return all of it.
const GROWTH: f64 = 4.0;

#[derive(Debug)]
pub(crate) struct Promise {
    pub(crate) what: String,
    pub(crate) measured: f64,
    pub(crate) limit: Limit,
    unit: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Promise {
    pub(crate) fn new(what: impl Into<String>, measured: f64, limit: Limit, unit: &'static str) -> Promise {
        Promise {
            what: what.into(),
            measured,
            limit,
            unit,
        }
    }

    pub(crate) fn kept(&self) -> bool {
        // NaN keeps no promise.
        match self.limit {
            Limit::AtMost(most) => self.measured <= most,
            Limit::AtLeast(least) => self.measured >= least,
        }
    }

    pub(crate) fn measured_in_words(&self) -> String {
        format!("{:.2}{}", self.measured, self.unit)
    }

    pub(crate) fn limit_in_words(&self) -> String {
        match self.limit {
            Limit::AtMost(most) => format!("at most {most}{}", self.unit),
            Limit::AtLeast(least) => format!("at least {least}{}", self.unit),
        }
    }
}

pub(crate) fn broken(measured: &Measured) -> Vec<String> {
    not_kept("the verifier", all(measured))
}

/// A sentence for each promise that was not kept.
pub(crate) fn not_kept(part: &str, promises: Vec<Promise>) -> Vec<String> {
    let broken = promises.into_iter().filter(|promise| !promise.kept());
    let sentence = |promise: Promise| {
        format!(
            "{part}, {}: {}, promised is {}",
            promise.what,
            promise.measured_in_words(),
            promise.limit_in_words()
        )
    };
    broken.map(sentence).collect()
}

pub(crate) fn all(measured: &Measured) -> Vec<Promise> {
    let promise = |what: String, measured, limit, unit| Promise::new(what, measured, limit, unit);
    let [few, many] = measured.facts;
    let [few_keys, many_keys] = [few, many].map(|facts| format!("{} keys", grouped(facts.keys.into())));
    let mut promises = Vec::new();
    for rows in &measured.questions {
        let name = rows.few.question.name();
        let cost = rows.few.cost().middle / rows.floor.cost().middle;
        let [p99, p99_of_floor] = [&rows.few, &rows.floor].map(|row| row.spread(|sample| sample.p99).middle);
        promises.extend([
            promise(
                format!("{name}: processor time with {few_keys}, by the floor's"),
                cost,
                Limit::AtMost(CPU),
                "",
            ),
            promise(
                format!("{name}: p99 with {few_keys}, by the floor's"),
                p99 / p99_of_floor,
                Limit::AtMost(P99),
                "",
            ),
            promise(
                format!("{name}: processor time with {many_keys}, by that with {few_keys}"),
                rows.many.cost().middle / rows.few.cost().middle,
                Limit::AtMost(MANY),
                "",
            ),
        ]);
    }
    for rows in &measured.one_thread {
        let question = rows.few.question;
        let most = match question {
            Question::Verify => VERIFY_BY_PLAIN,
            Question::Authorize => AUTHORIZE_BY_PLAIN,
        };
        promises.push(promise(
            format!(
                "{}: processor time with one thread and {few_keys}, by that of a plain axum::serve",
                question.name()
            ),
            rows.by_plain(),
            Limit::AtMost(most),
            "",
        ));
    }
    for flood in &measured.floods {
        let name = flood.question.name();
        promises.extend([
            promise(
                format!("{name}: share of valid requests in a flood of unknown tokens"),
                flood.share(),
                Limit::AtLeast(SHARE),
                "",
            ),
            promise(
                format!("{name}: memory that the flood left taken"),
                megabytes_signed(flood.growth),
                Limit::AtMost(GROWTH),
                " MB",
            ),
        ]);
    }
    let rows = measured.questions.iter().flat_map(|rows| [&rows.many, &rows.all]);
    let resident = rows.map(super::Row::resident).max().unwrap_or_default();
    promises.extend([
        promise(
            format!("making {many_keys}"),
            many.made_in.as_secs_f64(),
            Limit::AtMost(MAX_CREATION_SECONDS),
            " s",
        ),
        promise(
            format!("from start to ready with {many_keys}"),
            many.ready_after.as_secs_f64(),
            Limit::AtMost(MAX_START_SECONDS),
            " s",
        ),
        promise(
            format!("resident memory with {many_keys}, the most after any load"),
            megabytes(resident),
            Limit::AtMost(MAX_RESIDENT_MB),
            " MB",
        ),
    ]);
    promises
}

pub(crate) fn megabytes(bytes: u64) -> f64 {
    float(bytes) / 1_000_000.0
}

fn megabytes_signed(bytes: i64) -> f64 {
    megabytes(bytes.unsigned_abs()) * if bytes < 0 { -1.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::super::tables::example;
    use super::*;

    #[test]
    fn all_promises_of_the_example_are_kept() {
        let measured = example();
        assert_eq!(broken(&measured), Vec::<String>::new());
        assert_eq!(all(&measured).len(), 9);
    }

    #[test]
    fn each_promise_can_be_broken() {
        let mut measured = example();
        for rows in &mut measured.questions {
            for sample in &mut rows.few.samples {
                sample.p99 = 100.0;
                sample.cost.processor *= 3;
            }
            for sample in &mut rows.many.samples {
                sample.cost.processor *= 6;
            }
            for sample in &mut rows.all.samples {
                sample.resident = 251_000_000;
            }
        }
        for rows in &mut measured.one_thread {
            for sample in &mut rows.few.samples {
                sample.cost.processor *= 2;
            }
        }
        for flood in &mut measured.floods {
            flood.growth = 5_000_000;
            std::mem::swap(&mut flood.beside_valid, &mut flood.beside_unknown);
        }
        measured.facts[1].made_in = std::time::Duration::from_secs(121);
        measured.facts[1].ready_after = std::time::Duration::from_millis(3_001);
        assert_eq!(broken(&measured).len(), all(&measured).len(), "{:#?}", all(&measured));
    }

    #[test]
    fn a_missing_measurement_keeps_no_promise() {
        let mut measured = example();
        measured.questions[0].few.samples.clear();
        assert_eq!(broken(&measured).len(), 3);
    }

    #[test]
    fn a_broken_promise_says_by_how_much() {
        let mut measured = example();
        measured.facts[1].made_in = std::time::Duration::from_secs(150);
        assert_eq!(
            broken(&measured),
            ["the verifier, making 1,000,000 keys: 150.00 s, promised is at most 120 s"]
        );
    }
}
