//! The browsers that the tests drive, and the fonts that their pictures show.

use anyhow::Result;

use crate::setup::apt;

/// Installs Chromium without its window, and the fonts. That is all that `cargo xtask bench` needs.
pub(crate) fn ensure_chromium() -> Result<()> {
    apt::ensure(
        &["chromium-headless-shell", "fonts-inter", "fonts-jetbrains-mono"],
        "measure the pages",
    )
}

/// Installs Chromium without its window, Firefox, and `WebKit` with its driver and a virtual screen for its window.
pub(crate) fn ensure() -> Result<()> {
    apt::ensure(
        &[
            "chromium-headless-shell",
            "firefox-esr",
            "fonts-inter",
            "fonts-jetbrains-mono",
            "webkit2gtk-driver",
            "xvfb",
        ],
        "run the browser tests",
    )
}
