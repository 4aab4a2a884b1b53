//! `latchkey backup` and `latchkey restore`

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use backend::{Backend, Location, Settings};
use clap::Args;

use super::{Failure, print, store};
use crate::config::Store;

#[derive(Args, Debug)]
pub(super) struct Backup {
    #[command(flatten)]
    store: Store,
    /// The file to write; it must not exist
    file: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct Restore {
    #[command(flatten)]
    store: Store,
    /// A file that latchkey backup has written
    file: PathBuf,
}

impl Backup {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let (backend, _) = store::open(&self.store, Settings::default()).await?;
        // Made first, for its owner only: SQLite fills an empty file.
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options
            .open(&self.file)
            .map_err(|error| failed("make the file", &self.file, &error))?;
        if let Err(error) = backend.back_up(&self.file).await {
            let _ = fs::remove_file(&self.file);
            return Err(error.into());
        }
        backend.close().await?;
        print("Written. The master key is not in it: keep a copy of that elsewhere.")
    }
}

impl Restore {
    pub(super) async fn run(self) -> Result<(), Failure> {
        store::prepare_folder(&self.store.data_dir)?;
        let Location::Sqlite(database) = store::location(&self.store)?;
        if database.exists() {
            let (backend, _) = store::open(&self.store, Settings::default()).await?;
            let nodes = backend.live_nodes().await?;
            backend.close().await?;
            if nodes > 0 {
                return Err(Failure(
                    "a server is running over this database; stop it first".to_owned(),
                ));
            }
        }
        let draft = beside(&database, "restoring");
        copy(&self.file, &draft)?;
        // Before anything is replaced: is it a backup, and of this master key?
        if let Err(error) = Backend::check_backup(&draft, &store::master_key(&self.store)?).await {
            remove(&draft);
            return Err(Failure(format!("{}: {error}", self.file.display())));
        }
        let kept = beside(&database, "before-restore");
        if database.exists() {
            fs::rename(&database, &kept).map_err(|error| failed("move", &database, &error))?;
        }
        for ending in ["wal", "shm"] {
            let _ = fs::remove_file(beside_as(&database, ending));
        }
        fs::rename(&draft, &database).map_err(|error| failed("move", &draft, &error))?;
        let (backend, _) = store::open(&self.store, Settings::default()).await?;
        backend.note_restore().await?;
        backend.close().await?;
        print("Restored. Everybody has to log in again.")?;
        if kept.exists() {
            print(&format!(
                "What was there before is in {}; delete it when you do not need it.",
                kept.display()
            ))?;
        }
        Ok(())
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let mut source = File::open(from).map_err(|error| failed("read", from, &error))?;
    remove(to);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut target = options.open(to).map_err(|error| failed("make", to, &error))?;
    io::copy(&mut source, &mut target)
        .and_then(|_| target.sync_all())
        .map_err(|error| failed("write", to, &error))
}

/// Removes a database file that nobody needs, with what SQLite keeps beside it.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
    for ending in ["wal", "shm"] {
        let _ = fs::remove_file(beside_as(path, ending));
    }
}

/// `latchkey.db` → `latchkey.db.before-restore`
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// `latchkey.db` → `latchkey.db-wal`
fn beside_as(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-");
    name.push(ending);
    name.into()
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure(format!("cannot {what} {}: {error}", path.display()))
}
