//! The end of the log is remembered outside the database. So a log that was cut off at an earlier, valid end is noticed.

use backend::{Services, Settings};
use model::audit::{AuditQuery, Breakage};
use model::endpoint::Grant;
use model::list::ListQuery;

use super::chain::tampered;
use super::{broken, by, run};
use crate::common::{MASTER_KEY, TestBackend, create, new_key, open_under};

/// Copies the present end of the log: three columns of the head. An attacker can find such an end in old pages of the file.
const OLD_END: &str = "CREATE TABLE old_end AS SELECT audit_number, audit_mac, audit_head_mac FROM head";

/// Cuts off the log at the copied end, whose MAC was valid once.
const CUT: [&str; 2] = [
    "UPDATE head SET audit_number = (SELECT audit_number FROM old_end), audit_mac = (SELECT audit_mac FROM old_end),
        audit_head_mac = (SELECT audit_head_mac FROM old_end)",
    "DELETE FROM audit_events WHERE number > (SELECT audit_number FROM old_end)",
];

/// Adds events that are not changes, by revealing an environment key.
async fn reveal(test: &TestBackend, times: usize) {
    let environment = test
        .services
        .environments
        .list(&by(), &ListQuery::default())
        .await
        .unwrap()
        .environments
        .remove(0);
    for _ in 0..times {
        test.services
            .environments
            .reveal_key(&by(), &environment.id)
            .await
            .unwrap();
    }
}

fn remembering(test: &TestBackend) -> Settings {
    Settings {
        anchors: Some(test.database.folder().to_owned()),
        ..Settings::default()
    }
}

/// Opens the database in another process that has an anchor file.
async fn with_anchor(test: &TestBackend, seed: u64) -> Services {
    open_under(&test.database, &test.clock, (MASTER_KEY, None), seed, remembering(test))
        .await
        .unwrap()
}

#[tokio::test]
async fn an_earlier_end_does_not_fit_the_later_changes() {
    let (test, db) = tampered().await;
    run(&db, &[OLD_END]).await;
    create(&test.services, &new_key("Later", Grant::All)).await;
    run(&db, &CUT).await;
    // This process has no anchor.
    let fresh = test.another(2).await;
    assert_eq!(broken(&fresh).await, Some((10, Breakage::CutOff)));
    // Setting back the change number does not help: the change log still has the later change.
    run(&db, &["UPDATE head SET change_number = change_number - 1"]).await;
    assert_eq!(broken(&fresh).await, Some((10, Breakage::CutOff)));
}

#[tokio::test]
async fn a_running_node_notices_that_the_log_was_cut_off() {
    let (test, db) = tampered().await;
    run(&db, &[OLD_END]).await;
    reveal(&test, 2).await;
    assert_eq!(broken(&test.services).await, None);
    run(&db, &CUT).await;
    assert_eq!(broken(&test.services).await, Some((10, Breakage::CutOff)));
    // New events of this node do not hide it, even if the log gets longer than it was.
    for name in ["One", "Two", "Three"] {
        create(&test.services, &new_key(name, Grant::All)).await;
        let found = broken(&test.services).await.map(|(number, _)| number);
        assert_eq!(found, Some(10), "after {name}");
    }
    let noted = AuditQuery {
        action: "audit.cut_off".to_owned(),
        ..AuditQuery::default()
    };
    assert_eq!(test.services.audit.list(&by(), &noted).await.unwrap().events.len(), 1);
    // A process that starts later without an anchor notices it, too.
    assert_eq!(broken(&test.another(3).await).await, Some((10, Breakage::CutOff)));
}

#[tokio::test]
async fn a_running_node_notices_that_events_were_replaced_by_others() {
    let (test, db) = tampered().await;
    run(&db, &[OLD_END]).await;
    reveal(&test, 1).await;
    run(&db, &CUT).await;
    // A process that starts now without an anchor accepts the earlier end.
    let other = test.another(2).await;
    create(&other, &new_key("One", Grant::All)).await;
    create(&other, &new_key("Two", Grant::All)).await;
    assert_eq!(broken(&other).await, None);
    assert_eq!(broken(&test.services).await, Some((10, Breakage::Replaced)));
    create(&test.services, &new_key("Three", Grant::All)).await;
    assert!(broken(&other).await.is_some());
}

#[tokio::test]
async fn events_of_other_processes_do_not_look_like_an_attack() {
    let test = TestBackend::serving().await;
    let other = test.another(2).await;
    for name in ["One", "Two", "Three"] {
        create(&other, &new_key(name, Grant::All)).await;
        create(&test.services, &new_key(name, Grant::All)).await;
        assert_eq!(broken(&test.services).await, None);
        assert_eq!(broken(&other).await, None);
    }
}

#[tokio::test]
async fn an_anchor_file_tells_the_next_process_where_the_log_ended() {
    let (test, db) = tampered().await;
    let first = with_anchor(&test, 2).await;
    run(&db, &[OLD_END]).await;
    let environment = first
        .environments
        .list(&by(), &ListQuery::default())
        .await
        .unwrap()
        .environments
        .remove(0);
    for _ in 0..2 {
        first.environments.reveal_key(&by(), &environment.id).await.unwrap();
    }
    let anchor = first.audit.anchor().unwrap();
    let file = first.audit.anchor_file().unwrap().to_owned();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{anchor}\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(first.audit.has_event(&anchor).await.unwrap());
    first.close().await.unwrap();

    run(&db, &CUT).await;
    // A process without the anchor file notices nothing, as docs/SECURITY.md says.
    let unaware = test.another(3).await;
    assert_eq!(broken(&unaware).await, None);
    assert!(
        !unaware.audit.has_event(&anchor).await.unwrap(),
        "an anchor that a person has written down shows it"
    );
    let next = with_anchor(&test, 4).await;
    assert_eq!(broken(&next).await, Some((10, Breakage::CutOff)));
    create(&next, &new_key("Later", Grant::All)).await;
    assert_eq!(broken(&next).await.map(|(number, _)| number), Some(10));
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        format!("{anchor}\n"),
        "a broken log does not replace the anchor"
    );
    assert!(broken(&test.another(5).await).await.is_some());
}

#[tokio::test]
async fn an_unreadable_anchor_file_is_ignored_and_replaced() {
    let test = TestBackend::new().await;
    let first = with_anchor(&test, 2).await;
    let file = first.audit.anchor_file().unwrap().to_owned();
    std::fs::write(&file, "nonsense").unwrap();
    let next = with_anchor(&test, 3).await;
    assert_eq!(broken(&next).await, None);
    create(&next, &new_key("Shop", Grant::All)).await;
    let anchor = next.audit.anchor().unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{anchor}\n"));
}
