//! What tests of query plans on PostgreSQL share. They are ignored by default, since they need a server: `cargo xtask test`
//! starts one and names it in `LATCHKEY_TEST_DATABASE_URL`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::Value;

use crate::clock::{Clock as _, SystemClock};
use crate::crypto::master_key::MasterKey;
use crate::crypto::random::SeededRandom;
use crate::settings::{HashingCost, Settings};
use crate::store::{Location, Options, Store};

/// A database of this test's own, with the schema and the rows of a first start.
pub(crate) async fn new_store() -> Store {
    open("").await
}

/// As [`new_store`], but PostgreSQL reads a table from end to end only where no index can serve. Without rows, it would
/// do so always.
pub(crate) async fn new_store_without_scans() -> Store {
    open("&options=-c%20enable_seqscan%3Doff").await
}

async fn open(parameters: &str) -> Store {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("LATCHKEY_TEST_DATABASE_URL").expect("LATCHKEY_TEST_DATABASE_URL names a server");
    // `cargo xtask test` drops databases with such names.
    let name = format!("test_{}_{}", std::process::id(), LAST.fetch_add(1, Ordering::Relaxed));
    let admin = Box::pin(Database::connect(&server)).await.unwrap();
    run(&admin, &format!("DROP DATABASE IF EXISTS {name}")).await;
    run(&admin, &format!("CREATE DATABASE {name} TEMPLATE template0")).await;
    let (address, query) = server.split_once('?').unwrap();
    let (host, _) = address.rsplit_once('/').unwrap();
    let options = Options {
        location: Location::Postgres(format!("{host}/{name}?{query}{parameters}").parse().unwrap()),
        master_key: MasterKey::from_text("a master key for tests, 32 or more").unwrap(),
        previous_master_key: None,
        clock: Arc::new(SystemClock),
        random: Arc::new(SeededRandom::new(1)),
        hashing_cost: HashingCost::Least,
        settings: Settings::default(),
    };
    Box::pin(Store::open(options)).await.unwrap().store
}

/// Number of keys that a test adds. PostgreSQL chooses a plan by the rows that it expects.
pub(crate) const KEYS: u64 = 30_000;

/// Adds [`KEYS`] keys, and lets PostgreSQL count them. Of a thousand, one is inactive, one has failed, two have ended, and two end
/// soon; one was unused for long, one was not rotated for long, and one has an endpoint that it does not use.
pub(crate) async fn add_keys(store: &Store) {
    let (now, day) = (SystemClock.now().0, 24 * 60 * 60 * 1_000_i64);
    let (unused, old) = (60 * day, 120 * day);
    let script = format!(
        "INSERT INTO api_key_endpoints (key_id, endpoint_name)
         SELECT 'key_' || lpad(CAST(n AS text), 10, '0'), 'image' FROM generate_series(7, {KEYS}, 1000) n;
         INSERT INTO api_key_endpoints (key_id, endpoint_name)
         SELECT 'key_' || lpad(CAST(n AS text), 10, '0'), 'check-bias' FROM generate_series(7, {KEYS}, 1000) n;
         INSERT INTO api_keys (id, name, name_lower, environment_id, token_hash, token_last_four, state, failed_reason,
             all_endpoints, created_at, created_change, expires_at, last_used_at, rotated_at, token_change, idle_since,
             granted_endpoints, used_endpoints, indexed_name)
         SELECT 'key_' || lpad(CAST(n AS text), 10, '0'), 'Shop ' || n, 'shop ' || n, (SELECT id FROM environments),
             sha256(CAST(CAST(n AS text) AS bytea)), lpad(CAST(n % 10000 AS text), 4, '0'),
             CASE n % 1000 WHEN 1 THEN 'inactive' WHEN 2 THEN 'failed' ELSE 'active' END,
             NULL, n % 1000 <> 7, {now} - ({KEYS} - n) * CAST(1000 AS bigint), n,
             CASE n % 500 WHEN 3 THEN {now} - {day} WHEN 4 THEN {now} + {day} END,
             CASE n % 1000 WHEN 5 THEN {now} - {unused} ELSE {now} - n END,
             CASE n % 1000 WHEN 6 THEN {now} - {old} ELSE {now} - n END, n,
             CASE n % 1000 WHEN 5 THEN {now} - {unused} ELSE {now} - n END,
             CASE n % 1000 WHEN 7 THEN 2 ELSE 0 END,
             CASE n % 1000 WHEN 7 THEN 1 ELSE 3 END, 'shop ' || n
         FROM generate_series(1, {KEYS}) n;
         INSERT INTO api_key_words (word, created_at, key_id) SELECT 'shop', created_at, id FROM api_keys;
         INSERT INTO api_key_words (word, created_at, key_id)
         SELECT substr(name_lower, 6), created_at, id FROM api_keys;
         INSERT INTO api_key_tags (tag, key_id)
         SELECT 'billing', 'key_' || lpad(CAST(n AS text), 10, '0') FROM generate_series(8, {KEYS}, 1000) n;
         INSERT INTO api_key_tags (tag, key_id)
         SELECT 'eu', 'key_' || lpad(CAST(n AS text), 10, '0') FROM generate_series(2, {KEYS}, 2) n"
    );
    run(&store.db, &script).await;
    run(&store.db, "ANALYZE").await;
}

/// Runs statements without values, one after the other.
pub(crate) async fn run(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql).await.unwrap();
}

/// Checks that a statement reads tables whose names begin so, and seeks in each of them: nothing is read from end to end,
/// neither a table nor an index.
pub(crate) async fn assert_sought(store: &Store, tables: &str, statement: Statement) {
    let plan = explain(store, "FORMAT JSON", statement).await;
    let mut reads = 0;
    each_node(&plan, &mut |node| {
        let sought = ["Index Cond", "Recheck Cond"]
            .iter()
            .any(|key| node.get(*key).is_some());
        let table = node.get("Relation Name").and_then(Value::as_str);
        if table.is_some_and(|table| table.starts_with(tables)) && node["Node Type"] != "ModifyTable" {
            reads += 1;
            assert!(sought, "{plan:#}");
        }
    });
    assert!(reads > 0, "{plan:#}");
}

/// Runs a statement, and returns how many rows it has read from each table, also those that a condition then left out.
pub(crate) async fn rows_read(store: &Store, statement: Statement) -> (BTreeMap<String, f64>, Value) {
    let plan = explain(store, "ANALYZE, TIMING OFF, FORMAT JSON", statement).await;
    let mut read = BTreeMap::new();
    each_node(&plan, &mut |node| {
        let count = |key: &str| node.get(key).and_then(Value::as_f64).unwrap_or(0.0);
        // A bitmap scan of an index is the child of the scan of its table, and names the index only.
        let Some(table) = node.get("Relation Name").and_then(Value::as_str) else {
            return;
        };
        let rows = count("Actual Rows") + count("Rows Removed by Filter") + count("Rows Removed by Index Recheck");
        *read.entry(table.to_owned()).or_insert(0.0) += rows * count("Actual Loops");
    });
    (read, plan)
}

async fn explain(store: &Store, options: &str, statement: Statement) -> Value {
    assert_eq!(statement.db_backend, DbBackend::Postgres);
    let explain = Statement {
        sql: format!("EXPLAIN ({options}) {}", statement.sql),
        ..statement
    };
    let row = store.db.query_one_raw(explain).await.unwrap().unwrap();
    row.try_get_by_index::<Value>(0).unwrap()[0]["Plan"].clone()
}

/// Calls `visit` for a node of a plan and for all below it.
fn each_node(node: &Value, visit: &mut impl FnMut(&Value)) {
    visit(node);
    for child in node.get("Plans").and_then(Value::as_array).into_iter().flatten() {
        each_node(child, visit);
    }
}
