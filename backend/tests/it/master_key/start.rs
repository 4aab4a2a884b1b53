//! Starting with a new master key: it is changed once, completely, or not at all.

use super::{SECOND, THIRD, by, change, changes, environment, execute_directly, intact, open, reveal};
use crate::common::database::{accept_rows, refuse_rows};
use crate::common::{MASTER_KEY, TestBackend, TestDatabase, decide, new_key, open_under};
use backend::{Error, Settings};
use model::endpoint::Grant;
use model::environment::EnvironmentForm;
use model::time::MINUTE;
use model::verify::Code;

#[tokio::test]
async fn the_old_key_alone_is_refused_afterwards() {
    let test = TestBackend::new().await;
    change(&test, MASTER_KEY, SECOND).await;
    for (key, previous) in [
        (MASTER_KEY, None),
        (THIRD, None),
        (THIRD, Some(MASTER_KEY)),
        (MASTER_KEY, Some(THIRD)),
        (MASTER_KEY, Some(MASTER_KEY)),
    ] {
        let refused = open(&test, key, previous).await.unwrap_err();
        assert!(matches!(refused, Error::RefusedStart(_)), "{refused:?}");
        let sentence = refused.to_string();
        assert!(
            sentence.starts_with("this is not the master key that the database was made with"),
            "{sentence}"
        );
        assert!(sentence.contains("LATCHKEY_MASTER_KEY_PREVIOUS"), "{sentence}");
        assert!(!sentence.contains(key), "{sentence}");
    }
    assert_eq!(changes(&test).await, 1);
    let fine = open(&test, SECOND, None).await.unwrap();
    intact(&fine).await;
}

#[tokio::test]
async fn a_previous_key_is_ignored_after_the_change() {
    let test = TestBackend::new().await;
    let token = reveal(&test.services).await;
    let events = intact(&change(&test, MASTER_KEY, SECOND).await).await;
    // The configured previous key is still the old key, or a wrong key, or equal to the new key.
    for previous in [MASTER_KEY, THIRD, SECOND] {
        let services = open(&test, SECOND, Some(previous)).await.unwrap();
        assert_eq!(intact(&services).await, events, "{previous}");
    }
    assert_eq!(changes(&test).await, 1);
    assert_eq!(reveal(&open(&test, SECOND, None).await.unwrap()).await, token);
}

#[tokio::test]
async fn two_servers_that_start_with_the_new_key_change_it_once() {
    let test = TestBackend::new().await;
    let token = reveal(&test.services).await;
    let (one, two) = tokio::join!(
        open(&test, SECOND, Some(MASTER_KEY)),
        open(&test, SECOND, Some(MASTER_KEY))
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(changes(&test).await, 1);
    intact(&two).await;
    assert_eq!((reveal(&one).await, reveal(&two).await), (token.clone(), token));
}

#[tokio::test]
async fn a_fresh_database_does_not_need_the_previous_key() {
    let test = TestBackend::new().await;
    let database = TestDatabase::new().await;
    let settings = Settings::default();
    let fresh = open_under(&database, &test.clock, (SECOND, Some(MASTER_KEY)), 1, settings).await;
    assert_eq!(intact(&fresh.unwrap()).await, 1);
}

#[tokio::test]
async fn a_change_that_fails_leaves_everything_under_the_old_key() {
    let test = TestBackend::new().await;
    let token = reveal(&test.services).await;
    let db = test.connect_directly().await;
    refuse_rows(&db, "audit_events").await;
    let failed = open(&test, SECOND, Some(MASTER_KEY)).await.unwrap_err();
    assert!(
        matches!(failed, Error::Database(_) | Error::Outage { .. }),
        "{failed:?}"
    );
    accept_rows(&db).await;
    intact(&test.services).await;
    assert_eq!(reveal(&test.services).await, token);
    assert_eq!(reveal(&change(&test, MASTER_KEY, SECOND).await).await, token);
}

#[tokio::test]
async fn a_damaged_sealed_value_stops_the_change_of_the_key() {
    let test = TestBackend::new().await;
    execute_directly(&test, &["UPDATE environment_keys SET sealed = sealed || x'00'"]).await;
    let failed = open(&test, SECOND, Some(MASTER_KEY)).await.unwrap_err();
    assert!(matches!(failed, Error::Internal(_)), "{failed:?}");
    assert_eq!(changes(&test).await, 0);
    open(&test, MASTER_KEY, None).await.unwrap();
}

#[tokio::test]
async fn a_node_with_the_old_key_keeps_answering_but_changes_nothing() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let token = reveal(&test.services).await;
    let id = environment(&test.services).await;
    let new = change(&test, MASTER_KEY, SECOND).await;
    let old = &test.services;
    let by = by();
    let form = EnvironmentForm {
        name: "staging".to_owned(),
        kind: "test".to_owned(),
    };
    let refused = [
        old.environments.create(&by, &form).await.map(drop).unwrap_err(),
        old.environments.reveal_key(&by, &id).await.map(drop).unwrap_err(),
        old.endpoints.retire(&by, "chat").await.map(drop).unwrap_err(),
        old.keys
            .create_many(&by, &new_key("Mail", Grant::All), 1)
            .await
            .map(drop)
            .unwrap_err(),
        old.keys.delete(&by, &key.id).await.map(drop).unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(error, Error::Conflict(_)), "{error:?}");
        assert_eq!(
            error.to_string(),
            "The master key was changed while this node was running. Restart it with the new one; until then nothing \
             can be changed here."
        );
    }
    // The server answers, follows changes of others, and stores its uses.
    for token in [token.as_str(), key.token.reveal()] {
        assert_eq!(decide(old, token, "chat").code, Code::Valid);
    }
    new.keys.disable(&by, &key.id).await.unwrap();
    crate::common::until(old, &key.token, Code::Inactive).await;
    old.usage.flush().await.unwrap();
    test.clock.advance(MINUTE);
    assert!(test.details(&key.id).await.row.last_used_at.is_some());
    // The server cannot check the log, but does not report that it was changed.
    let cannot = old.audit.verify_chain(&by).await.unwrap_err();
    assert!(matches!(cannot, Error::Internal(_)), "{cannot:?}");
    assert!(cannot.to_string().contains("another master key"), "{cannot}");
    intact(&new).await;
    new.environments.create(&by, &form).await.unwrap();
}
