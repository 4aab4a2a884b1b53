//! The audit log across a change of the master key: what was rewritten is found, whichever key signed it.

use super::{SECOND, THIRD, by, change, changes, execute_directly, intact, reveal};
use crate::common::database::drop_triggers;
use crate::common::{MASTER_KEY, TestBackend, create, new_key};
use backend::Services;
use backend::crypto::master_key::{MasterKey, mac};
use model::audit::Breakage;
use model::endpoint::Grant;
use sea_orm::{ConnectionTrait, Statement};

async fn broken(services: &Services) -> Option<(i64, Breakage)> {
    let check = services.audit.verify_chain(&by()).await.unwrap();
    check.broken.map(|broken| (broken.number, broken.how))
}

#[tokio::test]
async fn a_second_change_and_a_third_work_like_the_first() {
    let test = TestBackend::new().await;
    let token = reveal(&test.services).await;
    let mut keys = vec![MASTER_KEY];
    for (next, name) in [(SECOND, "Shop"), (THIRD, "Mail"), (MASTER_KEY, "Depot")] {
        let services = change(&test, keys.last().unwrap(), next).await;
        create(&services, &new_key(name, Grant::All)).await;
        intact(&services).await;
        assert_eq!(reveal(&services).await, token);
        keys.push(next);
    }
    assert_eq!(changes(&test).await, 3);
    // Two changes in a row, without an event between them.
    change(&test, MASTER_KEY, SECOND).await;
    let services = change(&test, SECOND, THIRD).await;
    intact(&services).await;
    // The events under each master key form a part of the log. A change in any part is found.
    let last = intact(&services).await;
    drop_triggers(&test.connect_directly().await, "audit_events").await;
    for number in 1..=last {
        let sql = |sign| format!("UPDATE audit_events SET at = at {sign} 1 WHERE number = {number}");
        execute_directly(&test, &[&sql('+')]).await;
        assert_eq!(broken(&services).await, Some((number, Breakage::Changed)));
        execute_directly(&test, &[&sql('-')]).await;
    }
    intact(&services).await;
}

#[tokio::test]
async fn an_event_removed_from_before_the_change_of_the_key_is_noticed() {
    let test = TestBackend::new().await;
    for name in ["Shop", "Mail", "Depot"] {
        create(&test.services, &new_key(name, Grant::All)).await;
    }
    let services = change(&test, MASTER_KEY, SECOND).await;
    create(&services, &new_key("Till", Grant::All)).await;
    assert_eq!(intact(&services).await, 6);
    drop_triggers(&test.connect_directly().await, "audit_events").await;
    execute_directly(&test, &["DELETE FROM audit_events WHERE number = 3"]).await;
    assert_eq!(broken(&services).await, Some((3, Breakage::Missing)));
    // The log is cut off before the change of the master key. This is found, even if the row about that change is deleted, too.
    let cut = [
        "DELETE FROM audit_events WHERE number > 2",
        "UPDATE head SET audit_number = 2, audit_mac = (SELECT mac FROM audit_events WHERE number = 2)",
    ];
    execute_directly(&test, &cut).await;
    assert_eq!(broken(&services).await, Some((3, Breakage::CutOff)));
    execute_directly(&test, &["DELETE FROM audit_chain_keys"]).await;
    assert!(broken(&services).await.is_some());
}

#[tokio::test]
async fn the_old_key_cannot_rewrite_the_log() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("Shop", Grant::All)).await;
    create(&test.services, &new_key("Mail", Grant::All)).await;
    let services = change(&test, MASTER_KEY, SECOND).await;
    // The last event under the old key gets another name, and the MAC that the old key gives for it.
    let db = test.connect_directly().await;
    let all = Statement::from_string(db.get_database_backend(), "SELECT * FROM audit_events ORDER BY number");
    let rows = db.query_all_raw(all).await.unwrap();
    let column_text = |column: &str| rows[2].try_get::<Option<String>>("", column).unwrap();
    let previous: Vec<u8> = rows[1].try_get("", "mac").unwrap();
    let at: i64 = rows[2].try_get("", "at").unwrap();
    let link = |name: Option<String>| {
        let fields = serde_json::json!([
            3,
            at,
            column_text("actor_kind"),
            column_text("actor_id"),
            column_text("actor_name"),
            column_text("address"),
            column_text("action"),
            column_text("subject_id"),
            name,
            column_text("details"),
        ]);
        let key = MasterKey::from_text(MASTER_KEY).unwrap().derive("latchkey audit chain");
        mac(&key, &[&previous, fields.to_string().as_bytes()])
    };
    let stored: Vec<u8> = rows[2].try_get("", "mac").unwrap();
    assert_eq!(
        link(column_text("subject_name")).to_vec(),
        stored,
        "the test computes MACs correctly"
    );
    let forged = link(Some("Nothing".to_owned()));
    let hex = forged
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let sql = format!("UPDATE audit_events SET subject_name = 'Nothing', mac = x'{hex}' WHERE number = 3");
    drop_triggers(&db, "audit_events").await;
    execute_directly(&test, &[&sql]).await;
    // The row itself is consistent. The next one, under the new key, shows that it was changed.
    assert_eq!(broken(&services).await, Some((4, Breakage::Changed)));
}
