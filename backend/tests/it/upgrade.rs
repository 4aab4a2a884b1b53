//! The audit log of an earlier version gets a MAC that covers more.

use crate::common::database::execute;
use crate::common::{MASTER_KEY, TestBackend, create, new_key};
use backend::audit::Actor;
use backend::crypto::master_key::{MasterKey, mac};
use migrations::BINDS_HEAD;
use model::audit::Breakage;
use model::endpoint::Grant;
use sea_orm::{ConnectionTrait, Statement};

/// The MAC of the end of the log, as earlier versions wrote it.
pub async fn old_head_mac(test: &TestBackend) -> String {
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
    execute(&db, &sql).await.unwrap();
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
    execute(&db, &format!("UPDATE head SET audit_head_mac = x'{end}'"))
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
    let wrong = crate::common::open(&test.database, &test.clock, "quite another key, just as long as it", 2).await;
    assert!(wrong.unwrap_err().to_string().contains("this is not the master key"));
    let right = test.another(3).await;
    assert_eq!(
        right.audit.verify_chain(&Actor::command_line()).await.unwrap().broken,
        None
    );
}
