//! wrk, which puts load on the verifier.

use anyhow::Result;

use crate::command::find;
use crate::setup::apt;

pub(crate) fn ensure() -> Result<()> {
    // Other systems have it too, and do not say so to Debian's tools.
    if find("wrk").is_some() {
        return Ok(());
    }
    apt::ensure(&["wrk"], "measure the verifier")
}
