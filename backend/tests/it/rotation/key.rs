//! The key that is rotated: only its token is new, and its status holds for both tokens.

use super::{ask, rotate, send};
use crate::common::{TestBackend, code, decide, new_key};
use backend::audit::Actor;
use backend::keys::NewKey;
use model::endpoint::Grant;
use model::rotate_form::{RotateKeyForm, RotateOutcome};
use model::time::{DAY, HOUR};
use model::verify::Code;

#[tokio::test]
async fn a_rotation_changes_only_the_token() {
    let test = TestBackend::serving().await;
    let profile = test.add_profile("Strict").await;
    let new = NewKey {
        expires_at: Some(test.services.now().plus(30 * DAY)),
        profile: Some(profile),
        ..new_key("Shop", Grant::Only(vec!["chat".to_owned()]))
    };
    let key = test.active_key(&new).await;
    let before = test.details(&key.id).await.row;
    let rotated = rotate(&test.services, &key.id, "1h").await;
    let mut after = test.details(&key.id).await.row;
    assert!(after.masked.ends_with(&rotated.token[rotated.token.len() - 4..]));
    after.masked.clone_from(&before.masked);
    assert_eq!(after, before);
    for token in [key.token.reveal(), &rotated.token] {
        assert_eq!(decide(&test.services, token, "image").code, Code::Forbidden);
    }
}

#[tokio::test]
async fn sending_one_form_twice_makes_one_token() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let by = Actor::command_line();
    let shown = test.services.keys.rotation_options(&by, &key.id).await.unwrap();
    let first = send(&test.services, &key.id, shown.form.clone()).await.unwrap();
    let RotateOutcome::Rotated(rotated) = first else {
        panic!("{first:?}");
    };
    let again = send(&test.services, &key.id, shown.form.clone()).await.unwrap();
    let RotateOutcome::AlreadyRotated { form_id } = again else {
        panic!("{again:?}");
    };
    assert_eq!(ask(&test.services, &rotated.token), Code::Valid);
    assert_eq!(test.details(&key.id).await.old_tokens.len(), 1, "only one rotation");
    // With the identifier in the answer the form is a new one. When it is sent, it rotates.
    assert_ne!(form_id, shown.form.form_id);
    let fresh = RotateKeyForm { form_id, ..shown.form };
    let once_more = send(&test.services, &key.id, fresh).await.unwrap();
    assert!(matches!(once_more, RotateOutcome::Rotated(_)), "{once_more:?}");
    assert_eq!(test.details(&key.id).await.old_tokens.len(), 2);
}

#[tokio::test]
async fn no_token_of_a_rotated_key_is_in_the_database() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let rotated = rotate(&test.services, &key.id, "24h").await;
    assert!(test.stores(key.id.as_str()).await);
    for token in [key.token.reveal(), &rotated.token] {
        assert!(!test.stores(token).await);
    }
}

#[tokio::test]
async fn an_inactive_key_can_be_rotated_and_stays_inactive() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    test.services.keys.disable(&by, &key.id).await.unwrap();
    let rotated = rotate(&test.services, &key.id, "1h").await;
    let codes = || {
        [
            code(&test.services, &key.token, "chat"),
            ask(&test.services, &rotated.token),
        ]
    };
    assert_eq!(codes(), [Code::Inactive; 2]);
    test.services.keys.enable(&by, &key.id).await.unwrap();
    assert_eq!(codes(), [Code::Valid; 2]);
}

#[tokio::test]
async fn a_disabled_key_is_refused_with_either_token() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let rotated = rotate(&test.services, &key.id, "24h").await;
    let codes = || {
        [
            code(&test.services, &key.token, "chat"),
            ask(&test.services, &rotated.token),
        ]
    };
    test.services.keys.disable(&by, &key.id).await.unwrap();
    assert_eq!(codes(), [Code::Inactive; 2]);
    test.services.keys.enable(&by, &key.id).await.unwrap();
    assert_eq!(codes(), [Code::Valid; 2]);
    test.services.keys.delete(&by, &key.id).await.unwrap();
    assert_eq!(codes(), [Code::NotFound; 2]);
}

#[tokio::test]
async fn the_end_date_of_the_key_ends_both_tokens() {
    let test = TestBackend::serving().await;
    let new = NewKey {
        expires_at: Some(test.services.now().plus(HOUR)),
        ..new_key("Shop", Grant::All)
    };
    let key = test.active_key(&new).await;
    let rotated = rotate(&test.services, &key.id, "7d").await;
    test.pass(HOUR).await;
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Expired);
    assert_eq!(ask(&test.services, &rotated.token), Code::Expired);
}
