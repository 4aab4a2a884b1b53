//! Fills the file system under the database, and makes room again.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use super::Scenario;
use super::trial::{STALE_LIMIT, Trial};
use crate::nodes::Nodes;
use crate::nodes::console::Outcome;
use crate::nodes::database::{Database, Engine};
use crate::nodes::postgres::Postgres;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "disk",
    title: "the disk under the database is full, and has room again",
    engines: &Engine::BOTH,
    run,
};
const TIMES: u32 = 3;
const BEFORE: Duration = Duration::from_secs(2);
const FULL: Duration = Duration::from_secs(4);

/// A file system in memory. Dropping the value removes it.
#[derive(Debug)]
pub(crate) struct Mounted {
    folder: TempDir,
}

fn run(engine: Engine, program: &Path) -> Result<Trial> {
    let mounted = match engine {
        Engine::Sqlite => Mounted::new("24m")?,
        // The cluster alone takes 60 MB.
        Engine::Postgres => Mounted::new("160m")?,
    };
    let data = mounted.folder.path().join("data");
    let mut nodes = match engine {
        Engine::Sqlite => Nodes::new(program, Database::sqlite(&data)?, Some(&data))?,
        Engine::Postgres => Nodes::new(
            program,
            Database::Postgres(Postgres::start(Some(mounted.folder.path()))?),
            None,
        )?,
    };
    nodes.set("LATCHKEY_STALE_LIMIT", format!("{}s", STALE_LIMIT.as_secs()));
    let mut trial = Trial::start(nodes)?;
    trial.mounted = Some(mounted);
    let console = trial.nodes.log_in()?;
    let mut said = Vec::new();
    for number in 0..TIMES {
        thread::sleep(BEFORE);
        let ballast = trial.mounted.as_ref().context("nothing is mounted")?.fill()?;
        let full = Instant::now();
        let mut form = 0;
        // A few changes may still find room in what the database has reserved.
        while full.elapsed() < FULL {
            form += 1;
            for address in trial.nodes.addresses() {
                match console.create(&address, &format!("full-{number}-{form}")) {
                    Outcome::Done(made) => {
                        drop(console.change(&address, "delete", made["id"].as_str().unwrap_or_default()));
                    }
                    Outcome::Unknown(why) | Outcome::Refused(why) => said.push(why),
                    Outcome::NotSent => said.push("a node does not listen".to_owned()),
                }
                form += 1;
            }
            thread::sleep(Duration::from_millis(100));
        }
        fs::remove_file(ballast)?;
        if engine == Engine::Postgres {
            let server = trial.nodes.database.postgres()?;
            if !server.answers() {
                // It has stopped, since it could not write. Its operator starts it again.
                server.crash()?;
                server.start_again()?;
            }
        }
        trial.fault_ended(Instant::now())?;
    }
    said.sort_unstable();
    said.dedup();
    if said.is_empty() {
        trial
            .wrong
            .push("nothing was refused while the disk was full".to_owned());
    }
    let unclear: Vec<String> = said
        .iter()
        .filter(|why| !why.contains("\"detail\":\""))
        .cloned()
        .collect();
    trial
        .wrong
        .extend(unclear.into_iter().map(|why| format!("not a clear error: {why}")));
    Ok(trial)
}

impl Mounted {
    fn new(size: &str) -> Result<Mounted> {
        let folder = tempfile::Builder::new().prefix("latchkey-full-").tempdir()?;
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &format!("size={size},mode=755"), "tmpfs"])
            .arg(folder.path());
        let mounted = mount.output().context("mount cannot be started")?;
        if !mounted.status.success() {
            bail!(
                "a file system to fill cannot be mounted, run this as root: {}",
                String::from_utf8_lossy(&mounted.stderr).trim()
            );
        }
        Ok(Mounted { folder })
    }

    /// Takes all room with a file.
    fn fill(&self) -> Result<PathBuf> {
        let path = self.folder.path().join("ballast");
        let mut file = File::create(&path)?;
        let mut size = 1 << 20;
        while size > 0 {
            if file.write_all(&vec![1; size]).is_err() {
                size /= 2;
            }
        }
        Ok(path)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // What is still open on it goes with the processes.
        let unmounted = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            eprintln!("      {} cannot be unmounted", self.folder.path().display());
        }
    }
}
