//! Copies of the whole database, and what has to happen after one is restored.

use std::path::Path;
use std::sync::Arc;

use model::audit_event::{AuditEvent, NoDetails};
use sea_orm::{DbBackend, EntityTrait};

use crate::audit::{Actor, Event};
use crate::crypto::master_key::MasterKey;
use crate::error::{Error, RefusedStart, Result};
use crate::store::entities::{limit_report, one_time_link, session};
use crate::store::nodes::note_all_stopped;
use crate::store::{Store, check_master_key, sqlite};

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
        match self.store.db.get_database_backend() {
            DbBackend::Sqlite => sqlite::copy_into(&self.store.db, file).await,
            _ => Err(RefusedStart::SqliteOnly.into()),
        }
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
}
