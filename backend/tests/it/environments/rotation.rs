//! Rotating an environment key: the new token, and the old ones beside it for a while.

use std::time::Duration;

use super::{ask, by, grace, number, reveal, rotate, row};
use crate::common::database::execute;
use crate::common::{TestBackend, error_of};
use model::time::{DAY, HOUR};
use model::verify::Code;
use serde_json::json;

#[tokio::test]
async fn both_tokens_work_until_the_old_one_ends() {
    for (word, length) in [("1h", HOUR), ("24h", DAY), ("7d", 7 * DAY)] {
        let test = TestBackend::serving().await;
        let before = row(&test.services, "default").await;
        let old = reveal(&test.services, &before.id).await;
        let end = test.services.now().plus(length);
        assert_eq!(
            rotate(&test.services, &before.id, &grace(word)).await,
            Some(end),
            "{word}"
        );
        let new = reveal(&test.services, &before.id).await;
        assert_ne!(new, old);
        for token in [&old, &new] {
            assert_eq!(ask(&test.services, token), Code::Valid, "{word}");
        }
        let after = row(&test.services, "default").await;
        assert_eq!(
            (after.key_id, after.old_token_ends_at),
            (before.key_id, Some(end)),
            "{word}"
        );
        assert!(new.ends_with(&after.last_four));
        assert_eq!(
            test.details_of("environment.key_rotated").await,
            [json!({ "keyId": row(&test.services, "default").await.key_id, "oldTokenEndsAt": end.rfc3339() })]
        );

        test.pass(length - 1).await;
        for token in [&old, &new] {
            assert_eq!(ask(&test.services, token), Code::Valid, "{word}");
        }
        // The old token ends although the index is not loaded again.
        test.clock.advance(1);
        assert_eq!(
            (ask(&test.services, &old), ask(&test.services, &new)),
            (Code::NotFound, Code::Valid),
            "{word}"
        );
        assert_eq!(row(&test.services, "default").await.old_token_ends_at, None, "{word}");
    }
}

#[tokio::test]
async fn without_a_grace_the_old_token_is_unknown_before_the_answer() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let old = reveal(&test.services, &id).await;
    assert_eq!(rotate(&test.services, &id, &grace("now")).await, None);
    let new = reveal(&test.services, &id).await;
    assert_eq!(
        (ask(&test.services, &old), ask(&test.services, &new)),
        (Code::NotFound, Code::Valid)
    );
    assert_eq!(number(&test, "SELECT count(*) FROM environment_keys").await, 1);
}

#[tokio::test]
async fn without_a_grace_the_tokens_of_earlier_rotations_end_as_well() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let leaked = reveal(&test.services, &id).await;
    rotate(&test.services, &id, &grace("7d")).await;
    assert_eq!(ask(&test.services, &leaked), Code::Valid);
    rotate(&test.services, &id, &grace("now")).await;
    assert_eq!(ask(&test.services, &leaked), Code::NotFound);
}

#[tokio::test]
async fn each_of_several_old_tokens_ends_at_its_own_time() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let first = reveal(&test.services, &id).await;
    let first_end = rotate(&test.services, &id, &grace("24h")).await;
    let second = reveal(&test.services, &id).await;
    rotate(&test.services, &id, &grace("1h")).await;
    let third = reveal(&test.services, &id).await;
    let codes = || [&first, &second, &third].map(|token| ask(&test.services, token));
    assert_eq!(codes(), [Code::Valid; 3]);
    assert_eq!(row(&test.services, "default").await.old_token_ends_at, first_end);
    test.pass(HOUR).await;
    assert_eq!(codes(), [Code::Valid, Code::NotFound, Code::Valid]);
    test.pass(DAY - HOUR).await;
    assert_eq!(codes(), [Code::NotFound, Code::NotFound, Code::Valid]);
    assert_eq!(ask(&test.services, &reveal(&test.services, &id).await), Code::Valid);
}

#[tokio::test]
async fn an_old_token_cannot_be_seen_again() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let old = reveal(&test.services, &id).await;
    rotate(&test.services, &id, &grace("7d")).await;
    assert_ne!(reveal(&test.services, &id).await, old);
    let kept = "SELECT count(*) FROM environment_keys WHERE ends_at IS NOT NULL AND sealed IS NOT NULL";
    assert_eq!(number(&test, kept).await, 0);
    // The database refuses it, too.
    let db = test.connect_directly().await;
    for sql in [
        "UPDATE environment_keys SET sealed = x'00' WHERE ends_at IS NOT NULL",
        "UPDATE environment_keys SET ends_at = NULL WHERE ends_at IS NOT NULL",
        "UPDATE environment_keys SET sealed = NULL WHERE ends_at IS NULL",
    ] {
        execute(&db, sql).await.unwrap_err();
    }
}

#[tokio::test]
async fn an_environment_has_one_current_token() {
    let test = TestBackend::new().await;
    let id = row(&test.services, "default").await.id;
    let twice =
        format!("INSERT INTO environment_keys VALUES (x'00', 'key_x', '{id}', 'abcd', x'00', 1, NULL, NULL, NULL)");
    let error = execute(&test.connect_directly().await, &twice).await.unwrap_err();
    assert!(error.to_string().to_lowercase().contains("unique"), "{error}");
}

#[tokio::test]
async fn an_invalid_grace_rotates_nothing() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let token = reveal(&test.services, &id).await;
    let events = test.events().await;
    for word in ["", "0", "8d", "1h "] {
        let outcome = test.services.environments.rotate_key(&by(), &id, &grace(word)).await;
        assert_eq!(error_of(outcome, "grace"), "Choose when the old token ends.", "{word}");
    }
    assert_eq!(test.events().await, events);
    assert_eq!(reveal(&test.services, &id).await, token);
}

#[tokio::test]
async fn a_second_node_learns_of_a_rotation() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let old = reveal(&test.services, &id).await;
    let other = test.another(2).await;
    rotate(&other, &id, &grace("now")).await;
    let new = reveal(&other, &id).await;
    let in_time = tokio::time::timeout(Duration::from_secs(10), async {
        while ask(&test.services, &old) != Code::NotFound {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(in_time.await.is_ok(), "the old token never ended");
    assert_eq!(ask(&test.services, &new), Code::Valid);
}
