//! Reads all keys for the index in memory, with rusqlite: sqlx hands each row from thread to thread, which takes longer
//! than reading it.

use std::path::Path;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, OpenFlags, Row, Statement};
use tokio::sync::mpsc;

use super::connection::BUSY;
use crate::error::Result;
use crate::store::column::{ColumnValue, Stored};
use crate::store::index_key::{INDEX_COLUMNS, IndexKey, IndexRow};

/// Number of keys that are handed over at a time.
const PAGE: usize = 2_000;

/// A connection that reads one snapshot.
pub(crate) struct KeyReader(Connection);

impl KeyReader {
    /// Opens the database, which exists. The first read takes the snapshot.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        // One thread at a time uses the connection.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.execute_batch("BEGIN")?;
        Ok(Self(connection))
    }

    /// The number of the last change in the snapshot.
    pub(crate) fn change_number(&self) -> Result<i64> {
        let number = "SELECT COALESCE(max(change_number), 0) FROM head";
        Ok(self.0.query_row(number, (), |row| row.get(0))?)
    }

    /// Sends all keys, some at a time, in the order in which they are stored. In the order of their IDs, each would be at
    /// another place in the file.
    pub(crate) fn read(&self, pages: &mpsc::Sender<Vec<IndexKey>>) -> Result<()> {
        let keys = format!("SELECT {INDEX_COLUMNS} FROM api_keys ORDER BY rowid");
        let mut keys = self.0.prepare(&keys)?;
        let grants = "SELECT endpoint_name FROM api_key_endpoints WHERE key_id = ?";
        let mut grants = self.0.prepare(grants)?;
        let mut rows = keys.query(())?;
        let mut page = Vec::with_capacity(PAGE);
        while let Some(row) = rows.next()? {
            let row = index_row(row)?;
            let granted = if row.all_endpoints {
                Vec::new()
            } else {
                granted_endpoints(&mut grants, row.key_id.as_str())?
            };
            page.push(row.into_key(granted)?);
            if page.len() == PAGE {
                let full = std::mem::replace(&mut page, Vec::with_capacity(PAGE));
                if pages.blocking_send(full).is_err() {
                    // Whoever took the pages has failed, and says why.
                    return Ok(());
                }
            }
        }
        let _ = pages.blocking_send(page);
        Ok(())
    }
}

fn granted_endpoints(grants: &mut Statement<'_>, key_id: &str) -> Result<Vec<String>> {
    let rows = grants.query_map([key_id], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reads [`INDEX_COLUMNS`], each by its place: looking a name up would take as long as reading the row.
fn index_row(row: &Row<'_>) -> Result<IndexRow> {
    let mut cells = Cells { row, next: 0 };
    Ok(IndexRow {
        key_id: cells.read()?,
        environment_id: cells.read()?,
        token_hash: cells.read()?,
        token_imported: cells.read()?,
        state: cells.read()?,
        all_endpoints: cells.read()?,
        created_at: cells.read()?,
        expires_at: cells.read()?,
        profile_id: cells.read()?,
        limit_second: cells.read()?,
        limit_minute: cells.read()?,
        limit_day: cells.read()?,
        allowed_addresses: cells.read()?,
        name: cells.read()?,
        customer_id: cells.read()?,
        metadata: cells.read()?,
    })
}

/// The cells of a row, from left to right.
struct Cells<'a> {
    row: &'a Row<'a>,
    next: usize,
}

impl Cells<'_> {
    fn read<T: FromSql>(&mut self) -> Result<T> {
        let cell = self.next;
        self.next += 1;
        Ok(self.row.get(cell)?)
    }
}

impl<T: ColumnValue<Raw: FromSql>> FromSql for Stored<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let raw = T::Raw::column_result(value)?;
        T::from_raw(raw).map(Self).map_err(FromSqlError::other)
    }
}

#[cfg(test)]
mod tests {
    use model::address::AllowedAddresses;
    use model::endpoint::Grant;
    use model::id::ProfileId;
    use model::limit::Limits;
    use model::status::State;
    use model::time::Timestamp;

    use super::*;
    use crate::crypto::token::HashedToken;

    /// A table with the columns that the index needs, whose order in the table is another one.
    fn reader(key: &str) -> KeyReader {
        let connection = Connection::open_in_memory().unwrap();
        let script = format!(
            "CREATE TABLE api_key_endpoints (key_id TEXT, endpoint_name TEXT);
             CREATE TABLE api_keys (metadata TEXT, customer_id TEXT, name TEXT, limit_day INTEGER, limit_minute INTEGER, limit_second INTEGER,
                 allowed_addresses TEXT, profile_id TEXT, expires_at INTEGER, created_at INTEGER, all_endpoints BOOLEAN,
                 state TEXT, token_imported BOOLEAN, token_hash BLOB, environment_id TEXT, id TEXT);
             INSERT INTO api_key_endpoints VALUES ('key_0123456789', 'chat'), ('key_9876543210', 'image');
             INSERT INTO api_keys VALUES ({key})"
        );
        connection.execute_batch(&script).unwrap();
        KeyReader(connection)
    }

    fn read(key: &str) -> Result<IndexKey> {
        let (pages, mut arrived) = mpsc::channel(1);
        reader(key).read(&pages)?;
        Ok(arrived.try_recv().unwrap().remove(0))
    }

    const KEY: &str =
        "NULL, NULL, 'Shop', NULL, 60, NULL, '192.0.2.0/24', 'prof_0123456789', NULL, 1000, 0, 'active', 1, randomblob(32),
        'env_0123456789', 'key_0123456789'";

    #[test]
    fn a_key_has_all_its_columns_and_its_own_grants() {
        let key = read(KEY).unwrap();
        assert_eq!(
            (key.key_id.as_str(), key.environment_id.as_str()),
            ("key_0123456789", "env_0123456789")
        );
        assert_eq!(
            (key.state, key.created_at, key.expires_at),
            (State::Active, Timestamp(1_000), None)
        );
        assert!(key.token_imported);
        assert_eq!(key.profile_id, ProfileId::parse("prof_0123456789"));
        let limits = Limits {
            minute: Some(60),
            ..Limits::default()
        };
        assert_eq!((key.limits, key.name.as_str()), (limits, "Shop"));
        assert_eq!(
            Some(key.allowed_addresses),
            AllowedAddresses::from_stored("192.0.2.0/24")
        );
        assert_eq!(key.grant, Grant::Only(vec!["chat".to_owned()]));
    }

    #[test]
    fn a_key_with_all_endpoints_has_no_others() {
        let key = read(
            &KEY.replace("1000, 0,", "1000, 1,")
                .replace("randomblob(32)", "zeroblob(32)"),
        )
        .unwrap();
        assert_eq!((key.grant, key.token), (Grant::All, HashedToken([0; 32])));
        assert!(!read(&KEY.replace("'active', 1", "'active', 0")).unwrap().token_imported);
    }

    #[test]
    fn a_value_that_nobody_knows_is_an_error_that_names_it() {
        for (known, unknown, named) in [
            ("'active'", "'asleep'", "unknown state: \"asleep\""),
            ("'env_0123456789'", "'env_'", "unknown environment ID: \"env_\""),
            (
                "randomblob(32)",
                "zeroblob(31)",
                "token hash of key: \"key_0123456789\"",
            ),
            ("1000, 0,", "'now', 0,", "created_at"),
        ] {
            let error = read(&KEY.replace(known, unknown)).unwrap_err();
            assert!(error.to_string().contains(named), "{error}");
        }
    }
}
