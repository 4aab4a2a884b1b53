//! `cargo xtask bench`: measures performance. It prints Markdown tables for docs/PERFORMANCE.md.

mod api;
mod arguments;
mod console;
mod customers;
mod list;
mod nodes;
pub(crate) mod numbers;
mod pages;
pub(crate) mod process;
pub(crate) mod server;
pub(crate) mod verifier;

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use self::arguments::{Arguments, Programs};
use crate::report::Report;
use crate::serve::{compile_server, set_up_and_make_site};
use crate::server::compile_floor;

/// The result of one part.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Tables in Markdown.
    pub(crate) tables: String,
    /// A sentence for each promise that was not kept.
    pub(crate) broken: Vec<String>,
}

pub(crate) fn bench(root: &Path, arguments: &[String]) -> Result<()> {
    let asked = Arguments::read(arguments)?;
    let report = Report::new(asked.steps());
    let programs = match &asked.programs {
        Some(ready) => ready.clone(),
        None => build(root, &asked, &report)?,
    };
    let mut outcomes = Vec::new();
    if let Some(sizes) = asked.list {
        outcomes.push(list::measure(&programs.latchkey, sizes, &report)?);
    }
    if let (Some(load), Some(floor)) = (asked.verifier, &programs.floor) {
        outcomes.push(verifier::measure(&programs.latchkey, floor, load, &report)?);
    }
    if let Some(keys) = asked.console {
        outcomes.push(console::measure(&programs.latchkey, keys, &report)?);
    }
    if asked.api {
        outcomes.push(api::measure(&programs.latchkey, &report)?);
    }
    if let Some(keys) = asked.customers {
        outcomes.push(customers::measure(&programs.latchkey, keys, &report)?);
    }
    if let Some(keys) = asked.nodes {
        outcomes.push(nodes::measure(&programs.latchkey, keys, &report)?);
    }
    if let Some(keys) = asked.pages {
        outcomes.push(pages::measure(root, &programs.latchkey, keys, &report)?);
    }
    report.summary("Measured");
    for outcome in &outcomes {
        writeln!(std::io::stdout(), "\n{}", outcome.tables).context("the tables cannot be printed")?;
    }
    let broken: Vec<String> = outcomes.into_iter().flat_map(|outcome| outcome.broken).collect();
    ensure!(broken.is_empty(), "not kept:\n- {}", broken.join("\n- "));
    Ok(())
}

fn build(root: &Path, asked: &Arguments, report: &Report) -> Result<Programs> {
    let (compiler, target) = set_up_and_make_site(root, report)?;
    let latchkey = compile_server(root, report, &compiler, &target)?;
    let floor = match asked.verifier {
        Some(_) => Some(report.step("Building the floor", "", || compile_floor(root, &compiler, &target))?),
        None => None,
    };
    // The lock on the target folder is released, since measuring takes a while and other checkouts may want to build.
    drop(target);
    Ok(Programs { latchkey, floor })
}
