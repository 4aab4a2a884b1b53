//! Checks a package: lintian finds nothing, and a machine with systemd installs it, serves, upgrades it, and forgets it.
//!
//! The machine is a container over a read-only view of this one. What it changes stays in memory and is thrown away.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::command::{run, succeeds_within};
use crate::setup::apt;

/// What the container runs. It prints what it does, and ends with a failure if something is not as it should be.
const SCRIPT: &str = include_str!("installs.sh");
/// The unit that runs the script, and then ends the container.
const UNIT: &str = "\
[Unit]
Requires=basic.target
After=basic.target
SuccessAction=exit-force
FailureAction=exit-force
FailureActionExitStatus=1
[Service]
Type=oneshot
Environment=DEBIAN_FRONTEND=noninteractive
ExecStart=/bin/bash -ex /package-check.sh
StandardOutput=file:/package-check.log
StandardError=inherit
TimeoutStartSec=120
";
const LIMIT: Duration = Duration::from_mins(3);

/// Checks a package as a whole. Needs root.
pub(super) fn check(package: &Path) -> Result<()> {
    lint(package)?;
    if !apt::is_root() {
        bail!("run this as root: only root can install the package in a container");
    }
    install(package, &Machine::new()?)
}

/// Checks a package as far as this machine allows. A person who is not root, or who works in a container that may mount nothing,
/// can make no container.
pub(super) fn check_where_possible(package: &Path) -> Result<()> {
    lint(package)?;
    if !apt::is_root() {
        eprintln!("      The package is not installed: only root can do that in a container.");
        return Ok(());
    }
    match Machine::new() {
        Ok(machine) => install(package, &machine),
        Err(why) => {
            eprintln!("      The package is not installed: this machine allows no container ({why:#}).");
            Ok(())
        }
    }
}

/// Lintian finds nothing.
fn lint(package: &Path) -> Result<()> {
    apt::ensure(&["lintian", "systemd-container"], "check the Debian package")?;
    let mut lintian = Command::new("lintian");
    if apt::is_root() {
        lintian.arg("--allow-root");
    }
    run(lintian.arg("--fail-on=error,warning").arg(package))
}

/// Installs and removes the package in a container.
fn install(package: &Path, machine: &Machine) -> Result<()> {
    fs::copy(package, machine.root.join("package.deb"))?;
    fs::write(machine.root.join("package-check.sh"), SCRIPT)?;
    fs::write(machine.root.join("etc/systemd/system/package-check.service"), UNIT)?;
    // An empty file gives the container an ID of its own.
    fs::write(machine.root.join("etc/machine-id"), "")?;
    // Where this exists, it forbids packages to start services.
    let _ = fs::remove_file(machine.root.join("usr/sbin/policy-rc.d"));
    let succeeded = succeeds_within(
        LIMIT,
        Command::new("systemd-nspawn")
            .arg("--directory")
            .arg(&machine.root)
            .args([
                "--machine=package-check",
                "--boot",
                "--register=no",
                "--keep-unit",
                "--private-network",
            ])
            .arg("systemd.unit=package-check.service"),
    );
    if !succeeded {
        let log = fs::read_to_string(machine.root.join("package-check.log")).unwrap_or_default();
        bail!("the package does not install, serve and go away as it should:\n{log}");
    }
    Ok(())
}

/// The file system of the container: this machine's, with all changes in memory. Dropping it unmounts it.
struct Machine {
    folder: tempfile::TempDir,
    root: PathBuf,
}

impl Machine {
    fn new() -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        let root = folder.path().join("root");
        let machine = Self { folder, root };
        let at = machine.folder.path();
        fs::set_permissions(at, Permissions::from_mode(0o755))?;
        run(Command::new("mount").args(["-t", "tmpfs", "tmpfs"]).arg(at))?;
        let (upper, work) = (at.join("upper"), at.join("work"));
        for folder in [&machine.root, &upper, &work] {
            fs::create_dir(folder)?;
        }
        let options = format!("lowerdir=/,upperdir={},workdir={}", upper.display(), work.display());
        run(Command::new("mount")
            .args(["-t", "overlay", "overlay", "-o", &options])
            .arg(&machine.root))?;
        Ok(machine)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        for place in [self.root.as_path(), self.folder.path()] {
            let _ = Command::new("umount")
                .arg("--lazy")
                .arg(place)
                .stderr(Stdio::null())
                .status();
        }
    }
}
