//! `latchkey backup` and `latchkey restore`

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use backend::audit::anchor_file;
use backend::{Backups, Location, Settings, private_file};
use clap::Args;

use super::{Failure, cannot_create, print, store};
use crate::config::StoreArgs;

#[derive(Args, Debug)]
pub(super) struct Backup {
    #[command(flatten)]
    store: StoreArgs,
    /// File to write; it must not exist
    file: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct Restore {
    #[command(flatten)]
    store: StoreArgs,
    /// File that latchkey backup has written
    file: PathBuf,
}

impl Backup {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let (services, _) = store::open(&self.store, Settings::default()).await?;
        // The file exists before SQLite fills it, so that only its owner can ever read it.
        private_file::create(&self.file).map_err(|error| cannot_create(&self.file, &error))?;
        if let Err(error) = services.backups.create(&self.file).await {
            let _ = fs::remove_file(&self.file);
            return Err(error.into());
        }
        services.close().await?;
        File::open(&self.file)
            .and_then(|file| file.sync_all())
            .map_err(|error| cannot("write", &self.file, &error))?;
        print("The backup is written. The master key is not in it: keep a copy of the key elsewhere.")
    }
}

impl Restore {
    pub(super) async fn run(self) -> Result<(), Failure> {
        store::prepare_folder(&self.store.data_dir)?;
        let Location::Sqlite(database) = store::location(&self.store)? else {
            return Err(backend::error::RefusedStart::SqliteOnly.into());
        };
        let replaced = with_suffix(&database, "before-restore");
        if replaced.exists() {
            return Err(Failure(format!(
                "{} still exists from an earlier restore; move it away first",
                replaced.display()
            )));
        }
        if database.exists() {
            self.refuse_while_a_server_runs().await?;
        }
        let draft = with_suffix(&database, "restoring");
        copy(&self.file, &draft)?;
        // Everything that can fail is done before anything is replaced.
        let anchor = match self.prepare(&draft).await {
            Ok(instance) => self.store.data_dir.join(anchor_file(&instance)),
            Err(failure) => {
                remove(&draft);
                return Err(failure);
            }
        };
        // The audit log of the backup ends earlier than the anchor says, but this is not an attack. So the anchor is set aside
        // together with the database to which it belongs.
        let replaced_anchor = with_suffix(&anchor, "before-restore");
        if anchor.exists() {
            fs::rename(&anchor, &replaced_anchor).map_err(|error| cannot("move", &anchor, &error))?;
        }
        if database.exists() {
            fs::rename(&database, &replaced).map_err(|error| cannot("move", &database, &error))?;
        }
        for ending in ["wal", "shm"] {
            let _ = fs::rename(sqlite_file(&database, ending), sqlite_file(&replaced, ending));
        }
        fs::rename(&draft, &database).map_err(|error| cannot("move", &draft, &error))?;
        print("Restored. Everybody has to log in again.")?;
        if replaced.exists() {
            print(&format!(
                "The database from before is now {}. Delete it when you no longer need it.",
                replaced.display()
            ))?;
        }
        if replaced_anchor.exists() {
            print(&format!(
                "The audit log ends earlier than it did. {} names the event that was its last one; the database from before \
                 has that event.",
                replaced_anchor.display()
            ))?;
        }
        Ok(())
    }
}

impl Restore {
    async fn refuse_while_a_server_runs(&self) -> Result<(), Failure> {
        match store::open(&self.store, Settings::default()).await {
            Ok((services, _)) => {
                let nodes = services.cluster.count_live_nodes().await?;
                services.close().await?;
                if nodes > 0 {
                    return Err(Failure(
                        "a server is running over this database; stop it first".to_owned(),
                    ));
                }
            }
            // A broken database may be the reason for the restore, so this is not an error.
            Err(why) => eprintln!("latchkey: the present database cannot be opened, so it is set aside: {why}"),
        }
        Ok(())
    }

    /// Checks the copy and brings its schema up to date. Ends the sessions, links and old tokens in it that may have ended since
    /// the backup was made. Returns the ID of its instance.
    async fn prepare(&self, draft: &Path) -> Result<String, Failure> {
        let previous = store::previous_master_key(&self.store)?;
        let key = store::master_key(&self.store)?;
        Backups::check(draft, &key, previous.as_ref())
            .await
            .map_err(|error| Failure(format!("{}: {error}", self.file.display())))?;
        let location = Location::Sqlite(draft.to_owned());
        let (services, _) = store::open_at(&self.store, location, Settings::default()).await?;
        services.backups.note_restore().await?;
        let instance = services.instance().to_owned();
        services.close().await?;
        Ok(instance)
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let mut source = File::open(from).map_err(|error| cannot("read", from, &error))?;
    remove(to);
    let mut target = private_file::create(to).map_err(|error| cannot("create", to, &error))?;
    io::copy(&mut source, &mut target)
        .and_then(|_| target.sync_all())
        .map_err(|error| cannot("write", to, &error))
}

/// Removes a database file, and the files that SQLite stores beside it.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
    for ending in ["wal", "shm"] {
        let _ = fs::remove_file(sqlite_file(path, ending));
    }
}

/// The path with a suffix after a dot: `latchkey.db` becomes `latchkey.db.before-restore`.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

/// The path of a file that SQLite stores beside a database: `latchkey.db` becomes `latchkey.db-wal`.
fn sqlite_file(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-");
    name.push(ending);
    name.into()
}

fn cannot(verb: &str, path: &Path, error: &io::Error) -> Failure {
    Failure(format!("cannot {verb} {}: {error}", path.display()))
}
