//! What the script has measured, read from its JSON.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::bench::numbers::Spread;

/// What Lighthouse says about a page, over several runs.
#[derive(Debug)]
pub(crate) struct Scores {
    /// Its path, or `a plain page`.
    pub(crate) page: String,
    /// `mobile` or `desktop`.
    pub(crate) form: String,
    /// From 0 to 100, as the other two scores.
    pub(crate) performance: Spread,
    pub(crate) accessibility: Spread,
    pub(crate) best_practices: Spread,
    pub(crate) layout_shift: Spread,
    /// Milliseconds, as the next two.
    pub(crate) first_paint: Spread,
    pub(crate) largest_paint: Spread,
    pub(crate) blocked: Spread,
    /// Lighthouse's figure for the speed of the machine.
    pub(crate) machine: Spread,
    /// The audits that failed in any run.
    pub(crate) failed: Vec<String>,
}

/// Bytes that were transferred, including the heads of the answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes {
    pub(crate) page: f64,
    pub(crate) style: f64,
    pub(crate) scripts: f64,
    pub(crate) wasm: f64,
    /// The icon, answers to scripts, and the live stream.
    pub(crate) others: f64,
}

#[derive(Debug)]
pub(crate) struct Weight {
    pub(crate) rows: f64,
    pub(crate) elements: f64,
    /// With an empty cache, and once more in the same browser.
    pub(crate) first: Bytes,
    pub(crate) second: Bytes,
}

/// First loads on a slow phone and a slow line. Milliseconds since the person has asked for the page.
#[derive(Debug)]
pub(crate) struct SlowLoads {
    pub(crate) painted: Spread,
    pub(crate) wasm: Spread,
    pub(crate) hydrated: Spread,
    /// From the last byte of the WASM until the page was hydrated.
    pub(crate) starting: Spread,
}

/// Milliseconds. All are NaN if no palette opened.
#[derive(Debug)]
pub(crate) struct Palette {
    /// The first time on a page, and once more on the same page.
    pub(crate) first: Spread,
    pub(crate) again: Spread,
    /// What was typed, and the time until an entry stood there that answers it.
    pub(crate) answers: Vec<(String, Spread)>,
}

impl Scores {
    pub(super) fn read_all(json: &Value) -> Result<Vec<Scores>> {
        list(json)?.iter().map(Scores::read).collect()
    }

    fn read(json: &Value) -> Result<Scores> {
        let runs = list(&json["runs"])?;
        let spread = |field: &str| spread(runs, field);
        let failed = list(&json["failed"])?.iter().map(text).collect::<Result<_>>()?;
        Ok(Scores {
            page: text(&json["page"])?,
            form: text(&json["form"])?,
            performance: spread("performance"),
            accessibility: spread("accessibility"),
            best_practices: spread("bestPractices"),
            layout_shift: spread("layoutShift"),
            first_paint: spread("firstPaint"),
            largest_paint: spread("largestPaint"),
            blocked: spread("blocked"),
            machine: spread("machine"),
            failed,
        })
    }
}

impl Bytes {
    fn read(json: &Value) -> Bytes {
        Bytes {
            page: number(&json["page"]),
            style: number(&json["style"]),
            scripts: number(&json["scripts"]),
            wasm: number(&json["wasm"]),
            others: number(&json["others"]),
        }
    }

    pub(super) fn sum(self) -> f64 {
        let Bytes {
            page,
            style,
            scripts,
            wasm,
            others,
        } = self;
        page + style + scripts + wasm + others
    }
}

impl Weight {
    pub(super) fn read(json: &Value) -> Result<Weight> {
        ensure!(json.is_object(), "pages.js did not print what /keys weighs");
        Ok(Weight {
            rows: number(&json["rows"]),
            elements: number(&json["elements"]),
            first: Bytes::read(&json["first"]),
            second: Bytes::read(&json["second"]),
        })
    }
}

impl SlowLoads {
    pub(super) fn read(json: &Value) -> Result<SlowLoads> {
        let loads = list(json)?;
        let starting = loads
            .iter()
            .map(|load| number(&load["hydrated"]) - number(&load["wasm"]));
        Ok(SlowLoads {
            painted: spread(loads, "painted"),
            wasm: spread(loads, "wasm"),
            hydrated: spread(loads, "hydrated"),
            starting: Spread::of(starting),
        })
    }
}

impl Palette {
    pub(super) fn read(json: &Value) -> Result<Palette> {
        let spread = |times: &Value| Ok::<_, anyhow::Error>(Spread::of(list(times)?.iter().map(number)));
        let answers = json["answers"].as_object().context("pages.js did not print answers")?;
        let answer = |(typed, times): (&String, &Value)| Ok::<_, anyhow::Error>((typed.clone(), spread(times)?));
        Ok(Palette {
            first: spread(&json["first"])?,
            again: spread(&json["again"])?,
            answers: answers.iter().map(answer).collect::<Result<_>>()?,
        })
    }
}

/// The values of a field in all these objects.
fn spread(objects: &[Value], field: &str) -> Spread {
    Spread::of(objects.iter().map(|object| number(&object[field])))
}

/// JSON has no NaN: JavaScript writes `null` for it.
fn number(json: &Value) -> f64 {
    json.as_f64().unwrap_or(f64::NAN)
}

fn list(json: &Value) -> Result<&Vec<Value>> {
    json.as_array()
        .context("pages.js did not print a list where one belongs")
}

fn text(json: &Value) -> Result<String> {
    let text = json
        .as_str()
        .context("pages.js did not print a text where one belongs")?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scores_are_read_over_all_runs() {
        let run = |performance: u32| json!({"performance": performance, "layoutShift": null});
        let read =
            json!([{"page": "/keys", "form": "mobile", "runs": [run(91), run(97), run(95)], "failed": ["label"]}]);
        let scores = Scores::read_all(&read).unwrap().remove(0);
        assert_eq!(scores.performance.in_words(0), "95 (91–97)");
        assert!(scores.layout_shift.middle.is_nan() && scores.accessibility.middle.is_nan());
        assert_eq!(scores.failed, ["label"]);
        Scores::read_all(&json!([{"page": "/keys", "form": "mobile"}])).unwrap_err();
    }

    #[test]
    fn the_start_is_measured_in_each_load_by_itself() {
        let load = |wasm: u32, hydrated: u32| json!({"painted": 900, "wasm": wasm, "hydrated": hydrated});
        let loads = SlowLoads::read(&json!([load(2_000, 3_000), load(4_000, 4_500), load(2_500, 3_200)])).unwrap();
        assert_eq!(loads.starting.in_words(0), "700 (500–1000)");
        assert_eq!(loads.hydrated.in_words(0), "3200 (3000–4500)");
    }

    #[test]
    fn bytes_add_up() {
        let bytes = json!({"page": 1, "style": 20, "scripts": 300, "wasm": 4_000, "others": 50_000});
        let weight = json!({"rows": 50, "elements": 900, "first": bytes, "second": {"page": 1}});
        let weight = Weight::read(&weight).unwrap();
        assert!((weight.first.sum() - 54_321.0).abs() < 0.1);
        assert!(weight.second.sum().is_nan(), "what is missing is not nothing");
    }

    #[test]
    fn a_palette_that_does_not_open_has_no_times() {
        let palette = Palette::read(&json!({"first": [], "again": [], "answers": {"shop": []}})).unwrap();
        assert!(palette.first.middle.is_nan());
        assert_eq!(palette.answers.len(), 1);
        Palette::read(&json!({"first": []})).unwrap_err();
    }
}
