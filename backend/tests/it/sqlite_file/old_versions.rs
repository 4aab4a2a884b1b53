//! Files of earlier versions, with data in them, are brought up to date. There were no such versions on PostgreSQL.

use std::fmt::Write as _;

use crate::common::{MASTER_KEY, TestBackend, TestDatabase, create, new_key};
use crate::upgrade::old_head_mac;
use backend::audit::Actor;
use backend::crypto::sha256;
use backend::verifier::Target;
use migrations::Migrator;
use model::endpoint::Grant;
use model::list::ListQuery;
use model::time::HOUR;
use model::usage::UsageQuery;
use model::verify::Code;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use sea_orm_migration::MigratorTrait;

/// The migrations of a version without rotation, bias profiles and uses.
const BEFORE: u32 = 4;

/// Statements that copy the rows of these tables from the attached newer database `new`, with the columns that the earlier
/// version has.
async fn copy(db: &DatabaseConnection, tables: &[&str]) -> String {
    let mut script = String::new();
    for table in tables {
        let sql = format!("SELECT group_concat(name, ', ') FROM pragma_table_info('{table}')");
        let row = Statement::from_string(db.get_database_backend(), sql);
        let row = db.query_one_raw(row).await.unwrap().unwrap();
        let columns: String = row.try_get_by_index(0).unwrap();
        // Writing to a string does not fail.
        let _ = writeln!(
            script,
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM new.{table};"
        );
    }
    script
}

/// The hash of a token as earlier versions stored it, in hexadecimal digits.
fn plain_hash(token: &str) -> String {
    sha256(token)
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The migrations of a version that stored counts by key, and deleted them with the key.
const BEFORE_USAGE: u32 = 12;

#[tokio::test]
async fn counts_of_an_earlier_version_are_kept() {
    let new = TestBackend::on_sqlite().await;
    let key = create(&new.services, &new_key("Shop", Grant::All)).await;
    let old = TestDatabase::sqlite().await;
    let db = old.connect().await;
    Migrator::up(&db, Some(BEFORE_USAGE)).await.unwrap();
    let hour = new.services.now().0 / HOUR;
    let copied = copy(
        &db,
        &[
            "head",
            "environments",
            "environment_keys",
            "endpoint_patterns",
            "endpoints",
            "audit_events",
            "change_log",
            "api_keys",
        ],
    )
    .await;
    // The totals had no endpoints. Two of their requests belong to a deleted key.
    let script = format!(
        "PRAGMA foreign_keys = OFF;
         ATTACH '{}' AS new;
         BEGIN;
         {copied}
         UPDATE head SET audit_head_mac = x'{end}';
         UPDATE api_keys SET token_hash = x'{hash}';
         INSERT INTO usage_hours (key_id, hour, endpoint_name, code, count) VALUES
            ('{key}', {hour} - 30, 'chat', 'VALID', 5),
            ('{key}', {hour}, 'chat', 'VALID', 7),
            ('{key}', {hour}, 'image', 'VALID', 1),
            ('{key}', {hour}, '', 'FORBIDDEN', 3);
         INSERT INTO usage_totals (environment_id, hour, code, count)
            SELECT id, {hour} - 30, 'VALID', 5 FROM environments;
         INSERT INTO usage_totals (environment_id, hour, code, count) SELECT id, {hour}, 'VALID', 10 FROM environments;
         INSERT INTO usage_totals (environment_id, hour, code, count)
            SELECT id, {hour}, 'FORBIDDEN', 4 FROM environments;
         COMMIT",
        new.database.folder().join("latchkey.db").display(),
        key = key.id,
        hash = plain_hash(key.token.reveal()),
        end = old_head_mac(&new).await,
    );
    db.execute_unprepared(&script).await.unwrap();
    db.close().await.unwrap();

    let services = crate::common::open(&old, &new.clock, MASTER_KEY, 2).await.unwrap();
    let ask = |key: &str| UsageQuery {
        range: "30d".to_owned(),
        key: key.to_owned(),
        ..UsageQuery::default()
    };
    for _ in ["from hours", "from days"] {
        let all = services.usage.report(&Actor::command_line(), &ask("")).await.unwrap();
        let endpoints: Vec<(&str, u64, u64)> = all
            .endpoints
            .iter()
            .map(|used| (used.name.as_str(), used.counts.total(), used.counts.refused()))
            .collect();
        assert_eq!(endpoints, [("chat", 12, 0), ("", 6, 4), ("image", 1, 0)]);
        assert_eq!((all.keys.len(), all.keys[0].requests, all.keys[0].refused), (1, 16, 3));
        let of_key = services
            .usage
            .report(&Actor::command_line(), &ask(key.id.as_str()))
            .await
            .unwrap();
        assert_eq!((of_key.total().total(), of_key.total().refused()), (16, 3));
        services.usage.apply_retention().await.unwrap();
    }
    // New requests are added to these counts.
    services.cluster.load_index().await.unwrap();
    assert_eq!(crate::common::code(&services, &key.token, "chat"), Code::Valid);
    let all = services.usage.report(&Actor::command_line(), &ask("")).await.unwrap();
    assert_eq!(all.total().total(), 20);
}

#[tokio::test]
async fn keys_of_an_earlier_version_still_work() {
    // This version creates the key's values, which are inserted into a database of the earlier version.
    let new = TestBackend::on_sqlite().await;
    let key = create(&new.services, &new_key("Shop", Grant::Only(vec!["chat".to_owned()]))).await;
    let source = new.database.folder().join("latchkey.db");

    let old = TestDatabase::sqlite().await;
    let db = old.connect().await;
    Migrator::up(&db, Some(BEFORE)).await.unwrap();
    let copied = copy(
        &db,
        &[
            "head",
            "environments",
            "endpoint_patterns",
            "endpoints",
            "audit_events",
            "change_log",
            "api_key_endpoints",
            "api_keys",
        ],
    )
    .await;
    let script = format!(
        "PRAGMA foreign_keys = OFF;
         ATTACH '{}' AS new;
         BEGIN;
         {copied}
         UPDATE head SET audit_head_mac = x'{end}';
         UPDATE api_keys SET last_used_at = 1795326180000, token_hash = x'{hash}';
         COMMIT",
        source.display(),
        hash = plain_hash(key.token.reveal()),
        end = old_head_mac(&new).await,
    );
    db.execute_unprepared(&script).await.unwrap();
    db.close().await.unwrap();

    let services = crate::common::open(&old, &new.clock, MASTER_KEY, 2).await.unwrap();
    services.cluster.load_index().await.unwrap();
    let decide = |endpoint| {
        let decision = crate::common::ask(&services, key.token.reveal(), Target::Endpoint(endpoint), None);
        decision.unwrap().code
    };
    assert_eq!((decide("chat"), decide("image")), (Code::Valid, Code::Forbidden));
    // The upgrade has given the environment an environment key.
    let environment = services
        .environments
        .list(&Actor::command_line(), &ListQuery::default())
        .await
        .unwrap()
        .environments
        .remove(0);
    let by = Actor::command_line();
    let revealed = services.environments.reveal_key(&by, &environment.id).await.unwrap();
    let own = crate::common::decide(&services, &revealed.token, "image");
    assert_eq!((own.code, own.environment.as_deref()), (Code::Valid, Some("default")));
    assert_eq!(own.id, Some(environment.key_id));
    assert_eq!(
        services
            .audit
            .verify_chain(&Actor::command_line())
            .await
            .unwrap()
            .broken,
        None
    );
    let db = old.connect().await;
    let row = Statement::from_string(
        db.get_database_backend(),
        "SELECT rotated_at = created_at AND token_change = created_change AND token_used_at = last_used_at \
         AND idle_since = last_used_at AND granted_endpoints = 1 AS filled FROM api_keys",
    );
    let row = db.query_one_raw(row).await.unwrap().unwrap();
    assert!(row.try_get::<bool>("", "filled").unwrap());
    services.keys.disable(&by, &key.id).await.unwrap();
    assert_eq!(decide("chat"), Code::Inactive);
    services.keys.delete(&by, &key.id).await.unwrap();
    assert_eq!(decide("chat"), Code::NotFound);
}
