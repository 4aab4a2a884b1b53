//! What the database itself refuses, whoever asks.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use backend::audit::{Actor, ChainState};
use common::{House, create, new_key};
use model::endpoint::Grant;
use model::role::Role;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};

async fn by_hand(house: &House) -> DatabaseConnection {
    let path = house.folder.path().join("latchkey.db");
    let db = Database::connect(format!("sqlite://{}", path.display())).await.unwrap();
    db.execute_unprepared("PRAGMA foreign_keys = ON").await.unwrap();
    db
}

async fn refusal(db: &DatabaseConnection, sql: &str) -> String {
    db.execute_unprepared(sql).await.expect_err(sql).to_string()
}

#[tokio::test]
async fn the_endpoints_of_a_key_never_change() {
    let house = House::new().await;
    let key = create(&house.backend, &new_key("Shop", Grant::Only(vec!["chat".to_owned()]))).await;
    let db = by_hand(&house).await;
    let id = &key.id;
    for sql in [
        format!("INSERT INTO api_key_endpoints VALUES ('{id}', 'image')"),
        format!("UPDATE api_key_endpoints SET endpoint_name = 'image' WHERE key_id = '{id}'"),
        format!("DELETE FROM api_key_endpoints WHERE key_id = '{id}'"),
        format!("UPDATE api_keys SET all_endpoints = 1 WHERE id = '{id}'"),
        format!("REPLACE INTO api_keys SELECT * FROM api_keys WHERE id = '{id}'"),
    ] {
        assert!(
            refusal(&db, &sql).await.contains("the endpoints of a key never change"),
            "{sql}"
        );
    }
}

#[tokio::test]
async fn a_key_with_endpoints_can_be_deleted() {
    let house = House::new().await;
    let key = create(&house.backend, &new_key("Shop", Grant::Only(vec!["chat".to_owned()]))).await;
    house
        .backend
        .delete_key(&Actor::command_line(), Role::Owner, &key.id)
        .await
        .unwrap();
    let db = by_hand(&house).await;
    let left = db
        .query_one_raw(sea_orm::Statement::from_string(
            db.get_database_backend(),
            "SELECT count(*) AS left FROM api_key_endpoints",
        ))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(left.try_get::<i64>("", "left").unwrap(), 0);
}

#[tokio::test]
async fn the_patterns_of_an_endpoint_never_change() {
    let house = House::new().await;
    let db = by_hand(&house).await;
    for sql in [
        "INSERT INTO endpoint_patterns VALUES ('chat', 9, 'POST', '/{*all}')",
        "REPLACE INTO endpoint_patterns VALUES ('chat', 0, 'POST', '/{*all}')",
        "UPDATE endpoint_patterns SET path = '/{*all}'",
        "DELETE FROM endpoint_patterns",
    ] {
        assert!(
            refusal(&db, sql)
                .await
                .contains("the patterns of an endpoint never change"),
            "{sql}"
        );
    }
}

#[tokio::test]
async fn an_audit_event_cannot_be_changed_or_removed() {
    let house = House::new().await;
    create(&house.backend, &new_key("Shop", Grant::All)).await;
    let db = by_hand(&house).await;
    for sql in [
        "UPDATE audit_events SET actor_name = 'nobody'",
        "DELETE FROM audit_events",
        "REPLACE INTO audit_events SELECT * FROM audit_events",
    ] {
        assert!(refusal(&db, sql).await.contains("only ever added to"), "{sql}");
    }
}

#[tokio::test]
async fn no_token_is_in_the_files() {
    let house = House::new().await;
    let key = create(&house.backend, &new_key("Shop", Grant::All)).await;
    for file in std::fs::read_dir(house.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let token = key.token.reveal().as_bytes();
        assert!(!bytes.windows(token.len()).any(|window| window == token));
    }
}

#[tokio::test]
async fn another_master_key_is_refused() {
    let house = House::new().await;
    let error = common::open(&house.folder, &house.clock, "quite another key, just as long as it", 3).await;
    assert!(error.unwrap_err().to_string().contains("not the master key"));
}

#[tokio::test]
async fn events_cut_off_the_end_are_missed() {
    let house = House::new().await;
    create(&house.backend, &new_key("Shop", Grant::All)).await;
    create(&house.backend, &new_key("Mail", Grant::All)).await;
    let db = by_hand(&house).await;
    for sql in [
        "DROP TRIGGER audit_events_no_delete",
        "DELETE FROM audit_events WHERE number = 2",
        "UPDATE head SET audit_number = 1, audit_mac = (SELECT mac FROM audit_events WHERE number = 1)",
    ] {
        db.execute_unprepared(sql).await.unwrap();
    }
    let state = house.backend.verify_audit_chain().await.unwrap();
    assert_eq!(state, ChainState::Broken { number: 2 });
}
