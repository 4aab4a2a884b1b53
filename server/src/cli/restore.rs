//! `latchkey restore`

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use backend::audit::{Anchor, anchor_file};
use backend::clock::SystemClock;
use backend::{Backups, DatabaseUrl, Location, Services, Settings, private_file};
use clap::Args;

use super::{Failure, cannot, print, store};
use crate::config::StoreArgs;

#[derive(Args, Debug)]
pub(super) struct Restore {
    #[command(flatten)]
    store: StoreArgs,
    /// File that latchkey backup has written
    file: PathBuf,
}

/// A backup that is ready to take the place of the database.
struct Draft {
    file: PathBuf,
    /// The anchor of its audit log, where that anchor is of a later event than the log has.
    later_anchor: Option<PathBuf>,
}

impl Restore {
    pub(super) async fn run(self) -> Result<(), Failure> {
        store::prepare_folder(&self.store.data_dir)?;
        let location = store::location(&self.store)?;
        let database = match &location {
            Location::Sqlite(file) => file.clone(),
            // The files beside a database that has no file itself are in the data folder.
            Location::Postgres(_) => self.store.data_dir.join("postgres.db"),
        };
        let set_aside = with_suffix(&database, "before-restore");
        if set_aside.exists() {
            return Err(Failure(format!(
                "{} still exists from an earlier restore; move it away first",
                set_aside.display()
            )));
        }
        if matches!(location, Location::Sqlite(_)) && database.exists() {
            self.refuse_while_a_server_runs().await?;
        }
        let file = with_suffix(&database, "restoring");
        copy(&self.file, &file)?;
        let replaced = async {
            // Everything that can fail is done before anything is replaced.
            let later_anchor = self.prepare(&file).await?;
            let draft = Draft {
                file: file.clone(),
                later_anchor,
            };
            match &location {
                Location::Sqlite(_) => draft.move_to(&database, &set_aside),
                Location::Postgres(url) => draft.copy_to(url, &set_aside).await,
            }
        };
        let replaced = replaced.await;
        Backups::discard(&file);
        let moved_anchor = replaced?;
        print("Restored. Everybody has to log in again.")?;
        if set_aside.exists() {
            print(&format!(
                "The database from before is now {}. Delete it when you no longer need it.",
                set_aside.display()
            ))?;
        }
        if let Some(anchor) = moved_anchor {
            print(&format!(
                "The audit log ends earlier than it did. {} names the event that was its last one; the database from before \
                 has that event.",
                anchor.display()
            ))?;
        }
        Ok(())
    }

    async fn refuse_while_a_server_runs(&self) -> Result<(), Failure> {
        match store::open(&self.store, Settings::default()).await {
            Ok((services, _)) => {
                let nodes = services.cluster.count_live_nodes().await?;
                services.close().await?;
                if nodes > 0 {
                    return Err(backend::error::RefusedStart::ServerRuns.into());
                }
            }
            // A broken database may be the reason for the restore, so this is not an error.
            Err(why) => eprintln!("latchkey: the present database cannot be opened, so it is set aside: {why}"),
        }
        Ok(())
    }

    /// Checks the copy and brings its schema up to date. Ends the sessions, links and old tokens in it that may have ended since
    /// the backup was made. Returns the anchor file if it names an event that the audit log of the backup does not have.
    async fn prepare(&self, draft: &Path) -> Result<Option<PathBuf>, Failure> {
        let previous = store::previous_master_key(&self.store)?;
        let key = store::master_key(&self.store)?;
        Backups::check(draft, &key, previous.as_ref())
            .await
            .map_err(|error| Failure(format!("{}: {error}", self.file.display())))?;
        let location = Location::Sqlite(draft.to_owned());
        let (services, _) = store::open_at(&self.store, location, Settings::default()).await?;
        services.backups.note_restore().await?;
        let anchor = self.store.data_dir.join(anchor_file(services.instance()));
        let is_later = anchor.exists() && !has_event(&services, &anchor).await?;
        services.close().await?;
        Ok(Some(anchor).filter(|_| is_later))
    }
}

impl Draft {
    /// Puts the file of the draft in the place of a database file.
    fn move_to(self, database: &Path, set_aside: &Path) -> Result<Option<PathBuf>, Failure> {
        let anchor = self.set_anchor_aside()?;
        if database.exists() {
            fs::rename(database, set_aside).map_err(|error| cannot("move", database, &error))?;
        }
        for ending in ["wal", "shm"] {
            let _ = fs::rename(sqlite_file(database, ending), sqlite_file(set_aside, ending));
        }
        fs::rename(&self.file, database).map_err(|error| cannot("move", &self.file, &error))?;
        Ok(anchor)
    }

    /// Puts the content of the draft in the place of that of a PostgreSQL database. That can fail, so it comes first.
    async fn copy_to(self, database: &DatabaseUrl, set_aside: &Path) -> Result<Option<PathBuf>, Failure> {
        Backups::replace(database, &self.file, set_aside, &SystemClock).await?;
        self.set_anchor_aside()
    }

    /// The audit log of the backup ends earlier than the anchor says, but this is not an attack. So the anchor is set
    /// aside together with the database to which it belongs.
    fn set_anchor_aside(&self) -> Result<Option<PathBuf>, Failure> {
        let Some(anchor) = &self.later_anchor else {
            return Ok(None);
        };
        let aside = with_suffix(anchor, "before-restore");
        fs::rename(anchor, &aside).map_err(|error| cannot("move", anchor, &error))?;
        Ok(Some(aside))
    }
}

/// Whether the audit log has the event that an anchor file names. An unreadable file names none that it has.
async fn has_event(services: &Services, anchor: &Path) -> Result<bool, Failure> {
    let text = fs::read_to_string(anchor).unwrap_or_default();
    match text.parse::<Anchor>() {
        Ok(anchor) => Ok(services.audit.has_event(&anchor).await?),
        Err(_) => Ok(false),
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let mut source = File::open(from).map_err(|error| cannot("read", from, &error))?;
    Backups::discard(to);
    let mut target = private_file::create(to).map_err(|error| cannot("create", to, &error))?;
    io::copy(&mut source, &mut target)
        .and_then(|_| target.sync_all())
        .map_err(|error| cannot("write", to, &error))
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
