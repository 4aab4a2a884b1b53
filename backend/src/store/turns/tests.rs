use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use model::audit_event::{AuditEvent, KeyDeleted};
use model::status::Status;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _};
use tokio::sync::Notify;

use crate::actor::Actor;
use crate::error::Result;
use crate::store::entities::{audit_event, head};
use crate::store::mutation::Mutation;
use crate::store::sqlite::query_plan::empty_store;
use crate::store::{Event, Store, ends_as_written};

/// How long a test waits for what must not happen.
const MOMENT: Duration = Duration::from_millis(50);

fn note(mutation: &mut Mutation<'_>, name: &str) {
    let deleted = AuditEvent::KeyDeleted(KeyDeleted {
        status: Status::Active,
        last_used_at: None,
    });
    mutation.audit(&Actor::command_line(), &Event::on("key_0123456789", name, deleted));
}

async fn shared(store: &Store, name: &str) -> Result<i64> {
    let mut mutation = store.begin_shared_unguarded().await?;
    note(&mut mutation, name);
    mutation.commit().await
}

fn shared_by(store: &Arc<Store>, name: &'static str) -> impl Future<Output = Result<i64>> + use<> {
    let store = Arc::clone(store);
    async move { shared(&store, name).await }
}

/// The names of the subjects of all events that are committed, and whether the end of the log is as it was written.
async fn committed(store: &Store) -> (Vec<String>, bool) {
    let events = audit_event::Entity::find().all(&store.db).await.unwrap();
    let head = head::Entity::find_by_id(1).one(&store.db).await.unwrap().unwrap();
    let is_sound =
        ends_as_written(&store.chain, &head) && head.audit_number == events.last().map_or(0, |last| last.number);
    (
        events.into_iter().filter_map(|event| event.subject_name).collect(),
        is_sound,
    )
}

#[tokio::test]
async fn mutations_that_wait_at_the_same_time_share_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(empty_store(&folder).await);
    let mut first = store.begin_shared_unguarded().await.unwrap();
    note(&mut first, "0");
    let others: Vec<_> = (1..10)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { shared(&store, &number.to_string()).await })
        })
        .collect();
    tokio::task::yield_now().await;
    first.commit().await.unwrap();
    for other in others {
        other.await.unwrap().unwrap();
    }
    let (mut names, is_sound) = committed(&store).await;
    names.sort();
    assert!(is_sound);
    assert_eq!(names, (0..10).map(|number| number.to_string()).collect::<Vec<_>>());
    let opened = store.turns.queue().await.writing.opened;
    assert!(opened < 10, "{opened} transactions");
}

#[tokio::test]
async fn nothing_is_answered_before_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(empty_store(&folder).await);
    let turn = store.turns.queue().await;
    let first = tokio::spawn(shared_by(&store, "first"));
    tokio::task::yield_now().await;
    let (inside, goes_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let second = tokio::spawn({
        let (store, inside, goes_on) = (Arc::clone(&store), Arc::clone(&inside), Arc::clone(&goes_on));
        async move {
            let mut mutation = store.begin_shared_unguarded().await.unwrap();
            inside.notify_one();
            goes_on.notified().await;
            note(&mut mutation, "second");
            mutation.commit().await.unwrap();
        }
    });
    tokio::task::yield_now().await;
    drop(turn);
    inside.notified().await;
    // The first mutation is done, and waits for what the second does.
    tokio::time::sleep(MOMENT).await;
    assert!(!first.is_finished());
    assert_eq!(committed(&store).await.0, [""; 0]);
    goes_on.notify_one();
    first.await.unwrap().unwrap();
    assert_eq!(
        committed(&store).await,
        (vec!["first".to_owned(), "second".to_owned()], true)
    );
    second.await.unwrap();
}

#[tokio::test]
async fn a_mutation_that_fails_takes_nothing_along() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(&folder).await;
    shared(&store, "before").await.unwrap();
    let mut fails = store.begin_shared_unguarded().await.unwrap();
    note(&mut fails, "fails");
    fails.insert_log().await.unwrap();
    drop(fails);
    let mut gives_up = store.begin_shared_unguarded().await.unwrap();
    note(&mut gives_up, "gives up");
    gives_up.insert_log().await.unwrap();
    gives_up.give_up().await.unwrap();
    shared(&store, "after").await.unwrap();
    assert_eq!(
        committed(&store).await,
        (vec!["before".to_owned(), "after".to_owned()], true)
    );
}

#[tokio::test]
async fn a_mutation_that_is_dropped_at_any_step_takes_nothing_along() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(empty_store(&folder).await);
    for steps in 1..12 {
        let mut turn = Some(store.turns.queue().await);
        let first = tokio::spawn(shared_by(&store, "first"));
        tokio::task::yield_now().await;
        let mut dropped = Box::pin(shared(&store, "dropped"));
        let mut left = steps;
        poll_fn(|context| {
            let is_done = dropped.as_mut().poll(context).is_ready();
            // Both are in the queue.
            drop(turn.take());
            left -= 1;
            if is_done || left == 0 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        drop(dropped);
        let first = first.await.unwrap();
        assert!(first.is_ok(), "{steps}: {first:?}");
        assert!(committed(&store).await.1, "{steps}");
    }
}

#[tokio::test]
async fn a_mutation_of_its_own_finds_what_others_share_committed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(empty_store(&folder).await);
    let mut first = store.begin_shared_unguarded().await.unwrap();
    note(&mut first, "shared");
    let alone = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            let mutation = store.begin_unguarded().await.unwrap();
            let before = audit_event::Entity::find().count(&store.db).await.unwrap();
            (before, mutation.commit().await.is_ok())
        }
    });
    tokio::task::yield_now().await;
    first.commit().await.unwrap();
    assert_eq!(alone.await.unwrap(), (1, true));
}

#[tokio::test]
async fn where_the_database_gives_the_transaction_up_nobody_is_told_of_success() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(empty_store(&folder).await);
    let turn = store.turns.queue().await;
    let first = tokio::spawn(shared_by(&store, "first"));
    tokio::task::yield_now().await;
    let breaks = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            let mutation = store.begin_shared_unguarded().await.unwrap();
            // As SQLite does on a full disk. The statement that failed then ends the mutation.
            mutation.transaction.execute_unprepared("ROLLBACK").await.unwrap();
        }
    });
    tokio::task::yield_now().await;
    let third = tokio::spawn(shared_by(&store, "third"));
    tokio::task::yield_now().await;
    drop(turn);
    assert!(first.await.unwrap().is_err());
    breaks.await.unwrap();
    let third = third.await.unwrap();
    assert!(third.is_ok(), "{third:?}");
    assert_eq!(committed(&store).await, (vec!["third".to_owned()], true));
    assert!(shared(&store, "fourth").await.is_ok());
    assert!(committed(&store).await.1);
}
