//! Storing the counts: none is lost, and none is stored twice.

use std::task::Poll;
use std::time::Duration;

use super::{backend_with_key, hours, uses};
use crate::common::{code, create, decide, decide_from, new_key};
use backend::audit::Actor;
use model::endpoint::Grant;
use model::number::Separator;
use model::time::{HOUR, MINUTE};
use sea_orm::ConnectionTrait;

/// Polls a future for the given number of steps, and then drops it. Returns whether it had finished.
async fn cut_off_after<F: Future>(steps: usize, begun: F) -> bool {
    let mut begun = std::pin::pin!(begun);
    for _ in 0..steps {
        let step = std::future::poll_fn(|context| Poll::Ready(begun.as_mut().poll(context).is_ready()));
        if step.await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    false
}

#[tokio::test]
async fn counts_add_up_over_many_flushes() {
    let (test, key) = backend_with_key(Grant::All).await;
    for _ in 0..3 {
        code(&test.services, &key.token, "chat");
        test.services.usage.flush().await.unwrap();
        test.services.usage.flush().await.unwrap();
    }
    assert_eq!(test.details(&key.id).await.day, uses(3, 0));
}

#[tokio::test]
async fn each_use_counts_once_wherever_a_flush_is_interrupted() {
    let (test, key) = backend_with_key(Grant::All).await;
    let mut finished = Vec::new();
    // The last flush runs to its end, even on a slow machine.
    for steps in (1..=11).chain([10_000]) {
        code(&test.services, &key.token, "chat");
        finished.push(Box::pin(cut_off_after(steps, test.services.usage.flush())).await);
    }
    // The first step only sends a query.
    assert!(!finished[0] && finished[11], "{finished:?}");
    test.services.usage.flush().await.unwrap();
    let counted: i64 = hours(&test, &key.id).await.into_iter().map(|row| row.3).sum();
    assert_eq!(counted, 12);
}

#[tokio::test]
async fn uses_that_could_not_be_stored_are_stored_later() {
    let (test, key) = backend_with_key(Grant::All).await;
    decide_from(&test.services, key.token.reveal(), "chat", "192.0.2.7");
    let db = test.connect_directly().await;
    // The totals are stored before this table fails. In the end they must not be counted twice.
    db.execute_unprepared("ALTER TABLE usage_hours RENAME TO away")
        .await
        .unwrap();
    test.services.usage.flush().await.unwrap_err();
    test.clock.advance(MINUTE);
    let later = test.services.now();
    decide_from(&test.services, key.token.reveal(), "chat", "192.0.2.8");
    decide_from(&test.services, key.token.reveal(), "image", "192.0.2.8");
    decide_from(&test.services, key.token.reveal(), "no-such", "192.0.2.8");
    test.services.usage.flush().await.unwrap_err();
    db.execute_unprepared("ALTER TABLE away RENAME TO usage_hours")
        .await
        .unwrap();
    test.services.usage.flush().await.unwrap();

    let seen = test.details(&key.id).await;
    assert_eq!(seen.day, uses(3, 1));
    assert_eq!(seen.row.last_used_at, Some(later));
    assert_eq!(seen.last_used_from.as_deref(), Some("192.0.2.8"));
    assert_eq!(seen.token_used_at, Some(later));
    let requests = test
        .services
        .home
        .page(&Actor::command_line(), "", Separator::Comma)
        .await
        .unwrap()
        .requests;
    assert_eq!((requests.allowed(), requests.total()), (3, 4));
}

#[tokio::test]
async fn a_key_deleted_after_its_use_does_not_prevent_a_flush() {
    let (test, gone) = backend_with_key(Grant::All).await;
    let kept = create(&test.services, &new_key("Depot", Grant::All)).await;
    let command_line = test.another(2).await;
    for key in [&gone, &gone, &kept] {
        decide(&test.services, key.token.reveal(), "chat");
    }
    let by = Actor::command_line();
    command_line.keys.delete(&by, &gone.id).await.unwrap();
    test.services.usage.flush().await.unwrap();
    let hour = test.services.now().0 / HOUR;
    assert_eq!(
        hours(&test, &gone.id).await,
        [(hour, "chat".to_owned(), "VALID".to_owned(), 2)]
    );
    // The new key stays PROVISIONING, since no task runs here. A refused request is counted, too.
    assert_eq!(test.details(&kept.id).await.day, uses(0, 1));
    let requests = test
        .services
        .home
        .page(&Actor::command_line(), "", Separator::Comma)
        .await
        .unwrap()
        .requests;
    assert_eq!(
        (requests.allowed(), requests.total()),
        (2, 3),
        "requests stay in the totals after their key is deleted"
    );
}

#[tokio::test]
async fn a_flush_is_not_a_change() {
    let (test, key) = backend_with_key(Grant::All).await;
    let change = *test.services.cluster.watch_changes().borrow();
    code(&test.services, &key.token, "chat");
    test.services.usage.flush().await.unwrap();
    assert_eq!(*test.services.cluster.watch_changes().borrow(), change);
    assert_eq!(test.events().await, 1 + 1, "the creation of the key");
}
