//! Texts in the order of their bytes, as SQLite has them. A database may have the order of a language, in which a prefix
//! is no range, the pages of a list have another order than their places, and `lower` knows letters that SQLite does not
//! (<https://www.postgresql.org/docs/current/collation.html>).

use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::error::Result;

/// Gives the collation "C" to every column that has another one. It changes no value, so no table is written again.
const GIVE_BYTE_ORDER: &str = r#"DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT tables.oid::regclass AS name, columns.attname AS column_name,
            format_type(columns.atttypid, columns.atttypmod) AS type
        FROM pg_attribute AS columns JOIN pg_class AS tables ON tables.oid = columns.attrelid
        WHERE tables.relnamespace = current_schema()::regnamespace AND tables.relkind = 'r'
            AND columns.attnum > 0 AND NOT columns.attisdropped
            AND columns.attcollation <> 0 AND columns.attcollation <> 'pg_catalog."C"'::regcollation
    LOOP
        EXECUTE format(
            'ALTER TABLE %s ALTER COLUMN %I TYPE %s COLLATE "C"', found.name, found.column_name, found.type
        );
    END LOOP;
END
$$"#;

pub(super) async fn give_byte_order(transaction: &DatabaseTransaction) -> Result<()> {
    transaction.execute_unprepared(GIVE_BYTE_ORDER).await?;
    Ok(())
}
