//! The token of an environment key can be read again, and nowhere else than in its answer.

use super::{ask, by, grace, make, number, reveal, rotate, row};
use crate::common::TestBackend;
use crate::common::database::refuse_rows;
use backend::Error;
use model::verify::Code;
use sea_orm::ConnectionTrait;
use serde_json::json;

#[tokio::test]
async fn revealing_is_recorded_before_the_answer_and_copying_after_it_happened() {
    let test = TestBackend::serving().await;
    let default = row(&test.services, "default").await;
    let token = reveal(&test.services, &default.id).await;
    assert_eq!(ask(&test.services, &token), Code::Valid);
    assert_eq!(
        test.details_of("environment.key_copied").await.len(),
        0,
        "nobody has copied it yet"
    );
    test.services
        .environments
        .note_key_copied(&by(), &default.id)
        .await
        .unwrap();
    for action in ["environment.key_revealed", "environment.key_copied"] {
        assert_eq!(
            test.details_of(action).await,
            [json!({ "keyId": default.key_id })],
            "{action}"
        );
    }
    let subjects = "SELECT count(*) FROM audit_events WHERE subject_name = 'default' AND action LIKE '%key_%ed'";
    assert_eq!(number(&test, subjects).await, 3);
    assert_eq!(
        number(
            &test,
            &format!("SELECT count(*) FROM audit_events WHERE details LIKE '%{token}%'")
        )
        .await,
        0
    );
}

#[tokio::test]
async fn a_token_is_not_revealed_if_the_event_cannot_be_stored() {
    let test = TestBackend::new().await;
    let default = row(&test.services, "default").await;
    refuse_rows(&test.connect_directly().await, "audit_events").await;
    let refused = test.services.environments.reveal_key(&by(), &default.id).await;
    assert!(
        matches!(refused, Err(Error::Database(_) | Error::Outage { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_sealed_token_copied_to_another_environment_cannot_be_revealed() {
    let test = TestBackend::new().await;
    let default = row(&test.services, "default").await;
    let made = make(&test, "staging", "test").await;
    let db = test.connect_directly().await;
    let swap = format!(
        "UPDATE environment_keys SET sealed = other.sealed FROM environment_keys AS other
         WHERE other.key_id <> environment_keys.key_id AND environment_keys.environment_id IN ('{}', '{}')",
        default.id, made.id
    );
    db.execute_unprepared(&swap).await.unwrap();
    let events = test.events().await;
    for id in [&default.id, &made.id] {
        let refused = test.services.environments.reveal_key(&by(), id).await.unwrap_err();
        assert!(matches!(refused, Error::Internal(_)), "{refused:?}");
        assert!(
            refused
                .to_string()
                .contains("was changed in the database, or is another's")
        );
    }
    assert_eq!(test.events().await, events);
}

#[tokio::test]
async fn no_token_of_an_environment_is_in_the_database() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let old = reveal(&test.services, &id).await;
    rotate(&test.services, &id, &grace("24h")).await;
    let new = reveal(&test.services, &id).await;
    assert!(test.stores(id.as_str()).await);
    for token in [&old, &new] {
        assert!(!test.stores(token).await);
    }
}
