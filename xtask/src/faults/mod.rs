//! `cargo xtask faults`: breaks nodes and their database in many ways, under load, and counts what is lost. It prints a table for
//! docs/RELIABILITY.md.

mod audit;
mod check;
mod clock;
mod cut;
mod database;
mod disk;
mod kill;
mod ledger;
mod load;
mod stop;
mod table;
mod trial;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use self::table::Row;
use self::trial::Trial;
use crate::nodes::database::Engine;
use crate::report::Report;
use crate::serve::{compile_server, set_up_and_make_site};

/// A fault that is tried.
#[derive(Debug)]
pub(crate) struct Scenario {
    /// Its word on the command line.
    name: &'static str,
    /// What is done, as in the table.
    title: &'static str,
    engines: &'static [Engine],
    run: fn(Engine, &Path) -> Result<Trial>,
}

const SCENARIOS: [&Scenario; 7] = [
    &kill::SCENARIO,
    &database::SCENARIO,
    &stop::SCENARIO,
    &cut::SCENARIO,
    &disk::SCENARIO,
    &clock::SCENARIO,
    &audit::SCENARIO,
];
/// The steps of building.
const BUILDING: usize = 4;
/// The fewest answers that all faults together have to see, if all are tried.
const ANSWERS: u64 = 1_000_000;

#[derive(Debug, Default)]
struct Arguments {
    /// The names of the scenarios; all, if there is none.
    names: Vec<String>,
    program: Option<PathBuf>,
}

pub(crate) fn faults(root: &Path, arguments: &[String]) -> Result<()> {
    let arguments = Arguments::read(arguments)?;
    let trials = arguments.trials();
    let building = if arguments.program.is_some() { 0 } else { BUILDING };
    let report = Report::new(building + trials.len());
    let program = if let Some(program) = &arguments.program {
        program.clone()
    } else {
        let (compiler, target) = set_up_and_make_site(root, &report)?;
        compile_server(root, &report, &compiler, &target)?
    };
    let mut rows = Vec::new();
    for (scenario, engine) in trials {
        let hint = format!("{}, {}", scenario.title, engine.name());
        let row = report.step(scenario.name, &hint, || Ok(try_out(scenario, engine, &program)))?;
        eprint!("{}", row.in_words());
        rows.push(row);
    }
    report.summary("Tried");
    writeln!(std::io::stdout(), "\n{}", table::of(&rows)).context("the table cannot be printed")?;
    let answers: u64 = rows.iter().map(|row| row.answers).sum();
    let wrong = rows.iter().filter(|row| !row.is_good()).count();
    ensure!(
        wrong == 0,
        "{wrong} of {} rows are not as promised, see above",
        rows.len()
    );
    ensure!(
        !arguments.names.is_empty() || answers >= ANSWERS,
        "only {answers} answers were counted, {ANSWERS} have to be"
    );
    Ok(())
}

fn try_out(scenario: &Scenario, engine: Engine, program: &Path) -> Row {
    match (scenario.run)(engine, program).and_then(Trial::finish) {
        Ok(row) => Row {
            fault: scenario.title,
            engine,
            ..row
        },
        Err(error) => Row::failed(scenario.title, engine, format!("{error:#}")),
    }
}

impl Arguments {
    fn read(arguments: &[String]) -> Result<Arguments> {
        let mut read = Arguments::default();
        let mut rest = arguments;
        while let [first, others @ ..] = rest {
            rest = match (first.as_str(), others) {
                ("--program", [path, others @ ..]) => {
                    read.program = Some(path.into());
                    others
                }
                (name, others) if SCENARIOS.iter().any(|scenario| scenario.name == name) => {
                    read.names.push(name.to_owned());
                    others
                }
                _ => {
                    let names: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
                    bail!("`{first}` is no fault: say {}, or nothing for all", names.join(", "));
                }
            };
        }
        Ok(read)
    }

    /// Each scenario on each of its databases.
    fn trials(&self) -> Vec<(&'static Scenario, Engine)> {
        let chosen = SCENARIOS
            .into_iter()
            .filter(|scenario| self.names.is_empty() || self.names.iter().any(|name| name == scenario.name));
        chosen
            .flat_map(|scenario| scenario.engines.iter().map(move |engine| (scenario, *engine)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Arguments> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Arguments::read(&arguments)
    }

    #[test]
    fn nothing_means_all() {
        assert_eq!(
            read("").unwrap().trials().len(),
            SCENARIOS.iter().map(|one| one.engines.len()).sum::<usize>()
        );
        assert_eq!(read("kill --program a/latchkey").unwrap().trials().len(), 2);
    }

    #[test]
    fn other_words_are_refused() {
        for line in ["quickly", "--program", "kill --seconds"] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
