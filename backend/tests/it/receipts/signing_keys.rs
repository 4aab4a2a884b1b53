//! The keys that sign receipts.

use super::{check, receipt};
use crate::common::{MASTER_KEY, TestBackend, new_key, open_under};
use backend::audit::Actor;
use backend::receipts::{PublicKeys, public_keys_in};
use backend::{Services, Settings};
use model::endpoint::Grant;
use model::time::SECOND;
use sea_orm::{ConnectionTrait, Statement};

const SECOND_MASTER_KEY: &str = "another master key for tests, 32 or more";

async fn kids(services: &Services) -> Vec<String> {
    let keys: serde_json::Value =
        serde_json::from_str(&services.receipts.published_keys().await.unwrap().json).unwrap();
    let kids = keys["keys"].as_array().unwrap().iter();
    kids.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// Disables a new key. Answers with the number of the change.
async fn some_change(services: &Services, name: &str) -> i64 {
    let key = crate::common::create(services, &new_key(name, Grant::All)).await;
    let by = Actor::command_line();
    services.keys.delete(&by, &key.id).await.unwrap().change
}

#[tokio::test]
async fn one_key_signs_all_receipts_of_all_processes() {
    let test = TestBackend::new().await;
    let other = test.another(2).await;
    assert!(kids(&test.services).await.is_empty());
    for (services, name) in [(&*test.services, "Shop"), (&other, "Mail")] {
        let change = some_change(services, name).await;
        receipt(services, change).await.unwrap();
    }
    test.clock.advance(SECOND);
    assert_eq!(kids(&test.services).await.len(), 1);
    assert_eq!(kids(&test.services).await, kids(&other).await);
}

#[tokio::test]
async fn a_new_master_key_retires_the_signing_key_and_old_receipts_stay_valid() {
    let test = TestBackend::new().await;
    let change = some_change(&test.services, "Shop").await;
    let old = receipt(&test.services, change).await.unwrap();
    let under = (SECOND_MASTER_KEY, Some(MASTER_KEY));
    let services = open_under(&test.database, &test.clock, under, 3, Settings::default())
        .await
        .unwrap();
    assert_eq!(kids(&services).await.len(), 1);
    assert_eq!(receipt(&services, change).await.unwrap(), old);
    let db = test.connect_directly().await;
    let sealed = Statement::from_string(
        db.get_database_backend(),
        "SELECT count(*) FROM signing_keys WHERE sealed IS NOT NULL",
    );
    let row = db.query_one_raw(sealed).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0, "the private half is gone");

    let change = some_change(&services, "Mail").await;
    let new = receipt(&services, change).await.unwrap();
    test.clock.advance(SECOND);
    assert_eq!(kids(&services).await.len(), 2);
    for receipt in [old, new] {
        check(&services, &receipt).await;
    }
}

#[tokio::test]
async fn a_private_key_of_another_row_is_not_used() {
    let test = TestBackend::new().await;
    let change = some_change(&test.services, "Shop").await;
    receipt(&test.services, change).await.unwrap();
    // An attacker who can write the database gives the sealed key another ID.
    let moved = "UPDATE signing_keys SET kid = 'another'";
    test.connect_directly().await.execute_unprepared(moved).await.unwrap();
    let change = some_change(&test.services, "Mail").await;
    receipt(&test.services, change).await.unwrap_err();
}

#[tokio::test]
async fn the_keys_are_read_from_a_database_without_its_master_key() {
    let test = TestBackend::new().await;
    let change = some_change(&test.services, "Shop").await;
    let issued = receipt(&test.services, change).await.unwrap();
    let location = test.database.location();
    let keys: PublicKeys = public_keys_in(&location).await.unwrap();
    assert_eq!(keys.check(&issued).unwrap().claims.change, change);
}
