//! Measures the console's pages in Chromium: what Lighthouse says about them, what `/keys` weighs, how long it takes on a slow phone, and
//! how quickly the command palette answers. The measuring itself is in `end2end/bench`.

mod data;
mod measured;
mod promises;
mod script;
mod tables;

use std::path::Path;

use anyhow::Result;

use self::measured::{Palette, Scores, SlowLoads, Weight};
use super::Outcome;
use super::list::keys;
use crate::report::Report;
use crate::setup::{browser, node};

/// The number of keys in which the command palette searches.
pub(crate) const KEYS: u32 = 100_000;

#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) weight: Weight,
    pub(crate) slow: SlowLoads,
    /// The keys and the customers in which the palette searches.
    pub(crate) keys: u32,
    pub(crate) palette: Palette,
    /// A plain page and the console's pages, on a phone and on a desktop.
    pub(crate) scores: Vec<Scores>,
}

pub(crate) fn measure(root: &Path, program: &Path, keys: u32, report: &Report) -> Result<Outcome> {
    report.step("Setting up Chromium and Lighthouse", "", || {
        browser::ensure_chromium()?;
        node::ensure(root)?;
        node::ensure_lighthouse(root)
    })?;
    let server = report.step("Starting a server with data as a team has them", "", || {
        data::start(program)
    })?;
    let (weight, slow) = report.step("Loading the list of keys", "half a minute", || {
        let weight = Weight::read(&script::run(root, "weight", &server)?)?;
        let slow = SlowLoads::read(&script::run(root, "slow", &server)?)?;
        Ok((weight, slow))
    })?;
    let palette = report.step("Measuring the command palette", "2 minutes", || {
        let server = keys::make(program, keys)?.data.serve_and_log_in()?;
        Palette::read(&script::run(root, "palette", &server)?)
    })?;
    let scores = report.step("Asking Lighthouse about the pages", "about 15 minutes", || {
        Scores::read_all(&script::run(root, "scores", &server)?)
    })?;
    let measured = Measured {
        weight,
        slow,
        keys,
        palette,
        scores,
    };
    Ok(Outcome {
        tables: tables::all(&measured),
        broken: promises::broken(&measured),
    })
}
