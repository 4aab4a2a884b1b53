//! The browser that the tests drive, and the fonts that its pictures show.

use anyhow::Result;

use crate::setup::apt;

pub(crate) fn ensure() -> Result<()> {
    apt::ensure(
        &["chromium", "fonts-inter", "fonts-jetbrains-mono"],
        "run the browser tests",
    )
}
