//! Databases of earlier versions, with data in them, are brought up to date.

use std::fmt::Write as _;

use crate::common::{MASTER_KEY, TestBackend, create, new_key};
use backend::audit::Actor;
use backend::crypto::master_key::{MasterKey, mac};
use backend::verifier::Target;
use migrations::{BINDS_HEAD, Migrator};
use model::audit::Breakage;
use model::endpoint::Grant;
use model::list::ListQuery;
use model::time::HOUR;
use model::usage::UsageQuery;
use model::verify::Code;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
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

/// The MAC of the end of the log, as earlier versions wrote it.
async fn old_head_mac(test: &TestBackend) -> String {
    let db = test.connect_directly().await;
    let sql = "SELECT audit_number, audit_mac FROM head";
    let row = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(row).await.unwrap().unwrap();
    let number: i64 = row.try_get("", "audit_number").unwrap();
    let last: Vec<u8> = row.try_get("", "audit_mac").unwrap();
    let key = MasterKey::from_text(MASTER_KEY).unwrap().derive("latchkey audit head");
    let end = mac(&key, &[&number.to_be_bytes(), &last]);
    end.iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Turns a database into one of an earlier version, in which the MAC of the head covered only the end of the log.
async fn downgrade_head(test: &TestBackend, end: &str) {
    let db = test.connect_directly().await;
    let sql = format!(
        "UPDATE head SET audit_head_mac = x'{end}';
         ALTER TABLE head DROP COLUMN instance;
         DELETE FROM seaql_migrations WHERE version = '{BINDS_HEAD}'"
    );
    db.execute_unprepared(&sql).await.unwrap();
}

#[tokio::test]
async fn the_end_of_an_earlier_log_gets_a_new_mac_once() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("Shop", Grant::All)).await;
    let (instance, end) = (test.services.instance().to_owned(), old_head_mac(&test).await);
    downgrade_head(&test, &end).await;
    let now = test.another(2).await;
    assert_eq!(now.instance(), instance);
    assert_eq!(
        now.audit.verify_chain(&Actor::command_line()).await.unwrap().broken,
        None
    );
    create(&now, &new_key("Mail", Grant::All)).await;
    assert_eq!(
        now.audit.verify_chain(&Actor::command_line()).await.unwrap().broken,
        None
    );

    // From then on, a MAC as the earlier version wrote it is refused.
    let db = test.connect_directly().await;
    let end = old_head_mac(&test).await;
    db.execute_unprepared(&format!("UPDATE head SET audit_head_mac = x'{end}'"))
        .await
        .unwrap();
    let broken = test
        .another(3)
        .await
        .audit
        .verify_chain(&Actor::command_line())
        .await
        .unwrap()
        .broken;
    assert_eq!(broken.unwrap().how, Breakage::CutOff);
}

#[tokio::test]
async fn a_log_cut_off_before_the_upgrade_is_still_found_cut_off() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("Shop", Grant::All)).await;
    downgrade_head(&test, &"00".repeat(32)).await;
    let now = test.another(2).await;
    let broken = now.audit.verify_chain(&Actor::command_line()).await.unwrap().broken;
    assert_eq!(broken.unwrap().how, Breakage::CutOff);
}

#[tokio::test]
async fn a_wrong_master_key_does_not_upgrade_a_database() {
    let test = TestBackend::new().await;
    let end = old_head_mac(&test).await;
    downgrade_head(&test, &end).await;
    let wrong = crate::common::open(&test.folder, &test.clock, "quite another key, just as long as it", 2).await;
    assert!(wrong.unwrap_err().to_string().contains("this is not the master key"));
    let right = test.another(3).await;
    assert_eq!(
        right.audit.verify_chain(&Actor::command_line()).await.unwrap().broken,
        None
    );
}

/// The migrations of a version that stored counts by key, and deleted them with the key.
const BEFORE_USAGE: u32 = 12;

#[tokio::test]
async fn counts_of_an_earlier_version_are_kept() {
    let new = TestBackend::new().await;
    let key = create(&new.services, &new_key("Shop", Grant::All)).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latchkey.db");
    let db = Database::connect(format!("sqlite://{}?mode=rwc", path.display()))
        .await
        .unwrap();
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
        new.folder.path().join("latchkey.db").display(),
        key = key.id,
        end = old_head_mac(&new).await,
    );
    db.execute_unprepared(&script).await.unwrap();
    db.close().await.unwrap();

    let services = crate::common::open(&folder, &new.clock, crate::common::MASTER_KEY, 2)
        .await
        .unwrap();
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
        assert_eq!(endpoints, [("chat", 12, 0), ("image", 1, 0), ("", 6, 4)]);
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
    let new = TestBackend::new().await;
    let key = create(&new.services, &new_key("Shop", Grant::Only(vec!["chat".to_owned()]))).await;
    let source = new.folder.path().join("latchkey.db");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latchkey.db");
    let db = Database::connect(format!("sqlite://{}?mode=rwc", path.display()))
        .await
        .unwrap();
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
         UPDATE api_keys SET last_used_at = 1795326180000;
         COMMIT",
        source.display(),
        end = old_head_mac(&new).await,
    );
    db.execute_unprepared(&script).await.unwrap();
    db.close().await.unwrap();

    let services = crate::common::open(&folder, &new.clock, crate::common::MASTER_KEY, 2)
        .await
        .unwrap();
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
    let db = Database::connect(format!("sqlite://{}", path.display())).await.unwrap();
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
