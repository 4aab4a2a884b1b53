//! `cargo xtask test`: all checks, the cheap ones first. CI runs nothing else.

use std::path::Path;
use std::process::Command;
use std::thread;

use anyhow::{Result, anyhow, bail};

use crate::api::{self, Extent};
use crate::cache::TargetFolder;
use crate::clients;
use crate::command::{find, run};
use crate::dependencies;
use crate::package::{self, Programs};
use crate::postgres::Postgres;
use crate::report::Report;
use crate::serve::{compile_maker, make_site, set_up};
use crate::server;
use crate::server::{SERVER_SIDE, TestPrograms};
use crate::setup::rust::{Compiler, Version};
use crate::setup::{browser, faketime, gateways, node, rust};

/// Which checks to run, and the arguments for the program that runs them.
enum Choice<'a> {
    All,
    Lint,
    Rust(&'a [String]),
    Package,
    Api(&'a [String]),
    Clients { update_types: bool },
    Browser(&'a [String]),
}

pub(crate) fn test(root: &Path, arguments: &[String]) -> Result<()> {
    let choice = match arguments {
        [] => Choice::All,
        [mode] if mode == "--lint-only" => Choice::Lint,
        [mode] if mode == "--package-only" => Choice::Package,
        [mode] if mode == "--clients-only" => Choice::Clients { update_types: false },
        [mode, update] if mode == "--clients-only" && update == "--update-types" => {
            Choice::Clients { update_types: true }
        }
        [mode, rest @ ..] if mode == "--api-only" => Choice::Api(rest),
        [mode, rest @ ..] if mode == "--rust-only" => Choice::Rust(rest),
        [mode, rest @ ..] if mode == "--e2e-only" => Choice::Browser(rest),
        _ => bail!(
            "say which tests `{}` is for: --rust-only, --api-only or --e2e-only goes before it",
            arguments.join(" ")
        ),
    };
    let report = Report::new(match choice {
        Choice::All => 19,
        Choice::Lint => 5,
        Choice::Rust(_) => 9,
        Choice::Package | Choice::Api(_) => 6,
        Choice::Clients { .. } | Choice::Browser(_) => 7,
    });
    match choice {
        Choice::All => {
            check_texts(root, &report)?;
            let built = build(root, &report, || lint(root, &report))?;
            test_rust(root, &report, &built, &[])?;
            check_clients(root, &report, &built, false)?;
            check_api(root, &report, &built.programs, Extent::Short)?;
            check_package(root, &report, &built.programs)?;
            test_in_browser(root, &report, &built.programs.latchkey, &[])?;
        }
        Choice::Lint => {
            check_texts(root, &report)?;
            lint(root, &report)?;
        }
        Choice::Rust(filter) => {
            let built = build(root, &report, || Ok(()))?;
            test_rust(root, &report, &built, filter)?;
        }
        Choice::Package => {
            let built = build(root, &report, || Ok(()))?;
            check_package(root, &report, &built.programs)?;
        }
        Choice::Api(arguments) => {
            let built = build(root, &report, || Ok(()))?;
            check_api(root, &report, &built.programs, Extent::Full(arguments))?;
        }
        Choice::Clients { update_types } => {
            let built = build(root, &report, || Ok(()))?;
            check_clients(root, &report, &built, update_types)?;
            report.step("Testing the client for Rust", "", || {
                run(runner(root, &built)
                    .args(["--test", "latchkey_tower"])
                    .args(SERVER_SIDE))
            })?;
        }
        Choice::Browser(filter) => {
            let built = build(root, &report, || Ok(()))?;
            test_in_browser(root, &report, &built.programs.latchkey, filter)?;
        }
    }
    report.summary("All passed");
    Ok(())
}

/// Checks formatting, dependencies and TypeScript, which takes seconds.
fn check_texts(root: &Path, report: &Report) -> Result<()> {
    report.step("Checking the format", "", || {
        run(rust::cargo(root).args(["fmt", "--all", "--check"]))
    })?;
    report.step("Checking the dependencies", "", || dependencies::check(root))?;
    report.step("Checking the browser tests' types", "", || {
        node::ensure(root)?;
        run(node::tool(root, "tsc")
            .arg("--noEmit")
            .current_dir(root.join("end2end")))
    })
}

/// Runs clippy. It belongs to the cargo in use, so it has a target folder of its own. It checks the profile `release`, in which
/// nothing else here compiles: code may exist with `debug_assertions` only.
fn lint(root: &Path, report: &Report) -> Result<()> {
    let version = Version::of(Path::new("rustc"))?;
    let target = TargetFolder::open(&format!("clippy-{}", version.release), root)?;
    let clippy = |packages: &[&str]| {
        let mut cargo = rust::cargo(root);
        cargo.env("CARGO_TARGET_DIR", &target.path).env_remove("RUSTC");
        run(cargo
            .args(["clippy", "--release", "--all-targets"])
            .args(packages)
            .args(["--", "--deny", "warnings"]))
    };
    report.step("Linting the server's half", "a first time about 3 minutes", || {
        clippy(&["--workspace", "--exclude", "frontend"])
    })?;
    report.step("Linting the browser's half", "a first time about 1 minute", || {
        clippy(&["--package", "frontend"])
    })
}

/// What the tests need.
struct Built {
    compiler: Compiler,
    target: TargetFolder,
    programs: TestPrograms,
}

/// Makes the site, and beside it runs `first` and then compiles the server and the tests. Making the site takes one core most of the
/// time. In the profile of the tests, the server reads the site from its folder when it runs, so it compiles without the site.
fn build(root: &Path, report: &Report, first: impl FnOnce() -> Result<()>) -> Result<Built> {
    let (compiler, target) = set_up(root, report)?;
    let maker = compile_maker(root, report, &compiler, &target)?;
    let (site, programs) = thread::scope(|scope| {
        let site = scope.spawn(|| make_site(root, report, &compiler, &target, &maker));
        let programs = first().and_then(|()| compile(root, report, &compiler, &target));
        let site = site.join().unwrap_or_else(|_| Err(anyhow!("making the site panicked")));
        (site, programs)
    });
    site?;
    Ok(Built {
        programs: programs?,
        compiler,
        target,
    })
}

fn test_rust(root: &Path, report: &Report, built: &Built, filter: &[String]) -> Result<()> {
    report.step("Running the Rust tests", "", || {
        if filter.is_empty() {
            let own = ["test", "--quiet", "--package", "xtask", "--package", "site"];
            run(built.compiler.cargo(root, &built.target).args(own))?;
        }
        run(runner(root, built)
            .args(["--lib", "--bins", "--tests"])
            .args(SERVER_SIDE)
            .args(filter))
    })?;
    let postgres = report.step(
        "Starting PostgreSQL",
        "on a new machine about 1 minute",
        Postgres::start,
    )?;
    let run_on_postgres = |tests: &[&str], listen: &str| {
        let mut command = on_postgres(root, built, tests, filter, &postgres);
        postgres.run_tests(command.env("LATCHKEY_TEST_DATABASE_LISTEN", listen))
    };
    report.step("Running the Rust tests on PostgreSQL", "", || {
        postgres.run_tests(&mut query_plans(root, built, filter, &postgres))?;
        run_on_postgres(&["it", "http"], "on")
    })?;
    // The HTTP tests have one node, which has nobody to listen to.
    report.step("Running the backend's tests without LISTEN", "", || {
        run_on_postgres(&["it"], "off")
    })
}

/// The program that runs tests, two for each core at a time: they also wait for the disk and for answers.
fn runner(root: &Path, built: &Built) -> Command {
    let mut cargo = built.compiler.cargo(root, &built.target);
    if find("cargo-nextest").is_some() {
        let threads = thread::available_parallelism().map_or(2, |cores| 2 * cores.get());
        cargo.args([
            "nextest",
            "run",
            "--no-tests=pass",
            "--test-threads",
            &threads.to_string(),
        ]);
    } else {
        cargo.arg("test");
    }
    // Snapshots are compared, never written: a new one is a failure.
    cargo
        .env("INSTA_UPDATE", "no")
        .env("LATCHKEY_BIN", &built.programs.latchkey);
    cargo
}

/// Runs the tests of these programs on PostgreSQL, except those about the files of SQLite. The packages are those of all
/// tests, so nothing is compiled.
fn on_postgres(root: &Path, built: &Built, tests: &[&str], filter: &[String], postgres: &Postgres) -> Command {
    let mut cargo = runner(root, built);
    cargo
        .args(tests.iter().flat_map(|test| ["--test", test]))
        .args(SERVER_SIDE);
    if find("cargo-nextest").is_some() {
        cargo.args(["--filterset", "not test(/^sqlite_file::/)"]).args(filter);
    } else {
        let separator = (!filter.iter().any(|argument| argument == "--")).then_some("--");
        cargo.args(filter).args(separator).args(["--skip", "sqlite_file::"]);
    }
    cargo.env("LATCHKEY_TEST_DATABASE_URL", postgres.url());
    cargo
}

/// Runs the unit tests about the query plans of PostgreSQL, which need a server and are ignored elsewhere.
fn query_plans(root: &Path, built: &Built, filter: &[String], postgres: &Postgres) -> Command {
    let mut cargo = runner(root, built);
    cargo.arg("--lib").args(SERVER_SIDE);
    if find("cargo-nextest").is_some() {
        cargo.args(["--run-ignored", "only"]).args(filter);
    } else {
        let separator = (!filter.iter().any(|argument| argument == "--")).then_some("--");
        cargo.args(filter).args(separator).arg("--ignored");
    }
    cargo.env("LATCHKEY_TEST_DATABASE_URL", postgres.url());
    cargo
}

fn compile(root: &Path, report: &Report, compiler: &Compiler, target: &TargetFolder) -> Result<TestPrograms> {
    report.step(
        "Building the server and the tests",
        "a first build takes about 10 minutes",
        || server::compile_for_tests(root, compiler, target),
    )
}

/// Makes a Debian package of the programs of the tests, and checks it.
fn check_package(root: &Path, report: &Report, programs: &TestPrograms) -> Result<()> {
    let programs = Programs {
        latchkey: &programs.latchkey,
        manual: &programs.manual,
    };
    report.step("Checking the Debian package", "", || {
        package::make_and_check(root, programs)
    })
}

/// Tests the clients for TypeScript and Python. The one for Rust is among the Rust tests.
fn check_clients(root: &Path, report: &Report, built: &Built, update_types: bool) -> Result<()> {
    report.step("Testing the clients for TypeScript and Python", "", || {
        clients::check(root, &built.programs.latchkey, &built.target.path, update_types)
    })
}

/// Asks the management API at random.
fn check_api(root: &Path, report: &Report, programs: &TestPrograms, extent: Extent<'_>) -> Result<()> {
    let hint = match extent {
        Extent::Short => "about 2 minutes",
        Extent::Full(_) => "about 5 minutes",
    };
    report.step("Asking the management API at random", hint, || {
        api::check(root, &programs.latchkey, extent)
    })
}

fn test_in_browser(root: &Path, report: &Report, program: &Path, filter: &[String]) -> Result<()> {
    // Most browser tests use SQLite. Those about a database that is lost have a line that they can cut.
    let postgres = report.step(
        "Starting PostgreSQL for the browser tests",
        "on a new machine about 1 minute",
        Postgres::start,
    )?;
    report.step("Running the browser tests", "", || {
        browser::ensure()?;
        let gateways = gateways::ensure(root)?;
        let library = faketime::ensure("set the clock of the program that the gallery shows")?;
        let mut playwright = node::tool(root, "playwright");
        playwright.arg("test").args(filter);
        if filter.is_empty() {
            // A forgotten `test.only` would otherwise skip all other tests.
            playwright.arg("--forbid-only");
        }
        run(playwright
            .current_dir(root.join("end2end"))
            .env("LATCHKEY_BIN", program)
            .env("LATCHKEY_TEST_DATABASE_URL", postgres.url())
            .env("LATCHKEY_GATEWAYS", gateways)
            .env("LATCHKEY_FAKETIME", library))
    })
}
