//! `cargo xtask fuzz`: the tests whose names begin with `fuzz_`, with very many cases. `cargo xtask test` runs these
//! tests with few cases.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::command::run;
use crate::report::Report;
use crate::serve::set_up_and_make_site;

const CASES: u64 = 1_000_000;

pub(crate) fn fuzz(root: &Path, arguments: &[String]) -> Result<()> {
    let cases = match arguments {
        [] => CASES,
        [cases] => cases
            .parse()
            .with_context(|| format!("`{cases}` is not a number of cases"))?,
        _ => bail!("`cargo xtask fuzz` takes only a number of cases"),
    };
    let report = Report::new(5);
    let (compiler, target) = set_up_and_make_site(root, &report)?;
    report.step("Fuzzing", "a million cases of each take some minutes", || {
        run(compiler
            .cargo(root, &target)
            .args([
                "test",
                "--release",
                "--package",
                "model",
                "--package",
                "server",
                "--tests",
                "fuzz_",
            ])
            .env("PROPTEST_CASES", cases.to_string()))
    })?;
    report.summary("All passed");
    Ok(())
}
