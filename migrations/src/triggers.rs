//! Triggers. The schema builder does not support them.

use sea_orm_migration::prelude::*;

/// Makes `BEFORE event ON table` fail with a message, when the condition holds (`NEW` and `OLD` are the rows).
pub(crate) async fn refuse(
    manager: &SchemaManager<'_>,
    name: &str,
    event: &str,
    table: &str,
    when: Option<&str>,
    message: &str,
) -> Result<(), DbErr> {
    let condition = when.map(|when| format!(" WHEN {when}")).unwrap_or_default();
    let sql = format!(
        "CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW{condition} \
         BEGIN SELECT RAISE(ABORT, '{message}'); END"
    );
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}
