//! `latchkey backup` and `latchkey restore`

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use backend::audit::anchor_file;
use backend::{Backend, Location, Settings, private_file};
use clap::Args;

use super::{Failure, not_made, print, store};
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
        private_file::create(&self.file).map_err(|error| not_made(&self.file, &error))?;
        if let Err(error) = backend.back_up(&self.file).await {
            let _ = fs::remove_file(&self.file);
            return Err(error.into());
        }
        backend.close().await?;
        File::open(&self.file)
            .and_then(|file| file.sync_all())
            .map_err(|error| failed("write", &self.file, &error))?;
        print("Written. The master key is not in it: keep a copy of that elsewhere.")
    }
}

impl Restore {
    pub(super) async fn run(self) -> Result<(), Failure> {
        store::prepare_folder(&self.store.data_dir)?;
        let Location::Sqlite(database) = store::location(&self.store)?;
        let kept = beside(&database, "before-restore");
        if kept.exists() {
            return Err(Failure(format!(
                "{} is there from an earlier restore; move it away first",
                kept.display()
            )));
        }
        if database.exists() {
            self.refuse_while_a_server_runs().await?;
        }
        let draft = beside(&database, "restoring");
        copy(&self.file, &draft)?;
        // All that can fail comes before anything is replaced.
        let anchor = match self.prepare(&draft).await {
            Ok(instance) => self.store.data_dir.join(anchor_file(&instance)),
            Err(failure) => {
                remove(&draft);
                return Err(failure);
            }
        };
        // The backup's log ends earlier, and that is no attack: what remembers the later end stays beside what was there.
        let anchor_kept = beside(&anchor, "before-restore");
        if anchor.exists() {
            fs::rename(&anchor, &anchor_kept).map_err(|error| failed("move", &anchor, &error))?;
        }
        if database.exists() {
            fs::rename(&database, &kept).map_err(|error| failed("move", &database, &error))?;
        }
        for ending in ["wal", "shm"] {
            let _ = fs::rename(beside_as(&database, ending), beside_as(&kept, ending));
        }
        fs::rename(&draft, &database).map_err(|error| failed("move", &draft, &error))?;
        print("Restored. Everybody has to log in again.")?;
        if kept.exists() {
            print(&format!(
                "What was there before is in {}; delete it when you do not need it.",
                kept.display()
            ))?;
        }
        if anchor_kept.exists() {
            print(&format!(
                "The audit log ends earlier than it did. The event that was its last one is named in {}; the log that has \
                 it is in the database from before.",
                anchor_kept.display()
            ))?;
        }
        Ok(())
    }
}

impl Restore {
    async fn refuse_while_a_server_runs(&self) -> Result<(), Failure> {
        match store::open(&self.store, Settings::default()).await {
            Ok((backend, _)) => {
                let nodes = backend.live_nodes().await?;
                backend.close().await?;
                if nodes > 0 {
                    return Err(Failure(
                        "a server is running over this database; stop it first".to_owned(),
                    ));
                }
            }
            // A database that is broken is what a backup is for.
            Err(why) => eprintln!("latchkey: what is there now cannot be opened and is set aside: {why}"),
        }
        Ok(())
    }

    /// Checks the copy, brings it up to date, and ends what had ended since it was made. Answers with its instance.
    async fn prepare(&self, draft: &Path) -> Result<String, Failure> {
        let previous = store::previous_master_key(&self.store)?;
        let key = store::master_key(&self.store)?;
        Backend::check_backup(draft, &key, previous.as_ref())
            .await
            .map_err(|error| Failure(format!("{}: {error}", self.file.display())))?;
        let location = Location::Sqlite(draft.to_owned());
        let (backend, _) = store::open_at(&self.store, location, Settings::default()).await?;
        backend.note_restore().await?;
        let instance = backend.instance().to_owned();
        backend.close().await?;
        Ok(instance)
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let mut source = File::open(from).map_err(|error| failed("read", from, &error))?;
    remove(to);
    let mut target = private_file::create(to).map_err(|error| failed("make", to, &error))?;
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
