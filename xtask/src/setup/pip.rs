//! Installs programs from `PyPI`, each list of requirements into a folder of its own in the cache. That needs no virtual environment,
//! and does not touch the system's packages.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::cache;
use crate::command::run;
use crate::setup::apt;

/// Installs the wheels of a requirements file with pinned hashes. Returns their folder, whose name depends on the content of the file,
/// so an older version is never taken for a newer one.
pub(crate) fn ensure_list(list: &Path, name: &str, what_for: &str) -> Result<PathBuf> {
    let text = fs::read_to_string(list).with_context(|| format!("{} cannot be read", list.display()))?;
    let mut hash = DefaultHasher::new();
    text.hash(&mut hash);
    let folder = cache::folder()?.join(format!("{name}-{:016x}", hash.finish()));
    ensure(&folder, &text, what_for)?;
    Ok(folder)
}

/// Installs the wheels of a requirements file with pinned hashes into `folder`, unless it is there already. `what_for` is
/// the end of a sentence, as in "needed to …".
pub(crate) fn ensure(folder: &Path, requirements: &str, what_for: &str) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let _lock = cache::lock(&folder.with_added_extension("lock"))?;
    // Another checkout may have installed it in the meantime.
    if folder.is_dir() {
        return Ok(());
    }
    // The folder is moved into place at the end, so that a folder in place is always complete.
    let scratch = folder.with_added_extension("scratch");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).with_context(|| format!("{} cannot be removed", scratch.display()))?;
    }
    let python = python(what_for)?;
    let list = tempfile::NamedTempFile::new().context("no temporary file can be created")?;
    fs::write(&list, requirements).context("a temporary file cannot be written")?;
    eprintln!("      Installing with pip, to {what_for}…");
    run(Command::new(python)
        .args(["-m", "pip", "install", "--quiet", "--no-input", "--no-deps"])
        .args(["--only-binary=:all:", "--require-hashes", "--disable-pip-version-check"])
        .arg("--target")
        .arg(&scratch)
        .arg("--requirement")
        .arg(list.path())
        .env("PIP_ROOT_USER_ACTION", "ignore"))
    .with_context(|| {
        format!(
            "pip could not install what is needed to {what_for}: it needs PyPI or a mirror of it, and wheels for this \
             machine (glibc 2.31 or newer on x86-64 or ARM); see its messages above and run this again"
        )
    })?;
    fs::rename(&scratch, folder).with_context(|| format!("{} cannot be created", folder.display()))
}

/// The Python on the PATH if it has pip, or else Debian's.
pub(crate) fn python(what_for: &str) -> Result<&'static str> {
    if has_pip("python3") {
        return Ok("python3");
    }
    apt::ensure(&["python3", "python3-pip"], what_for)?;
    match ["python3", "/usr/bin/python3"]
        .into_iter()
        .find(|python| has_pip(python))
    {
        Some(python) => Ok(python),
        None => bail!("`python3 -m pip` does not work: install pip for the python3 on the PATH and run this again"),
    }
}

fn has_pip(python: &str) -> bool {
    Command::new(python)
        .args(["-m", "pip", "--version"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
