//! Copies the rows of all tables from one database into another, which may be of the other kind. A backup of a
//! PostgreSQL database is made so, and so is its restore.
//!
//! The entities read and write the rows, so both databases check their types. Both have the schema of this version.

use std::path::Path;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    DatabaseTransaction, EntityName, EntityTrait, IntoActiveModel, Iterable, ModelTrait, PrimaryKeyToColumn,
    QueryFilter, QueryOrder, QuerySelect, Select, Value,
};

use super::mutation::{MOST_ROWS, insert};
use super::{entities, sqlite};
use crate::error::{RefusedStart, Result};

/// The most rows that are in memory at a time.
const PAGE: u64 = 2 * MOST_ROWS as u64;

/// Declares the tables that are copied, in an order in which each row finds the rows to which it refers. Grants come
/// before their key and patterns before their endpoint, since the database adds none to one that exists.
macro_rules! copied {
    ($($entity:ident,)+) => {
        /// The names of the tables that are copied.
        fn copied() -> Vec<&'static str> {
            vec![$(entities::$entity::Entity.table_name(),)+]
        }

        /// The columns that are copied, by table.
        #[cfg(test)]
        fn columns() -> Vec<(&'static str, std::collections::BTreeSet<String>)> {
            use sea_orm::IdenStatic;

            vec![$((
                entities::$entity::Entity.table_name(),
                entities::$entity::Column::iter().map(|column| column.as_str().to_owned()).collect(),
            ),)+]
        }

        /// Copies the rows of all tables into empty ones.
        pub(crate) async fn copy_tables(from: &DatabaseTransaction, to: &DatabaseTransaction) -> Result<()> {
            $(Box::pin(copy_table::<entities::$entity::Entity>(from, to)).await?;)+
            Ok(())
        }
    };
}

copied! {
    head,
    user,
    recovery_code,
    environment,
    environment_key,
    service_account,
    service_account_environment,
    service_token,
    endpoint_pattern,
    endpoint,
    profile,
    profile_version,
    customer,
    api_key_endpoint,
    api_key,
    api_key_tag,
    api_key_word,
    old_token,
    imported_token,
    api_key_endpoint_use,
    form_receipt,
    usage_hour,
    usage_day,
    usage_total,
    usage_progress,
    customer_usage,
    audit_chain_key,
    audit_event,
    change_log,
    node,
    node_acknowledgement,
    last_valid_use,
    signing_key,
    receipt,
    throttled_subject,
    token_hash_key,
}

/// The tables whose rows mean nothing in another database, and which a restore empties in any case.
fn left_out() -> [&'static str; 6] {
    [
        entities::session::Entity.table_name(),
        entities::one_time_link::Entity.table_name(),
        entities::limit_report::Entity.table_name(),
        entities::refused_request_answer::Entity.table_name(),
        entities::refused_request_question::Entity.table_name(),
        // Their requests changed the database that the backup is a copy of. A day later they are gone in any case.
        entities::kept_answer::Entity.table_name(),
    ]
}

/// The names of all tables, except of the one that lists the migrations.
pub(crate) fn all_tables() -> Vec<&'static str> {
    copied().into_iter().chain(left_out()).collect()
}

/// Writes what a transaction sees into an empty SQLite file. When this returns, everything is in that one file.
pub(crate) async fn write_file(from: &DatabaseTransaction, file: &Path) -> Result<()> {
    if std::fs::metadata(file).is_ok_and(|file| file.len() > 0) {
        return Err(RefusedStart::DatabaseFile {
            path: file.to_owned(),
            cause: std::io::ErrorKind::AlreadyExists.into(),
        }
        .into());
    }
    let to = sqlite::connect_writer(file).await?;
    let written = async {
        // An empty database has no head, which only the holder of the master key could sign.
        sqlite::migrate(&to, &[]).await?;
        let transaction = sqlite::begin(&to).await?;
        copy_tables(from, &transaction).await?;
        Ok(transaction.commit().await?)
    };
    let written = written.await;
    to.close().await?;
    written
}

/// Copies the rows of a table, a page at a time.
async fn copy_table<E>(from: &DatabaseTransaction, to: &DatabaseTransaction) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: Send,
{
    let mut after = None;
    loop {
        let rows = page::<E>(after).all(from).await?;
        after = rows.last().map(place::<E>);
        if after.is_none() {
            return Ok(());
        }
        insert::<E, E::ActiveModel>(to, rows).await?;
    }
}

/// The columns of a table's primary key.
fn primary_key<E: EntityTrait>() -> impl Iterator<Item = E::Column> {
    E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column)
}

/// The place of a row in the order of its primary key.
fn place<E: EntityTrait>(row: &E::Model) -> Vec<Value> {
    primary_key::<E>().map(|column| row.get(column)).collect()
}

/// The rows after a place. The condition compares the whole primary key at once, so that both databases seek in its index.
fn page<E: EntityTrait>(after: Option<Vec<Value>>) -> Select<E> {
    let mut select = E::find().limit(PAGE);
    if let Some(after) = after {
        let columns = primary_key::<E>().map(|column| Expr::col((E::default(), column)));
        select = select.filter(Expr::tuple(columns).gt(Expr::tuple(after.into_iter().map(Expr::val))));
    }
    for column in primary_key::<E>() {
        select = select.order_by_asc(column);
    }
    select
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sea_orm::{ConnectionTrait, DbBackend, QueryTrait, Statement};

    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store_without_scans};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    async fn texts(db: &impl ConnectionTrait, sql: &str) -> BTreeSet<String> {
        let rows = db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql));
        let rows = rows.await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    #[tokio::test]
    async fn every_table_of_the_schema_is_copied_or_named_as_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
                   AND name <> 'seaql_migrations'";
        let named: BTreeSet<String> = all_tables().into_iter().map(str::to_owned).collect();
        assert_eq!(texts(&store.db, sql).await, named);
        assert_eq!(all_tables().len(), named.len(), "a table is named twice");
    }

    #[tokio::test]
    async fn every_column_of_a_copied_table_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        for (table, columns) in columns() {
            let sql = format!("SELECT name FROM pragma_table_info('{table}')");
            assert_eq!(texts(&store.db, &sql).await, columns, "{table}");
        }
    }

    #[tokio::test]
    async fn each_page_is_sought() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let after = |number: usize| Some(vec![Value::from("x"); number]);
        for statement in [
            page::<entities::api_key::Entity>(after(1)).build(DbBackend::Sqlite),
            page::<entities::api_key_endpoint::Entity>(after(2)).build(DbBackend::Sqlite),
            page::<entities::usage_hour::Entity>(after(4)).build(DbBackend::Sqlite),
        ] {
            let plan = plan(&store, statement).await;
            assert!(plan.len() == 1 && plan[0].starts_with("SEARCH"), "{plan:#?}");
        }
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_each_page_is_sought() {
        let store = new_store_without_scans().await;
        let after = |number: usize| Some(vec![Value::from("x"); number]);
        for statement in [
            page::<entities::api_key::Entity>(after(1)).build(DbBackend::Postgres),
            page::<entities::api_key_endpoint::Entity>(after(2)).build(DbBackend::Postgres),
        ] {
            assert_sought(&store, "api_key", statement).await;
        }
        store.close().await.unwrap();
    }
}
