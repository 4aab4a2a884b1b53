//! Other nodes learn of a rotation.

use std::sync::Arc;

use super::{ask, rotate};
use crate::common::{TestBackend, code, new_key};
use backend::audit::Actor;
use model::endpoint::Grant;
use model::status::Status;
use model::verify::Code;

#[tokio::test]
async fn a_server_learns_both_tokens_when_another_process_rotates() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let command_line = test.another(2).await;
    let rotated = rotate(&command_line, &key.id, "24h").await;
    let new_token_works = tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while ask(&test.services, &rotated.token) != Code::Valid {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    });
    assert!(new_token_works.await.is_ok(), "the new token never worked");
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    rotate(&command_line, &key.id, "now").await;
    // Both old tokens end at once, although the grace of one was not over.
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while ask(&test.services, &rotated.token) != Code::NotFound {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    });
    assert!(ended.await.is_ok(), "the old token never ended");
    assert_eq!(code(&test.services, &key.token, "chat"), Code::NotFound);
}

#[tokio::test]
async fn the_timeline_of_a_new_token_waits_for_nodes_while_the_key_stays_active() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let behind = Arc::new(test.another(2).await);
    // A second server with a loaded index that does not follow changes.
    behind.cluster.load_index().await.unwrap();
    behind.cluster.join().await.unwrap();
    let rotated = rotate(&test.services, &key.id, "24h").await;
    assert_eq!(rotated.progress.status, Status::Provisioning);
    assert_eq!(rotated.progress.steps[2].detail, "1 of 2");
    assert_eq!(ask(&test.services, &rotated.token), Code::Valid);
    assert_eq!(test.details(&key.id).await.row.status, Status::Active);

    behind.cluster.load_index().await.unwrap();
    behind.cluster.join().await.unwrap();
    let progress = test
        .services
        .keys
        .progress(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    assert_eq!(progress.status, Status::Active);
    assert_eq!(progress.steps[2].detail, "2 of 2");
}
