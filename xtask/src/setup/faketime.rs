//! libfaketime, which sets the clock of one process.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::setup::apt;

/// Returns the path of the library, for `LD_PRELOAD`.
pub(crate) fn ensure(what_for: &str) -> Result<PathBuf> {
    let found = || {
        let folders = fs::read_dir("/usr/lib").ok()?.flatten();
        let mut paths = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
        paths.find(|path| path.is_file())
    };
    if let Some(path) = found() {
        return Ok(path);
    }
    apt::ensure(&["faketime"], what_for)?;
    found().context("faketime is installed, and yet there is no libfaketimeMT.so.1 in /usr/lib")
}
