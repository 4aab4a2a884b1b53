//! Installs Debian packages.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::command::find;

/// Installs those of `packages` that are missing. `what_for` completes "… is needed to …".
pub(crate) fn ensure(packages: &[&str], what_for: &str) -> Result<()> {
    let missing: Vec<&str> = packages
        .iter()
        .copied()
        .filter(|package| !is_installed(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if find("apt-get").is_none() {
        bail!("install what Debian packages as {names}, needed to {what_for}, and run this again");
    }
    if !is_root() && find("sudo").is_none() {
        bail!("run `apt-get install {names}` as root, needed to {what_for}, and run this again");
    }
    eprintln!("      Installing {names}, needed to {what_for}…");
    // The package lists are updated only if installing fails because they are missing or old.
    if apt_get(&["install", "--no-install-recommends"], &missing, false)
        || (apt_get(&["update"], &[], true) && apt_get(&["install", "--no-install-recommends"], &missing, true))
    {
        return Ok(());
    }
    bail!(
        "apt-get could not install {names}, needed to {what_for}: see its messages above, install them and run this again"
    );
}

fn is_installed(package: &str) -> bool {
    let status = Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .output();
    status.is_ok_and(|output| output.stdout == b"installed")
}

fn apt_get(action: &[&str], packages: &[&str], show_messages: bool) -> bool {
    let mut command = if is_root() {
        Command::new("apt-get")
    } else {
        Command::new("sudo")
    };
    if !is_root() {
        command.arg("apt-get");
    }
    command
        .args([
            "--yes",
            "--quiet",
            "--quiet",
            "-o",
            "DPkg::Lock::Timeout=300",
            "-o",
            "Dpkg::Use-Pty=0",
        ])
        .args(action)
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(Stdio::null());
    if !show_messages {
        command.stderr(Stdio::null());
    }
    command.status().is_ok_and(|status| status.success())
}

pub(crate) fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
