//! The schema, where it differs from SQLite's.

use std::sync::Arc;
use std::time::Duration;

use backend::Error;
use backend::clock::{Clock as _, ManualClock, SystemClock};
use backend::error::RefusedStart;

use super::on_postgres;
use crate::common::database::{execute, number, on_postgres as is_postgres, texts};
use crate::common::{MASTER_KEY, TestDatabase, create, new_key, open};
use model::endpoint::Grant;
use sea_orm::TransactionTrait;

#[tokio::test]
async fn every_text_is_in_the_order_of_its_bytes() {
    let Some(test) = on_postgres().await else { return };
    let db = test.connect_directly().await;
    let others = "SELECT tables.relname || '.' || attname FROM pg_attribute JOIN pg_class AS tables ON tables.oid = attrelid
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'i') AND attnum > 0 AND NOT attisdropped
            AND attcollation <> 0 AND attcollation <> 'pg_catalog.\"C\"'::regcollation";
    assert_eq!(texts(&db, others).await, Vec::<String>::new());
    let columns = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'users' AND collation_name = 'C'";
    assert!(number(&db, columns).await > 3);
}

#[tokio::test]
async fn the_audit_log_cannot_be_emptied() {
    let Some(test) = on_postgres().await else { return };
    create(&test.services, &new_key("Shop", Grant::All)).await;
    let events = test.events().await;
    let db = test.connect_directly().await;
    for sql in [
        "TRUNCATE audit_events",
        "TRUNCATE audit_events, change_log CASCADE",
        "DELETE FROM audit_events",
        "INSERT INTO audit_events SELECT * FROM audit_events ON CONFLICT (number) DO UPDATE SET action = 'x'",
    ] {
        let error = execute(&db, sql).await.unwrap_err().to_string();
        assert!(error.contains("the audit log is only ever added to"), "{sql}: {error}");
    }
    assert_eq!(test.events().await, events);
}

#[tokio::test]
async fn a_schema_change_does_not_wait_long_for_others_since_everybody_else_would_wait_for_it() {
    let Some(test) = on_postgres().await else { return };
    let db = test.connect_directly().await;
    execute(
        &db,
        "DROP INDEX users_name; DROP INDEX one_time_links_purpose;
         DELETE FROM seaql_migrations WHERE version = 'm20261129_000016_pages'",
    )
    .await
    .unwrap();
    let long = db.begin().await.unwrap();
    execute(&long, "UPDATE users SET name = name").await.unwrap();
    let began = std::time::Instant::now();
    let refused = open(&test.database, &test.clock, MASTER_KEY, 2).await.unwrap_err();
    assert!(
        matches!(refused, Error::RefusedStart(RefusedStart::SchemaInUse)),
        "{refused:?}"
    );
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    long.rollback().await.unwrap();
    open(&test.database, &test.clock, MASTER_KEY, 3).await.unwrap();
    let indexes = "SELECT count(*) FROM pg_indexes WHERE indexname IN ('users_name', 'one_time_links_purpose')";
    assert_eq!(number(&db, indexes).await, 2);
}

#[tokio::test]
async fn processes_that_start_at_once_on_an_empty_database_take_turns() {
    if !is_postgres() {
        return;
    }
    let database = TestDatabase::blank().await;
    let clock = Arc::new(ManualClock::new(SystemClock.now()));
    let (one, other, third) = tokio::join!(
        open(&database, &clock, MASTER_KEY, 1),
        open(&database, &clock, MASTER_KEY, 2),
        open(&database, &clock, MASTER_KEY, 3),
    );
    let instances = [one, other, third].map(|services| services.unwrap().instance().to_owned());
    assert_eq!(instances[0], instances[1]);
    assert_eq!(instances[0], instances[2]);
    let db = database.connect().await;
    assert_eq!(number(&db, "SELECT count(*) FROM environments").await, 1);
    assert_eq!(number(&db, "SELECT count(*) FROM environment_keys").await, 1);
}
