//! The project's only build logic: `cargo xtask serve | build | test | advisories | fuzz | bench`.

mod bench;
mod cache;
mod command;
mod dependencies;
mod fuzz;
mod report;
mod serve;
mod server;
mod setup;
mod site;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  serve [ARGUMENTS…]     set up what is missing, build, and run `latchkey serve ARGUMENTS…`
  build                  set up what is missing and build target/release/latchkey
  test                   set up what is missing and run every check
  test --lint-only       only formatting, dependencies, clippy and the type check of the browser tests
  test --rust-only […]   only the Rust tests; what follows goes to cargo-nextest or `cargo test`, such as a name
  test --e2e-only […]    only the browser tests; what follows goes to Playwright, such as -g \"a part of a name\"
  advisories             ask RustSec's and npm's databases for known vulnerabilities; needs the internet
  fuzz [CASES]           the property tests of what strangers send, with a million cases each
  bench                  set up what is missing, build, and measure the list, the verifier and the console
  bench list             only the list, with few keys and with many
  bench verifier         only the verifier, beside a floor; --seconds N is for each row, rather than 15
  bench console          only a gateway beside a busy console; --keys N is the number of keys
  bench PART --keys A B  with A keys and with B, rather than with the numbers in docs/PERFORMANCE.md
  bench … --program PATH [--floor PATH]
                         measure what is built already; the floor is for the verifier

What was compiled and set up is kept in ${XDG_CACHE_HOME:-~/.cache}/latchkey, for every checkout of this user.";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next();
    let arguments: Vec<String> = arguments.collect();
    let root = root()?;
    match (command.as_deref(), arguments.as_slice()) {
        (Some("serve"), _) => serve::serve(&root, &arguments),
        (Some("build"), []) => serve::build(&root),
        (Some("test"), _) => test::test(&root, &arguments),
        (Some("advisories"), []) => dependencies::ask_databases(&root),
        (Some("fuzz"), _) => fuzz::fuzz(&root, &arguments),
        (Some("bench"), _) => bench::bench(&root, &arguments),
        (None | Some("help" | "--help" | "-h"), []) => {
            eprintln!("{USAGE}");
            Ok(())
        }
        _ => bail!("there is no such command; `cargo xtask help` lists them"),
    }
}

/// The checkout's root: where this program was compiled from.
fn root() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask is not inside a checkout")?;
    Ok(root.to_path_buf())
}
