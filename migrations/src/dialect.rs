//! Hand-written statements for the database of a migration. They are written for SQLite.

use std::borrow::Cow;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Whether the database is PostgreSQL.
pub(crate) fn is_postgres(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DbBackend::Postgres
}

/// Executes hand-written statements in their order.
pub(crate) async fn execute(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        let statement = in_dialect(manager, statement);
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// PostgreSQL has another name for binary columns, and every table of it is without ROWID.
fn in_dialect<'a>(manager: &SchemaManager<'_>, statement: &'a str) -> Cow<'a, str> {
    if is_postgres(manager) {
        statement
            .replace(" blob", " bytea")
            .replace(" WITHOUT ROWID", "")
            .into()
    } else {
        statement.into()
    }
}
