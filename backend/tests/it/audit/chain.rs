//! The check of the chain finds each change of the file and names the first event that it affects.

use backend::audit::Actor;
use backend::crypto::master_key::{MasterKey, mac};
use model::audit::{AuditQuery, Breakage};
use model::endpoint::Grant;
use model::environment::EnvironmentForm;
use model::list::ListQuery;
use model::role::Role;
use model::time::{MINUTE, SECOND};
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::{ask, broken, by, hex, run};
use crate::common::database::drop_triggers;
use crate::common::people::ADDRESS;
use crate::common::{TestBackend, create, new_key};

/// A database with nine events, and a direct connection to it. The triggers are dropped, and the rows are copied for
/// [`restore_rows`].
pub(super) async fn tampered() -> (TestBackend, DatabaseConnection) {
    let test = TestBackend::new().await;
    for name in ["Shop", "Mail", "Depot", "Till"] {
        test.clock.advance(SECOND);
        create(&test.services, &new_key(name, Grant::All)).await;
    }
    let (_, person) = test.add_person(Role::Admin).await;
    let person = Actor {
        role: model::role::Role::Owner,
        address: Some(ADDRESS.to_owned()),
        request: None,
        ..person
    };
    let environment = test
        .services
        .environments
        .list(&by(), &ListQuery::default())
        .await
        .unwrap()
        .environments
        .remove(0);
    for name in ["one", "two", "default"] {
        let form = EnvironmentForm {
            name: name.to_owned(),
            kind: String::new(),
        };
        test.services
            .environments
            .rename(&person, &environment.id, &form)
            .await
            .unwrap();
    }
    assert_eq!(test.events().await, 9);
    let db = test.connect_directly().await;
    drop_triggers(&db, "audit_events").await;
    run(
        &db,
        &[
            "CREATE TABLE kept AS SELECT * FROM audit_events",
            "CREATE TABLE kept_head AS SELECT * FROM head",
        ],
    )
    .await;
    (test, db)
}

/// Restores all rows.
async fn restore_rows(db: &DatabaseConnection) {
    run(
        db,
        &[
            "DELETE FROM audit_events",
            "INSERT INTO audit_events SELECT * FROM kept",
            "DELETE FROM head",
            "INSERT INTO head SELECT * FROM kept_head",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_change_of_any_column_is_found() {
    let (test, db) = tampered().await;
    for change in [
        "at = at + 1",
        "actor_kind = 'system'",
        "actor_id = 'usr_0000000000'",
        "actor_id = NULL",
        "actor_name = 'nobody'",
        "address = '198.51.100.9'",
        "address = NULL",
        "action = 'environment.hidden'",
        "subject_id = 'env_0000000000'",
        "subject_id = NULL",
        "subject_name = 'four'",
        "subject_name = NULL",
        "details = '{}'",
        "details = details || ' '",
        &format!("mac = x'{}'", "00".repeat(32)),
        "mac = x''",
        "mac = (SELECT mac FROM kept WHERE number = 7)",
        // Text moved from the end of one field to the start of the next.
        "actor_name = actor_name || address, address = ''",
        "subject_id = subject_id || ',' || subject_name, subject_name = ''",
    ] {
        assert_eq!(broken(&test.services).await, None, "before {change}");
        run(&db, &[&format!("UPDATE audit_events SET {change} WHERE number = 8")]).await;
        assert_eq!(broken(&test.services).await, Some((8, Breakage::Changed)), "{change}");
        let check = test.services.audit.verify_chain(&by()).await.unwrap();
        assert_eq!(check.events, 7, "{change}");
        let told = check.broken.unwrap().row.unwrap();
        assert!(told.contains(" by ") && told.contains(" at 20"), "{told}");
        restore_rows(&db).await;
    }
    // Changes of the first and the last event are found, too. An empty column and NULL are different.
    for (number, change) in [
        (1, "actor_id = ''"),
        (1, "address = ''"),
        (9, "at = at - 1"),
        (2, "address = 'null'"),
    ] {
        run(
            &db,
            &[&format!("UPDATE audit_events SET {change} WHERE number = {number}")],
        )
        .await;
        assert_eq!(
            broken(&test.services).await,
            Some((number, Breakage::Changed)),
            "{number} {change}"
        );
        restore_rows(&db).await;
    }
    assert_eq!(broken(&test.services).await, None);
}

#[tokio::test]
async fn removed_and_moved_rows_are_found() {
    let (test, db) = tampered().await;
    let head_back = "UPDATE head SET audit_number = (SELECT max(number) FROM audit_events),
         audit_mac = (SELECT mac FROM audit_events ORDER BY number DESC LIMIT 1)";
    for (what, statements, expected) in [
        (
            "removed",
            &["DELETE FROM audit_events WHERE number = 4"][..],
            (4, Breakage::Missing),
        ),
        (
            "first event removed",
            &["DELETE FROM audit_events WHERE number = 1"],
            (1, Breakage::Missing),
        ),
        (
            "renumbered",
            &["UPDATE audit_events SET number = 100 WHERE number = 4"],
            (4, Breakage::Missing),
        ),
        (
            "removed, and the later events moved up",
            &[
                "DELETE FROM audit_events WHERE number = 4",
                "UPDATE audit_events SET number = number - 1 WHERE number = 5",
                "UPDATE audit_events SET number = number - 1 WHERE number = 6",
                "UPDATE audit_events SET number = number - 1 WHERE number = 7",
                "UPDATE audit_events SET number = number - 1 WHERE number = 8",
                "UPDATE audit_events SET number = number - 1 WHERE number = 9",
                head_back,
            ],
            (4, Breakage::Changed),
        ),
        (
            "swapped",
            &[
                "UPDATE audit_events SET number = 100 WHERE number = 4",
                "UPDATE audit_events SET number = 4 WHERE number = 5",
                "UPDATE audit_events SET number = 5 WHERE number = 100",
            ],
            (4, Breakage::Changed),
        ),
        (
            "swapped except for their MACs",
            &[
                "UPDATE audit_events SET action = (SELECT action FROM kept WHERE number = 5),
                    subject_id = (SELECT subject_id FROM kept WHERE number = 5) WHERE number = 4",
                "UPDATE audit_events SET subject_id = (SELECT subject_id FROM kept WHERE number = 4) WHERE number = 5",
            ],
            (4, Breakage::Changed),
        ),
        (
            "cut off, and the head set back",
            &["DELETE FROM audit_events WHERE number > 6", head_back],
            (7, Breakage::CutOff),
        ),
        (
            "cut off, and the head unchanged",
            &["DELETE FROM audit_events WHERE number > 6"],
            (7, Breakage::CutOff),
        ),
        (
            "last event cut off",
            &["DELETE FROM audit_events WHERE number = 9", head_back],
            (9, Breakage::CutOff),
        ),
        (
            "all events cut off",
            &[
                "DELETE FROM audit_events",
                "UPDATE head SET audit_number = 0, audit_mac = x''",
            ],
            (1, Breakage::CutOff),
        ),
        (
            "wrong MAC of the end",
            &[&format!("UPDATE head SET audit_head_mac = x'{}'", "00".repeat(32))],
            (10, Breakage::CutOff),
        ),
        (
            "no MAC of the end",
            &["UPDATE head SET audit_head_mac = x''"],
            (10, Breakage::CutOff),
        ),
        ("no head", &["DELETE FROM head"], (10, Breakage::CutOff)),
    ] {
        assert_eq!(broken(&test.services).await, None, "before {what}");
        run(&db, statements).await;
        assert_eq!(broken(&test.services).await, Some(expected), "{what}");
        restore_rows(&db).await;
    }
}

#[tokio::test]
async fn a_cut_is_still_found_after_new_events() {
    let (test, db) = tampered().await;
    run(
        &db,
        &[
            "DELETE FROM audit_events WHERE number > 6",
            "UPDATE head SET audit_number = 6, audit_mac = (SELECT mac FROM audit_events WHERE number = 6)",
        ],
    )
    .await;
    for name in ["One", "Two"] {
        create(&test.services, &new_key(name, Grant::All)).await;
        assert_eq!(
            broken(&test.services).await,
            Some((7, Breakage::CutOff)),
            "after {name}"
        );
    }
    let noted = AuditQuery {
        action: "audit.cut_off".to_owned(),
        ..AuditQuery::default()
    };
    let noted = test.services.audit.list(&by(), &noted).await.unwrap().events;
    let noted: Vec<&str> = noted.iter().map(|event| event.details.as_str()).collect();
    assert_eq!(noted, ["after event 6"], "noted once");
}

/// The MAC that a forger computes for a row with a key of their own.
fn forged(key: &[u8; 32], previous: &[u8], number: i64) -> [u8; 32] {
    let fields = json!([
        number,
        1,
        "command_line",
        null,
        "command line",
        null,
        "key.deleted",
        "key_0000000000",
        "Shop",
        "{}"
    ]);
    mac(key, &[previous, fields.to_string().as_bytes()])
}

fn row(number: i64, mac: &str) -> String {
    format!(
        "INSERT INTO audit_events VALUES ({number}, 1, 'command_line', NULL, 'command line', NULL, 'key.deleted',
            'key_0000000000', 'Shop', '{{}}', x'{mac}')"
    )
}

#[tokio::test]
async fn an_inserted_row_is_found() {
    let (test, db) = tampered().await;
    let make_room = [
        "UPDATE audit_events SET number = number + 1000 WHERE number >= 5",
        "UPDATE audit_events SET number = number - 999 WHERE number >= 1000",
    ];
    run(&db, &make_room).await;
    run(&db, &[&row(5, &"00".repeat(32))]).await;
    assert_eq!(broken(&test.services).await, Some((5, Breakage::Changed)));
    restore_rows(&db).await;
    // A row before the first event is found. The screen would show it at the end of the list.
    for number in [0, -1, i64::MIN] {
        run(&db, &[&row(number, &"00".repeat(32))]).await;
        assert!(broken(&test.services).await.is_some(), "{number}");
        restore_rows(&db).await;
    }
    assert_eq!(broken(&test.services).await, None);
}

#[tokio::test]
async fn an_event_cannot_be_forged_without_the_master_key() {
    let (test, db) = tampered().await;
    let last: Vec<u8> = ask(&db, "SELECT mac FROM audit_events WHERE number = 9").await[0]
        .try_get_by_index(0)
        .unwrap();
    let other = MasterKey::from_text("quite another key, just as long as it").unwrap();
    for key in [[0; 32], [255; 32], other.derive("latchkey audit chain")] {
        let last = forged(&key, &last, 10);
        // The MAC of the end is forged with that key, too.
        let end = hex(&mac(&key, &[&10_i64.to_be_bytes(), &last]));
        let last = hex(&last);
        run(&db, &[&row(10, &last)]).await;
        let head = format!("UPDATE head SET audit_number = 10, audit_mac = x'{last}', audit_head_mac = x'{end}'");
        run(&db, &[&head]).await;
        assert_eq!(broken(&test.services).await, Some((10, Breakage::Changed)));
        restore_rows(&db).await;
    }
    // Copying the MAC of an existing event does not help.
    for number in [1, 5, 9] {
        run(&db, &[&row(10, &"00".repeat(32))]).await;
        let copied =
            format!("UPDATE audit_events SET mac = (SELECT mac FROM kept WHERE number = {number}) WHERE number = 10");
        run(&db, &[&copied]).await;
        assert_eq!(broken(&test.services).await, Some((10, Breakage::Changed)));
        restore_rows(&db).await;
    }
    // Once everything is restored, the log continues.
    create(&test.services, &new_key("Later", Grant::All)).await;
    assert_eq!(test.events().await, 10);
}

#[tokio::test]
async fn a_long_log_is_checked_to_its_end() {
    let test = TestBackend::new().await;
    test.services
        .keys
        .create_many(&by(), &new_key("Shop", Grant::All), 4_100)
        .await
        .unwrap();
    assert_eq!(test.events().await, 4_101);
    let db = test.connect_directly().await;
    drop_triggers(&db, "audit_events").await;
    run(
        &db,
        &["UPDATE audit_events SET subject_name = 'Mail' WHERE number = 4050"],
    )
    .await;
    assert_eq!(broken(&test.services).await, Some((4_050, Breakage::Changed)));
    let check = test.services.audit.verify_chain(&by()).await.unwrap();
    assert!(
        check
            .broken
            .unwrap()
            .sentence()
            .contains("Event 4050 is not as it was written. The row says now: key.created by command line at ")
    );
}

#[tokio::test]
async fn the_chain_is_checked_again_after_a_minute_or_a_new_event() {
    let (test, db) = tampered().await;
    let check = async || test.services.audit.check_chain(&by()).await.unwrap();
    let first = check().await;
    assert_eq!(
        (first.at, first.events, first.broken.clone()),
        (test.services.now(), 9, None)
    );
    test.clock.advance(MINUTE - 1);
    run(&db, &["UPDATE audit_events SET details = '{}' WHERE number = 8"]).await;
    assert_eq!(check().await, first);
    test.clock.advance(1);
    let second = check().await;
    assert_eq!(second.at, test.services.now());
    assert_eq!(second.broken.map(|broken| broken.number), Some(8));
    restore_rows(&db).await;

    test.clock.advance(MINUTE);
    assert_eq!(check().await.broken, None);
    test.clock.advance(1);
    create(&test.services, &new_key("Later", Grant::All)).await;
    let third = check().await;
    assert_eq!((third.at, third.events), (test.services.now(), 10));
    // An event of another process causes a new check, too.
    test.clock.advance(1);
    create(&test.another(2).await, &new_key("Elsewhere", Grant::All)).await;
    let fourth = check().await;
    assert_eq!((fourth.at, fourth.events), (test.services.now(), 11));
}
