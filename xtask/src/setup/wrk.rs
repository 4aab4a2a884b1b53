//! Installs wrk, which puts load on the verifier.

use anyhow::Result;

use crate::command::find;
use crate::setup::apt;

pub(crate) fn ensure() -> Result<()> {
    // On other systems it may be installed without Debian's tools knowing it.
    if find("wrk").is_some() {
        return Ok(());
    }
    apt::ensure(&["wrk"], "measure the verifier")
}
