//! Statements that are written by hand.
//!
//! Outside the folder of one database, they use only what SQLite and PostgreSQL both understand.

use std::borrow::Cow;
use std::fmt::Write as _;

use sea_orm::{ConnectionTrait, DbBackend, Statement, TryGetable, Value};

use crate::error::Result;

/// A statement with one `?` for each value. The text holds no other question mark.
pub(super) fn statement(database: DbBackend, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(database, with_placeholders(database, sql), values)
}

/// Places for this number of values, as in `IN (?, ?)`.
pub(super) fn places(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// The first column of the first row.
pub(super) async fn read_one<T: TryGetable>(db: &impl ConnectionTrait, statement: Statement) -> Result<Option<T>> {
    let row = db.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// The text with the placeholders of the database: PostgreSQL numbers them.
fn with_placeholders(database: DbBackend, sql: &str) -> Cow<'_, str> {
    if database != DbBackend::Postgres {
        return Cow::Borrowed(sql);
    }
    let mut parts = sql.split('?');
    let mut numbered = parts.next().unwrap_or_default().to_owned();
    for (number, part) in (1..).zip(parts) {
        // Writing to a string does not fail.
        let _ = write!(numbered, "${number}{part}");
    }
    Cow::Owned(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_has_its_own_placeholders() {
        let sql = "SELECT id FROM api_keys WHERE id > ? AND name = ?";
        assert_eq!(with_placeholders(DbBackend::Sqlite, sql), sql);
        assert_eq!(
            with_placeholders(DbBackend::Postgres, sql),
            "SELECT id FROM api_keys WHERE id > $1 AND name = $2"
        );
    }
}
