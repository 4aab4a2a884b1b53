//! Old tokens: each works until its own end, or until a person ends it.

use super::{ask, rotate};
use crate::common::{TestBackend, code, decide, details, new_key};
use backend::Error;
use backend::audit::Actor;
use model::endpoint::Grant;
use model::id::KeyId;
use model::key::OldTokenEnd;
use model::time::{DAY, HOUR};
use model::verify::Code;
use sea_orm::{ConnectionTrait, Statement};

#[tokio::test]
async fn both_tokens_work_until_the_old_one_ends() {
    for (grace, length) in [("1h", HOUR), ("24h", DAY), ("7d", 7 * DAY)] {
        let test = TestBackend::serving().await;
        let key = test.active_key(&new_key("Shop", Grant::All)).await;
        let old = key.token.reveal();
        let end = test.services.now().plus(length);
        let rotated = rotate(&test.services, &key.id, grace).await;
        assert_eq!(rotated.rotated, Some(OldTokenEnd::At(end)), "{grace}");
        assert_ne!(rotated.token, old, "{grace}");
        test.pass(length - 1).await;
        for token in [old, &rotated.token] {
            let decision = decide(&test.services, token, "chat");
            assert_eq!(
                (decision.code, decision.id.as_ref()),
                (Code::Valid, Some(&key.id)),
                "{grace}"
            );
        }
        // The old token ends although the index is not loaded again.
        test.clock.advance(1);
        assert_eq!(ask(&test.services, old), Code::NotFound, "{grace}");
        assert_eq!(ask(&test.services, &rotated.token), Code::Valid, "{grace}");
    }
}

#[tokio::test]
async fn each_old_token_ends_at_its_own_time() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let first = key.token.reveal();
    let second = rotate(&test.services, &key.id, "24h").await.token;
    test.pass(HOUR).await;
    test.clock.advance(-HOUR); // The server's clock goes back to the time of the database.
    let third = rotate(&test.services, &key.id, "1h").await.token;
    let ask = |token: &str| ask(&test.services, token);
    let codes = || [ask(first), ask(&second), ask(&third)];
    assert_eq!(codes(), [Code::Valid, Code::Valid, Code::Valid]);
    test.pass(HOUR).await;
    assert_eq!(codes(), [Code::Valid, Code::NotFound, Code::Valid]);
    test.pass(DAY - HOUR).await;
    assert_eq!(codes(), [Code::NotFound, Code::NotFound, Code::Valid]);
}

#[tokio::test]
async fn without_a_grace_the_old_token_is_unknown_before_the_answer() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let rotated = rotate(&test.services, &key.id, "now").await;
    assert!(matches!(rotated.rotated, Some(OldTokenEnd::Now { .. })), "{rotated:?}");
    assert_eq!(code(&test.services, &key.token, "chat"), Code::NotFound);
    assert_eq!(ask(&test.services, &rotated.token), Code::Valid);
}

#[tokio::test]
async fn a_rotation_without_grace_ends_all_earlier_tokens_of_that_key_only() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let other = test.active_key(&new_key("Mail", Grant::All)).await;
    rotate(&test.services, &other.id, "7d").await;
    let second = rotate(&test.services, &key.id, "7d").await;
    let third = rotate(&test.services, &key.id, "7d").await;
    for token in [key.token.reveal(), &second.token, &third.token] {
        assert_eq!(ask(&test.services, token), Code::Valid);
    }
    let fourth = rotate(&test.services, &key.id, "now").await;
    for token in [key.token.reveal(), &second.token, &third.token] {
        assert_eq!(ask(&test.services, token), Code::NotFound);
    }
    assert_eq!(ask(&test.services, &fourth.token), Code::Valid);
    assert_eq!(code(&test.services, &other.token, "chat"), Code::Valid);
    assert!(test.details(&key.id).await.old_tokens.is_empty());
    // A node that starts later does not know them either.
    test.services.cluster.load_index().await.unwrap();
    assert_eq!(ask(&test.services, key.token.reveal()), Code::NotFound);
}

#[tokio::test]
async fn an_old_token_can_be_ended_early() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let rotated = rotate(&test.services, &key.id, "7d").await;
    let old = test.details(&key.id).await.old_tokens.remove(0);
    let end = async |token: &str| test.services.keys.end_old_token(&by, &key.id, token).await;
    let unknown = end("0123456789abcdef").await.unwrap_err();
    assert!(matches!(unknown, Error::NotFound(_)), "{unknown:?}");
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);

    end(&old.id).await.unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::NotFound);
    assert_eq!(ask(&test.services, &rotated.token), Code::Valid);
    let after = test.details(&key.id).await;
    assert!(after.old_tokens.is_empty());
    assert_eq!(after.history.unwrap()[0].title, "Old token ended");
    let again = end(&old.id).await.unwrap_err();
    assert_eq!(again.to_string(), "This old token has ended already.");
}

#[tokio::test]
async fn only_an_old_token_of_this_key_can_be_ended() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let shop = test.active_key(&new_key("Shop", Grant::All)).await;
    let depot = test.active_key(&new_key("Depot", Grant::All)).await;
    rotate(&test.services, &shop.id, "7d").await;
    let of_shop = test.details(&shop.id).await.old_tokens.remove(0).id;
    let current: String = stored_hash(&test, &depot.id).await[..8]
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from_digit(digit.into(), 16).unwrap())
        .collect();
    for token in [&of_shop, &current] {
        let refused = test.services.keys.end_old_token(&by, &depot.id, token).await;
        assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
    }
    for key in [&shop, &depot] {
        assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    }
}

#[tokio::test]
async fn an_old_token_survives_a_restart_and_still_ends() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    rotate(&test.services, &key.id, "1h").await;
    let restarted = test.another(2).await;
    restarted.cluster.load_index().await.unwrap();
    assert_eq!(code(&restarted, &key.token, "chat"), Code::Valid);
    test.clock.advance(HOUR);
    restarted.cluster.load_index().await.unwrap();
    assert_eq!(code(&restarted, &key.token, "chat"), Code::NotFound);
    assert!(details(&restarted, &key.id).await.old_tokens.is_empty());
}

/// The hash of a key's token, as it is stored.
async fn stored_hash(test: &TestBackend, id: &KeyId) -> Vec<u8> {
    let db = test.connect_directly().await;
    let sql = format!("SELECT token_hash FROM api_keys WHERE id = '{id}'");
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql));
    row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
}
