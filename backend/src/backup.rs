//! Copies of the whole database, and what is to be done after one was put back.

use std::path::Path;
use std::sync::Arc;

use model::audit_event::{AuditEvent, NoDetails};
use sea_orm::{ConnectionTrait, EntityTrait, Statement};

use crate::audit::{Actor, Event};
use crate::crypto::master_key::MasterKey;
use crate::error::{Error, Result};
use crate::store::connection::connect;
use crate::store::entities::{node, one_time_link, session};
use crate::store::{Location, Store, check_master_key};

/// Makes and checks copies of the whole database.
#[derive(Debug)]
pub struct Backups {
    store: Arc<Store>,
}

impl Backups {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// Writes a consistent copy into an empty file, while everybody goes on
    /// (<https://sqlite.org/lang_vacuum.html#vacuuminto>).
    pub async fn create(&self, file: &Path) -> Result<()> {
        let file = file
            .to_str()
            .ok_or_else(|| Error::Refused("the name of the file is not text".to_owned()))?;
        let backend = self.store.db.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, "VACUUM INTO ?", [file.into()]);
        self.store.db.execute_raw(statement).await?;
        Ok(())
    }

    /// Whether a file is a database of ours that this master key opens.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub async fn check(file: &Path, master_key: &MasterKey, previous: Option<&MasterKey>) -> Result<()> {
        let ours = async {
            let db = connect(&Location::Sqlite(file.to_owned())).await?;
            let checked = async {
                check_master_key(&db, master_key, previous).await?;
                let statement = Statement::from_string(db.get_database_backend(), "PRAGMA quick_check(1)");
                let row = db.query_one_raw(statement).await?;
                let said: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?;
                if said.as_deref() == Some("ok") {
                    Ok(())
                } else {
                    Err(Error::Refused("this backup is damaged".to_owned()))
                }
            };
            let checked = checked.await;
            db.close().await?;
            checked
        };
        match ours.await {
            Err(Error::Database(_)) => Err(Error::Refused("this is not a backup of Latchkey".to_owned())),
            outcome => outcome,
        }
    }

    /// After a backup was put back: sessions and links that had ended since then would be good again, so all end.
    pub async fn note_restore(&self) -> Result<()> {
        let mut write = self.store.begin_unguarded().await?;
        session::Entity::delete_many().exec(&write.transaction).await?;
        one_time_link::Entity::delete_many().exec(&write.transaction).await?;
        node::Entity::delete_many().exec(&write.transaction).await?;
        let event = Event::without_subject(AuditEvent::DatabaseRestored(NoDetails {}));
        write.audit(&Actor::command_line(), &event);
        write.commit().await?;
        Ok(())
    }
}
