//! The project's only build logic: `cargo xtask serve | dev | build | package | test | screenshots | postgres | advisories | fuzz |
//! bench | faults`.

mod api;
mod bench;
mod cache;
mod clients;
mod command;
mod dependencies;
mod faults;
mod fuzz;
mod log_in;
mod nodes;
mod package;
mod postgres;
mod report;
mod screenshots;
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
  dev [ARGUMENTS…]       as serve, with builds that take seconds and run slower: to change something and see it
  build                  set up what is missing, and build target/release/latchkey
  package                as build, and make a Debian package of it in target
  package --check        install, upgrade and remove the package in a container, too; as root
  test                   set up what is missing, and run all checks
  test --lint-only       run only the checks of formatting, dependencies, clippy and TypeScript
  test --rust-only […]   run only the Rust tests; further arguments go to cargo-nextest or `cargo test`, such as a name
  test --clients-only    run only the tests of the clients for TypeScript, Python and Rust
  test --clients-only --update-types
                         generate the types of the client for TypeScript anew, too
  test --api-only […]    ask the management API at random with thousands of requests; further arguments go to schemathesis
  test --package-only    make a Debian package of the tests' programs, and install and remove it in a container; as root
  test --e2e-only […]    run only the browser tests; further arguments go to Playwright, such as -g \"part of a name\"
  screenshots [NAME…]    set up what is missing, build, and take the pictures in docs/pictures: all, or those whose names contain
                         one of these words
  screenshots --program PATH [NAME…]
                         take them of a program that is already built
  advisories             query the databases of RustSec and npm for known vulnerabilities; needs the internet
  postgres               run a PostgreSQL server for tests, which ends with Enter or Ctrl+C
  fuzz [CASES]           run the property tests of what strangers send, with a million cases each, or with CASES
  bench                  set up what is missing, build, and measure all of the following
  bench list             measure only the list, with few keys and with many
  bench verifier         measure only the verifier, beside a floor; --seconds N: seconds per row [default: 15]
  bench console          measure only a gateway beside a busy console; --keys N: number of keys
  bench api              measure only how many keys a program creates over the management API
  bench customers        measure only what customers and metadata cost; --keys N: number of keys
  bench nodes            measure only three nodes on one PostgreSQL; --keys N: number of keys of one of them
  bench pages            measure only the console's pages in Chromium, with Lighthouse and on a slow line; --keys N: number of
                         keys in which the command palette searches
  bench PART --keys A B  measure with A keys and with B keys, in place of the numbers in docs/PERFORMANCE.md
  bench … --program PATH [--floor PATH]
                         measure programs that are already built; the verifier needs the floor, too
  faults [FAULT…]        set up what is missing, build, break nodes and databases under load, and count what is lost:
                         kill, database, stop, cut, disk, clock, audit, or all
  faults … --program PATH
                         break a program that is already built

The user's checkouts share compiled dependencies and tools in ${XDG_CACHE_HOME:-~/.cache}/latchkey.";

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
        (Some("dev"), _) => serve::develop(&root, &arguments),
        (Some("build"), []) => serve::build(&root),
        (Some("package"), _) => package::package(&root, &arguments),
        (Some("test"), _) => test::test(&root, &arguments),
        (Some("screenshots"), _) => screenshots::screenshots(&root, &arguments),
        (Some("advisories"), []) => dependencies::ask_databases(&root),
        (Some("postgres"), []) => postgres::run_until_input_ends(),
        (Some("fuzz"), _) => fuzz::fuzz(&root, &arguments),
        (Some("bench"), _) => bench::bench(&root, &arguments),
        (Some("faults"), _) => faults::faults(&root, &arguments),
        (None | Some("help" | "--help" | "-h"), []) => {
            eprintln!("{USAGE}");
            Ok(())
        }
        _ => bail!("there is no such command; `cargo xtask help` lists them"),
    }
}

/// The root of the checkout from which this program was compiled.
fn root() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask is not in a checkout")?;
    Ok(root.to_path_buf())
}
