//! Copies of the whole database, and what has to happen after one is restored. A copy is a SQLite file, whatever the
//! database is.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use model::audit_event::{AuditEvent, NoDetails};
use model::time::Timestamp;
use sea_orm::{DatabaseTransaction, EntityTrait};

use crate::audit::{Actor, Event};
use crate::clock::Clock;
use crate::crypto::master_key::MasterKey;
use crate::error::{Error, RefusedStart, Result};
use crate::private_file;
use crate::settings::Settings;
use crate::store::copy::{all_tables, copy_tables, write_file};
use crate::store::entities::{head, limit_report, one_time_link, session};
use crate::store::nodes::{note_all_stopped, refuse_while_nodes_run};
use crate::store::{DatabaseUrl, Store, check_master_key, database, postgres, refuse_newer, sqlite};

/// Makes and checks copies of the whole database.
#[derive(Debug)]
pub struct Backups {
    store: Arc<Store>,
}

impl Backups {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// Writes a consistent copy into an empty file. Others can use the database meanwhile.
    pub async fn create(&self, file: &Path) -> Result<()> {
        database::copy_into(&self.store.db, file).await
    }

    /// Checks that a file is an undamaged database of ours that this master key opens.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub async fn check(file: &Path, master_key: &MasterKey, previous: Option<&MasterKey>) -> Result<()> {
        let ours = async {
            let db = sqlite::connect(file).await?;
            let checked = async {
                check_master_key(&db, master_key, previous).await?;
                if sqlite::is_undamaged(&db).await? {
                    Ok(())
                } else {
                    Err(RefusedStart::DamagedBackup.into())
                }
            };
            let checked = checked.await;
            db.close().await?;
            checked
        };
        match ours.await {
            Err(Error::Database(_) | Error::Outage { .. }) => Err(RefusedStart::NotABackup.into()),
            outcome => outcome,
        }
    }

    /// Removes a copy that is not needed, or that was not finished.
    pub fn discard(file: &Path) {
        sqlite::remove(file);
    }

    /// Ends all sessions and one-time links after a backup was restored. Otherwise those that had ended since the
    /// backup would work again.
    pub async fn note_restore(&self) -> Result<()> {
        let mut mutation = self.store.begin_unguarded().await?;
        session::Entity::delete_many().exec(&mutation.transaction).await?;
        one_time_link::Entity::delete_many().exec(&mutation.transaction).await?;
        // What the nodes of that time knew of each other means nothing now.
        note_all_stopped(&mutation.transaction).await?;
        limit_report::Entity::delete_many().exec(&mutation.transaction).await?;
        let event = Event::without_subject(AuditEvent::DatabaseRestored(NoDetails {}));
        mutation.audit(&Actor::command_line(), &event);
        mutation.commit().await?;
        Ok(())
    }

    /// Replaces the content of a PostgreSQL database by that of a file with the schema of this version, in one
    /// transaction. What was there is first written into the file `set_aside`, which must not exist. Answers whether
    /// there was anything.
    ///
    /// # Errors
    /// A node runs, or may run; or something failed. Then the database is as it was, and there is no file `set_aside`.
    pub async fn replace(database: &DatabaseUrl, file: &Path, set_aside: &Path, clock: &dyn Clock) -> Result<bool> {
        let draft = sqlite::connect(file).await?;
        let replaced = async {
            let new = sqlite::begin_snapshot(&draft).await?;
            refuse_newer(&new).await?;
            let (db, old) = Box::pin(postgres::begin_replacing(database)).await?;
            let now = clock.of_database(Timestamp(postgres::time(&old).await?));
            refuse_while_nodes_run(&old, now, Settings::default().stale_limit).await?;
            let was_used = head::Entity::find_by_id(1).one(&old).await?.is_some();
            if was_used {
                private_file::create(set_aside).map_err(|cause| cannot_make(set_aside, cause))?;
            }
            let replaced = replace_rows(&new, old, set_aside, was_used).await;
            if replaced.is_err() && was_used {
                sqlite::remove(set_aside);
            }
            new.rollback().await?;
            db.close().await?;
            replaced.map(|()| was_used)
        };
        let replaced = replaced.await;
        draft.close().await?;
        replaced
    }
}

async fn replace_rows(
    new: &DatabaseTransaction,
    old: DatabaseTransaction,
    set_aside: &Path,
    was_used: bool,
) -> Result<()> {
    if was_used {
        write_file(&old, set_aside).await?;
        File::open(set_aside)
            .and_then(|file| file.sync_all())
            .map_err(|cause| cannot_make(set_aside, cause))?;
    }
    let tables = all_tables();
    postgres::empty(&old, &tables).await?;
    copy_tables(new, &old).await?;
    postgres::gather_statistics(&old, &tables).await?;
    Ok(old.commit().await?)
}

fn cannot_make(path: &Path, cause: std::io::Error) -> Error {
    let path = path.to_owned();
    RefusedStart::DatabaseFile { path, cause }.into()
}
