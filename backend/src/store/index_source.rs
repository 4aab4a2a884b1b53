//! Where the index is loaded from at start: a snapshot of the database, read by two at a time. A million keys take seconds
//! of processor time.

use sea_orm::{DatabaseConnection, DatabaseTransaction};
use tokio::sync::mpsc;

use super::index_key::IndexKey;
use super::location::Location;
use super::{change_number, postgres, sqlite};
use crate::error::{Error, Result};

/// A snapshot.
pub(crate) struct IndexSource {
    /// Reads everything but the keys.
    pub(crate) transaction: DatabaseTransaction,
    /// The number of the last change in the snapshot.
    pub(crate) change: i64,
    /// The number of keys. It may be a little off.
    pub(crate) count: usize,
    keys: Keys,
}

/// What reads the keys of the same snapshot.
enum Keys {
    Sqlite(sqlite::KeyReader),
    Postgres(DatabaseTransaction),
}

impl IndexSource {
    pub(crate) async fn begin(db: &DatabaseConnection, location: &Location) -> Result<Self> {
        match location {
            Location::Sqlite(path) => loop {
                // SQLite has no way to ask for one snapshot twice, so a pair that fell on both sides of a change is given up.
                let transaction = sqlite::begin_snapshot(db).await?;
                let change = change_number(&transaction).await?;
                let path = path.clone();
                let (reader, same) = blocking(move || {
                    let reader = sqlite::KeyReader::open(&path)?;
                    let number = reader.change_number()?;
                    Ok((reader, number == change))
                })
                .await?;
                if same {
                    return Ok(Self {
                        count: sqlite::count_keys(&transaction).await?,
                        transaction,
                        change,
                        keys: Keys::Sqlite(reader),
                    });
                }
                transaction.rollback().await?;
            },
            Location::Postgres(_) => {
                let (transaction, other) = postgres::begin_two_snapshots(db).await?;
                Ok(Self {
                    change: change_number(&transaction).await?,
                    count: postgres::count_keys(&transaction).await?,
                    transaction,
                    keys: Keys::Postgres(other),
                })
            }
        }
    }

    /// Sends all keys, some at a time, and ends the snapshot.
    pub(crate) async fn send_keys(self, pages: mpsc::Sender<Vec<IndexKey>>) -> Result<()> {
        match self.keys {
            Keys::Sqlite(reader) => blocking(move || reader.read(&pages)).await?,
            Keys::Postgres(other) => {
                postgres::send_keys(&self.transaction, &other, &pages).await?;
                other.rollback().await?;
            }
        }
        Ok(self.transaction.rollback().await?)
    }
}

/// Does something that reads files, on a thread that may wait for them.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::Internal(format!("reading the keys failed: {error}")))?
}
