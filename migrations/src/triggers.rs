//! Triggers. The schema builder does not support them.

use sea_orm_migration::prelude::*;

use crate::dialect::is_postgres;

/// Makes `BEFORE event ON table` fail with a message, when the condition holds (`NEW` and `OLD` are the rows).
pub(crate) async fn refuse(
    manager: &SchemaManager<'_>,
    name: &str,
    event: &str,
    table: &str,
    when: Option<&str>,
    message: &str,
) -> Result<(), DbErr> {
    if is_postgres(manager) {
        return refuse_on_postgres(manager, name, event, table, when, message).await;
    }
    let condition = when.map(|when| format!(" WHEN {when}")).unwrap_or_default();
    let sql = format!(
        "CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW{condition} \
         BEGIN SELECT RAISE(ABORT, '{message}'); END"
    );
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

/// PostgreSQL's triggers call a function. The condition is in the function rather than in the trigger, and so is the
/// column of `UPDATE OF column`: otherwise the type of a column could not be altered any more.
async fn refuse_on_postgres(
    manager: &SchemaManager<'_>,
    name: &str,
    event: &str,
    table: &str,
    when: Option<&str>,
    message: &str,
) -> Result<(), DbErr> {
    let (event, changed) = match event.split_once(" OF ") {
        Some((event, column)) => (event, Some(format!("NEW.{column} IS DISTINCT FROM OLD.{column}"))),
        None => (event, None),
    };
    let condition = changed.as_deref().or(when).unwrap_or("TRUE");
    let row = if event == "DELETE" { "OLD" } else { "NEW" };
    let sql = format!(
        "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         IF {condition} THEN RAISE EXCEPTION '{message}'; END IF; RETURN {row}; END $$; \
         CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}();"
    );
    manager.get_connection().execute_unprepared(&sql).await?;
    if event == "DELETE" {
        // TRUNCATE deletes rows without a trigger for each of them. SQLite has no such statement.
        let at_once = format!(
            "CREATE FUNCTION {name}_at_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION '{message}'; END $$; \
             CREATE TRIGGER {name}_at_once BEFORE TRUNCATE ON {table} FOR EACH STATEMENT \
             EXECUTE FUNCTION {name}_at_once();"
        );
        manager.get_connection().execute_unprepared(&at_once).await?;
    }
    Ok(())
}
