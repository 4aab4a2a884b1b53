//! The parameter of an import that only says what would happen.

use serde::Deserialize;

use super::list::read_query;
use super::problem::Problem;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Parameters {
    #[serde(default)]
    dry_run: Option<String>,
}

pub(super) fn read_dry_run(query: &str) -> Result<bool, Problem> {
    let Parameters { dry_run } = read_query(query)?;
    match dry_run.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::parameter("dryRun", "dryRun is true or false.")),
    }
}
