//! Which of the tokens was used, and when.

use super::{ask, rotate};
use crate::common::{TestBackend, code, create, new_key};
use model::endpoint::Grant;
use model::time::MINUTE;
use model::verify::Code;

#[tokio::test]
async fn the_screen_shows_which_token_was_used() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let first_use = test.services.now();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    test.pass(MINUTE / 2).await;
    let rotated = rotate(&test.services, &key.id, "24h").await;
    let seen = test.details(&key.id).await;
    assert_eq!(seen.rotated_at, first_use.plus(MINUTE / 2));
    assert_eq!(seen.token_used_at, None, "the new token was not used yet");
    assert_eq!(seen.old_tokens[0].last_used_at, Some(first_use));
    assert_eq!(seen.row.last_used_at, Some(first_use), "the use of the key stays");

    test.pass(MINUTE).await;
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    let old_use = test.services.now();
    test.pass(MINUTE).await;
    assert_eq!(ask(&test.services, &rotated.token), Code::Valid);
    let new_use = test.services.now();
    let seen = test.details(&key.id).await;
    assert_eq!(seen.old_tokens[0].last_used_at, Some(old_use));
    assert_eq!(seen.token_used_at, Some(new_use));
    assert_eq!(seen.row.last_used_at, Some(new_use));
}

#[tokio::test]
async fn uses_from_before_a_rotation_elsewhere_belong_to_the_old_token() {
    // This node does not follow changes, so it does not know of the rotation when it stores the use.
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    test.services.cluster.load_index().await.unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    let command_line = test.another(2).await;
    rotate(&command_line, &key.id, "24h").await;
    let seen = test.details(&key.id).await;
    assert_eq!(seen.token_used_at, None);
    assert_eq!(seen.old_tokens[0].last_used_at, Some(test.services.now()));
}

#[tokio::test]
async fn a_later_use_of_an_old_token_on_another_node_stays() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    rotate(&test.services, &key.id, "24h").await;
    let other = test.another(2).await;
    test.services.cluster.load_index().await.unwrap();
    other.cluster.load_index().await.unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    test.clock.advance(MINUTE);
    assert_eq!(code(&other, &key.token, "chat"), Code::Valid);
    other.usage.flush().await.unwrap();
    test.services.usage.flush().await.unwrap();
    let seen = test.details(&key.id).await;
    assert_eq!(seen.old_tokens[0].last_used_at, Some(test.services.now()));
}
