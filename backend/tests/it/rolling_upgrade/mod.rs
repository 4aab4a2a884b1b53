//! Nodes are upgraded one after the other. Those of the version before go on working after the first node of the next
//! version has changed the schema.

mod additions;
mod next_version;
mod old_nodes;
mod restart;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

use crate::common::TestDatabase;

/// Changes the schema as a node does when it starts: in one transaction, on a connection of its own. On SQLite it takes the
/// lock at once: a transaction that begins with a read is refused where another has written before its first write.
async fn migrate<M: MigratorTrait>(database: &TestDatabase) {
    let db = database.connect().await;
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = db.begin_with_options(options).await.unwrap();
    M::up(&transaction, None).await.unwrap();
    transaction.commit().await.unwrap();
    db.close().await.unwrap();
}

/// All rows of a statement, each as texts.
async fn rows(db: &DatabaseConnection, sql: &str, columns: usize) -> Vec<Vec<String>> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql));
    let rows = rows.await.unwrap();
    let row = |row: &sea_orm::QueryResult| (0..columns).map(|at| row.try_get_by_index(at).unwrap()).collect();
    rows.iter().map(row).collect()
}
