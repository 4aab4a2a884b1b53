//! What tests of query plans share: an empty database, and SQLite's plan for a statement.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, Statement};

use crate::clock::SystemClock;
use crate::crypto::master_key::MasterKey;
use crate::crypto::random::SeededRandom;
use crate::settings::{HashingCost, Settings};
use crate::store::{Location, Options, Store};

/// An empty database in this folder.
pub(crate) async fn empty_store(folder: &tempfile::TempDir) -> Store {
    let options = Options {
        location: Location::Sqlite(folder.path().join("latchkey.db")),
        master_key: MasterKey::from_text("a master key for tests, 32 or more").unwrap(),
        previous_master_key: None,
        clock: Arc::new(SystemClock),
        random: Arc::new(SeededRandom::new(1)),
        hashing_cost: HashingCost::Least,
        settings: Settings::default(),
    };
    Store::open(options).await.unwrap().store
}

/// The steps in which SQLite carries a statement out (<https://sqlite.org/eqp.html>).
pub(crate) async fn plan(store: &Store, statement: Statement) -> Vec<String> {
    let explain = Statement {
        sql: format!("EXPLAIN QUERY PLAN {}", statement.sql),
        ..statement
    };
    let rows = store.db.query_all_raw(explain).await.unwrap();
    rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect()
}
