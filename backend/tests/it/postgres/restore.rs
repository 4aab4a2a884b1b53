//! A backup takes the place of a PostgreSQL database, whichever database it was made of.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use backend::audit::Actor;
use backend::error::{Outage, RefusedStart};
use backend::receipts::PublicKeys;
use backend::{Backups, DatabaseUrl, Error, Location, Services};
use model::endpoint::Grant;
use model::id::KeyId;
use model::list::ListQuery;
use model::rotate_form::{RotateKeyForm, RotateOutcome};
use model::time::{MINUTE, SECOND};
use model::usage::UsageQuery;
use model::verify::Code;

use super::{by, on_postgres};
use crate::backup::{connect, open};
use crate::common::database::{execute, number, refuse_rows, texts};
use crate::common::{TestBackend, TestDatabase, code, create, decide, new_key, open as open_database, serve};

/// The tables whose rows a copy of a PostgreSQL database does not have.
const LEFT_OUT: [&str; 3] = ["limit_reports", "one_time_links", "sessions"];

fn url(database: &TestDatabase) -> DatabaseUrl {
    match database.location() {
        Location::Postgres(url) => url,
        Location::Sqlite(file) => panic!("{}", file.display()),
    }
}

/// A backup of this database in which nobody is logged in, ready to be restored.
async fn draft(test: &TestBackend, name: &str) -> PathBuf {
    let file = test.database.folder().join(name);
    test.services.backups.create(&file).await.unwrap();
    prepare(test, &file).await;
    file
}

async fn prepare(test: &TestBackend, file: &Path) {
    let copy = open(test, file).await;
    copy.backups.note_restore().await.unwrap();
    copy.close().await.unwrap();
}

/// Restores a draft. Answers with the file of what was there before, where there was anything.
async fn restore(test: &TestBackend, to: &TestDatabase, draft: &Path) -> Result<Option<PathBuf>, Error> {
    let set_aside = to.folder().join("before-restore.db");
    let replaced = Backups::replace(&url(to), draft, &set_aside, &*test.clock).await;
    assert_eq!(set_aside.exists(), *replaced.as_ref().unwrap_or(&false));
    replaced.map(|was_used| was_used.then_some(set_aside))
}

/// The rows of all tables that are in only one of two files, by table.
async fn differences(one: &Path, other: &Path) -> Vec<String> {
    let db = connect(one).await;
    execute(&db, &format!("ATTACH '{}' AS other", other.display()))
        .await
        .unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
                  AND name <> 'seaql_migrations' ORDER BY name";
    let mut found = Vec::new();
    for table in texts(&db, tables).await {
        let sql = format!(
            "SELECT count(*) FROM (
                 SELECT * FROM (SELECT * FROM main.{table} EXCEPT SELECT * FROM other.{table})
                 UNION ALL SELECT * FROM (SELECT * FROM other.{table} EXCEPT SELECT * FROM main.{table})
             )"
        );
        if number(&db, &sql).await > 0 {
            found.push(table);
        }
    }
    db.close().await.unwrap();
    found
}

/// What is known of a database that has something of everything.
struct Furnished {
    shop: (KeyId, String),
    /// The token that a rotation has replaced.
    old_token: String,
    environment_token: String,
    receipt: String,
    requests: u64,
}

async fn furnish(test: &TestBackend) -> Furnished {
    let services = &test.services;
    let profile = test.add_profile("Strict").await;
    let (_, ada) = test.add_person(model::role::Role::Owner).await;
    let mut new = new_key("Shop", Grant::Only(vec!["chat".to_owned()]));
    new.profile = Some(profile);
    let shop = test.active_key(&new).await;
    let old_token = shop.token.reveal().to_owned();
    let rotate = RotateKeyForm {
        grace: "24h".to_owned(),
        ..RotateKeyForm::default()
    };
    let RotateOutcome::Rotated(rotated) = services.keys.rotate(&by(), &shop.id, &rotate).await.unwrap() else {
        panic!("it is rotated")
    };
    let rotated_token = rotated.token.clone();
    for token in [&old_token, &rotated_token] {
        assert_eq!(decide(services, token, "chat").code, Code::Valid);
    }
    services.usage.flush().await.unwrap();
    let gone = test.active_key(&new_key("Gone", Grant::All)).await;
    let change = services.keys.delete(&ada, &gone.id).await.unwrap().change;
    let receipt = services.receipts.issue(&by(), change, None).await.unwrap();
    let environments = services.environments.list(&by(), &ListQuery::default()).await.unwrap();
    let environment = &environments.environments[0].id;
    let revealed = services.environments.reveal_key(&by(), environment).await.unwrap();
    Furnished {
        shop: (shop.id, rotated_token),
        old_token,
        environment_token: revealed.token,
        receipt,
        requests: requests(services).await,
    }
}

async fn requests(services: &Services) -> u64 {
    let report = services.usage.report(&by(), &UsageQuery::default()).await.unwrap();
    report.total().total()
}

/// Checks that a restored database has all that this one had.
async fn check(services: &Services, furnished: &Furnished) {
    let chain = services.audit.verify_chain(&by()).await.unwrap();
    assert_eq!(chain.broken, None);
    assert_eq!(requests(services).await, furnished.requests);
    services.cluster.load_index().await.unwrap();
    let ask = |token: &str, endpoint| decide(services, token, endpoint).code;
    assert_eq!(ask(&furnished.shop.1, "chat"), Code::Valid);
    assert_eq!(ask(&furnished.shop.1, "image"), Code::Forbidden);
    assert_eq!(ask(&furnished.old_token, "chat"), Code::Valid);
    assert_eq!(ask(&furnished.environment_token, "image"), Code::Valid);
    let environments = services.environments.list(&by(), &ListQuery::default()).await.unwrap();
    let environment = &environments.environments[0].id;
    let revealed = services.environments.reveal_key(&by(), environment).await.unwrap();
    assert_eq!(revealed.token, furnished.environment_token);
    let published = services.receipts.published_keys().await.unwrap();
    let keys = PublicKeys::from_json(published.json.as_bytes()).unwrap();
    assert_eq!(keys.check(&furnished.receipt).unwrap().claims.action, "key.deleted");
    // The database goes on from there.
    services
        .keys
        .delete(&Actor::command_line(), &furnished.shop.0)
        .await
        .unwrap();
    assert_eq!(ask(&furnished.shop.1, "chat"), Code::NotFound);
    assert_eq!(services.audit.verify_chain(&by()).await.unwrap().broken, None);
}

#[tokio::test]
async fn a_sqlite_database_moves_to_postgresql_and_back_without_losing_a_row() {
    if !crate::common::database::on_postgres() {
        return;
    }
    let test = TestBackend::serving_on_sqlite().await;
    let furnished = furnish(&test).await;
    let file = draft(&test, "copy.db").await;
    let to = TestDatabase::blank().await;
    assert_eq!(restore(&test, &to, &file).await.unwrap(), None);
    let moved = open_database(&to, &test.clock, crate::common::MASTER_KEY, 3)
        .await
        .unwrap();
    assert_eq!(moved.instance(), test.services.instance());
    let back = to.folder().join("back.db");
    moved.backups.create(&back).await.unwrap();
    assert_eq!(differences(&file, &back).await, Vec::<String>::new());
    // The comparison finds a single changed value.
    let db = connect(&back).await;
    execute(&db, "UPDATE usage_totals SET count = count + 1").await.unwrap();
    db.close().await.unwrap();
    assert_eq!(differences(&file, &back).await, ["usage_totals"]);
    check(&moved, &furnished).await;
}

#[tokio::test]
async fn a_postgresql_database_moves_to_sqlite() {
    let Some(test) = on_postgres().await else { return };
    serve(&test.services).await;
    let furnished = furnish(&test).await;
    let file = draft(&test, "copy.db").await;
    check(&open(&test, &file).await, &furnished).await;
}

#[tokio::test]
async fn a_copy_of_postgresql_has_all_rows_but_those_that_a_restore_would_remove() {
    let Some(test) = on_postgres().await else { return };
    serve(&test.services).await;
    furnish(&test).await;
    test.services.cluster.leave().await.unwrap();
    let file = test.database.folder().join("copy.db");
    test.services.backups.create(&file).await.unwrap();
    let (db, copy) = (test.connect_directly().await, connect(&file).await);
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut filled = BTreeSet::new();
    for table in texts(&copy, tables).await {
        let count = format!("SELECT count(*) FROM {table}");
        let rows = number(&db, &count).await;
        let copied = number(&copy, &count).await;
        if LEFT_OUT.contains(&table.as_str()) {
            assert_eq!(copied, 0, "{table}");
        } else {
            assert_eq!(copied, rows, "{table}");
        }
        if rows > 0 {
            filled.insert(table);
        }
    }
    for table in [
        "api_keys",
        "old_tokens",
        "profile_versions",
        "receipts",
        "sessions",
        "usage_hours",
    ] {
        assert!(
            filled.contains(table),
            "{table} has rows, so that the comparison says something"
        );
    }
}

#[tokio::test]
async fn what_was_there_is_set_aside_and_can_be_restored_again() {
    let Some(test) = on_postgres().await else { return };
    let kept = create(&test.services, &new_key("Kept", Grant::All)).await;
    let file = draft(&test, "copy.db").await;
    let lost = create(&test.services, &new_key("Lost", Grant::All)).await;
    let before = restore(&test, &test.database, &file).await.unwrap().unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&before.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let restored = test.another(2).await;
    restored.cluster.load_index().await.unwrap();
    let ask = |services: &Services| [&kept, &lost].map(|key| code(services, &key.token, "chat"));
    assert_eq!(ask(&restored), [Code::Valid, Code::NotFound]);
    let check = restored.audit.verify_chain(&by()).await.unwrap();
    assert_eq!(check.broken, None);

    // The file that was set aside is never written over.
    let set_aside = std::fs::read(&before).unwrap();
    let again = Backups::replace(&url(&test.database), &file, &before, &*test.clock).await;
    assert!(
        matches!(again, Err(Error::RefusedStart(RefusedStart::DatabaseFile { .. }))),
        "{again:?}"
    );
    assert_eq!(std::fs::read(&before).unwrap(), set_aside);

    let draft = test.database.folder().join("again.db");
    std::fs::rename(&before, &draft).unwrap();
    prepare(&test, &draft).await;
    restore(&test, &test.database, &draft).await.unwrap();
    let restored = test.another(3).await;
    restored.cluster.load_index().await.unwrap();
    assert_eq!(ask(&restored), [Code::Valid, Code::Valid]);
}

#[tokio::test]
async fn a_restore_is_refused_while_a_node_runs_or_could_answer() {
    let Some(test) = on_postgres().await else { return };
    let file = draft(&test, "copy.db").await;
    let later = create(&test.services, &new_key("Later", Grant::All)).await;
    test.services.cluster.join().await.unwrap();
    let refused = restore(&test, &test.database, &file).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a server is running over this database; stop it first"
    );
    // It is silent: perhaps it was killed, perhaps it is cut off and answers gateways.
    test.clock.advance(MINUTE);
    let refused = restore(&test, &test.database, &file).await.unwrap_err().to_string();
    assert!(
        refused.starts_with("the node node did not say that it stopped"),
        "{refused}"
    );
    test.services.cluster.load_index().await.unwrap();
    assert_eq!(
        code(&test.services, &later.token, "chat"),
        Code::Valid,
        "nothing has changed"
    );
    test.clock.advance(4 * MINUTE + SECOND);
    restore(&test, &test.database, &file).await.unwrap().unwrap();

    // A node that said that it stopped is no reason to wait.
    let test = TestBackend::serving().await;
    let file = draft(&test, "copy.db").await;
    test.services.cluster.leave().await.unwrap();
    restore(&test, &test.database, &file).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_restore_that_fails_half_way_leaves_the_database_as_it_was() {
    let Some(test) = on_postgres().await else { return };
    let file = draft(&test, "copy.db").await;
    let later = create(&test.services, &new_key("Later", Grant::All)).await;
    let before = test.database.folder().join("before.db");
    test.services.backups.create(&before).await.unwrap();
    // The head is among the first tables, and the log of changes among the last.
    refuse_rows(&test.connect_directly().await, "change_log").await;
    let other = create_change(&test, &file).await;
    let failed = restore(&test, &test.database, &other).await.unwrap_err();
    assert_eq!(failed.outage(), Some(Outage::CannotStore), "{failed:?}");
    let after = test.database.folder().join("after.db");
    test.services.backups.create(&after).await.unwrap();
    assert_eq!(differences(&before, &after).await, Vec::<String>::new());
    assert_eq!(test.services.audit.verify_chain(&by()).await.unwrap().broken, None);
    test.services.cluster.load_index().await.unwrap();
    assert_eq!(code(&test.services, &later.token, "chat"), Code::Valid);
    // The rules of the tables hold as before.
    let db = test.connect_directly().await;
    assert!(execute(&db, "DELETE FROM audit_events").await.is_err());
}

/// Makes a change in a draft, so that its log of changes has a row.
async fn create_change(test: &TestBackend, draft: &Path) -> PathBuf {
    let copy = open(test, draft).await;
    create(&copy, &new_key("Copy", Grant::All)).await;
    copy.close().await.unwrap();
    draft.to_owned()
}

#[tokio::test]
async fn the_rules_of_the_tables_hold_after_a_restore() {
    let Some(test) = on_postgres().await else { return };
    let key = create(&test.services, &new_key("Shop", Grant::Only(vec!["chat".to_owned()]))).await;
    let file = draft(&test, "copy.db").await;
    restore(&test, &test.database, &file).await.unwrap();
    let db = test.connect_directly().await;
    for sql in [
        "DELETE FROM audit_events".to_owned(),
        "TRUNCATE audit_events CASCADE".to_owned(),
        format!("INSERT INTO api_key_endpoints VALUES ('{}', 'image')", key.id),
    ] {
        assert!(execute(&db, &sql).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn a_process_that_changes_something_meanwhile_waits_and_sees_the_restored_database() {
    let Some(test) = on_postgres().await else { return };
    create(&test.services, &new_key("Kept", Grant::All)).await;
    let file = draft(&test, "copy.db").await;
    let other = Arc::new(test.another(2).await);
    // Changes before the restore are in the file that is set aside, and those after it in the restored database.
    let changing = Arc::clone(&other);
    let changes = tokio::spawn(async move {
        let mut made = 0;
        for _ in 0..20 {
            create(&changing, &new_key("Meanwhile", Grant::All)).await;
            made += 1;
        }
        made
    });
    let before = restore(&test, &test.database, &file).await.unwrap().unwrap();
    let made: i64 = changes.await.unwrap();
    let count = "SELECT count(*) FROM api_keys WHERE name = 'Meanwhile'";
    let set_aside = crate::backup::number(&before, count).await;
    let restored = number(&test.connect_directly().await, count).await;
    assert_eq!(set_aside + restored, made);
    let db = test.connect_directly().await;
    assert_eq!(
        number(
            &db,
            "SELECT change_number - (SELECT count(*) FROM change_log) FROM head"
        )
        .await,
        0,
        "no number is missing"
    );
}
