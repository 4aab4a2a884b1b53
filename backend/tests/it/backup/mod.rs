//! Backups, which are SQLite files whatever the database is.

mod copy;

use std::path::Path;
use std::sync::Arc;

use crate::common::{MASTER_KEY, TestBackend};
use backend::crypto::master_key::MasterKey;
use backend::crypto::random::SeededRandom;
use backend::{HashingCost, Location, Options, Services, Settings};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};

pub fn key(text: &str) -> MasterKey {
    MasterKey::from_text(text).unwrap()
}

/// Opens a copy.
pub async fn open(test: &TestBackend, file: &Path) -> Services {
    let options = Options {
        location: Location::Sqlite(file.to_owned()),
        master_key: key(MASTER_KEY),
        previous_master_key: None,
        clock: Arc::<backend::clock::ManualClock>::clone(&test.clock),
        random: Arc::new(SeededRandom::new(9)),
        hashing_cost: HashingCost::Least,
        settings: Settings::default(),
    };
    Services::open(options).await.unwrap().0
}

/// A connection to a copy that avoids all rules of the backend.
pub async fn connect(file: &Path) -> DatabaseConnection {
    let mut options = ConnectOptions::new(format!("sqlite://{}", file.display()));
    // One, so that an attached database stays.
    options.max_connections(1).sqlx_logging(false);
    Box::pin(Database::connect(options)).await.unwrap()
}

pub async fn number(file: &Path, sql: &str) -> i64 {
    let db = connect(file).await;
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    db.close().await.unwrap();
    row.try_get_by_index(0).unwrap()
}
