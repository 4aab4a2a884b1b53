//! `cargo xtask screenshots`: takes pictures of every screen and state of the real program, for docs/pictures. Playwright does it, see
//! `end2end/screenshots`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::command::run;
use crate::postgres::Postgres;
use crate::report::Report;
use crate::serve::set_up_and_make_site;
use crate::server;
use crate::setup::{browser, faketime, node};

/// The steps of building.
const BUILDING: usize = 5;

pub(crate) fn screenshots(root: &Path, arguments: &[String]) -> Result<()> {
    let (built, names) = match arguments {
        [option, path, names @ ..] if option == "--program" => (Some(path), names),
        names => (None, names),
    };
    ensure!(
        names.iter().all(|name| !name.starts_with('-')),
        "`screenshots` has no such option; `cargo xtask help` lists what it has"
    );
    let building = if built.is_some() { 0 } else { BUILDING };
    let report = Report::new(building + 2);
    let program = if let Some(path) = built {
        Path::new(path)
            .canonicalize()
            .with_context(|| format!("there is no program {path}"))?
    } else {
        build(root, &report)?
    };
    // Two pictures show what happens while the database is away, which is on PostgreSQL for them.
    let postgres = report.step(
        "Starting PostgreSQL",
        "on a new machine about 1 minute",
        Postgres::start,
    )?;
    report.step("Filling a database and taking pictures", "about 8 minutes", || {
        node::ensure(root)?;
        browser::ensure()?;
        let library = faketime::ensure("set the clock of the program in the pictures")?;
        let mut playwright = node::tool(root, "playwright");
        playwright.args(["test", "--config", "screenshots.config.ts"]);
        if !names.is_empty() {
            playwright.args(["--grep", &names.join("|")]);
        }
        run(playwright
            .current_dir(root.join("end2end"))
            .env("LATCHKEY_BIN", &program)
            .env("LATCHKEY_TEST_DATABASE_URL", postgres.url())
            .env("LATCHKEY_FAKETIME", library))
    })?;
    report.summary("The pictures are in docs/pictures");
    Ok(())
}

/// Builds what people get, but in the profile of the server that compiles fast.
fn build(root: &Path, report: &Report) -> Result<PathBuf> {
    let (compiler, target) = set_up_and_make_site(root, report)?;
    report.step("Building the server", "a first build takes about 3 minutes", || {
        server::compile_for_development(root, &compiler, &target)
    })
}
