//! The Home screen: whether all is well, what is refused, what has changed, and the first steps.

use std::cmp::Ordering;

use crate::common::{TestBackend, as_role, code, create, decide, new_key};
use backend::audit::Actor;
use backend::keys::NewKey;
use model::endpoint::Grant;
use model::home::{Difference, HomePage, LAST_CHANGES, RefusedName, Tone};
use model::number::Separator;
use model::role::Role;
use model::time::{HOUR, MINUTE, SECOND};

async fn home(test: &TestBackend) -> HomePage {
    home_of(test, "").await
}

async fn home_of(test: &TestBackend, environment: &str) -> HomePage {
    test.services
        .home
        .page(&as_role(Role::Owner), environment, Separator::Comma)
        .await
        .unwrap()
}

/// The keys with the most refused requests: name, reason, and how many.
fn refused(page: &HomePage) -> Vec<(String, String, u64)> {
    let name = |name: &RefusedName| match name {
        RefusedName::Key { name, .. } => name.clone(),
        RefusedName::Environment { environment, .. } => format!("({environment})"),
        RefusedName::Deleted(_) => "(deleted)".to_owned(),
        RefusedName::Unknown => "(unknown)".to_owned(),
    };
    page.refused
        .iter()
        .map(|key| (name(&key.name), key.reason.words(), key.requests))
        .collect()
}

#[tokio::test]
async fn the_first_steps_are_ticked_by_what_has_happened() {
    let test = TestBackend::serving().await;
    let first = home(&test).await;
    assert_eq!(first.verdict.tone, Tone::Unknown, "{:?}", first.verdict);
    assert_eq!(first.steps.count_done(), 0);
    assert_eq!(first.steps.endpoint, "chat");
    assert!(first.steps.may_create && first.steps.may_invite);

    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let steps = home(&test).await.steps;
    assert!(steps.key && steps.waits_for_request(), "{steps:?}");
    code(&test.services, &key.token, "chat");
    let steps = home(&test).await.steps;
    assert!(steps.request && !steps.gateway && !steps.are_done(), "{steps:?}");
    test.pass(HOUR).await;
    code(&test.services, &key.token, "chat");
    let steps = home(&test).await.steps;
    assert!(steps.gateway && !steps.invited && steps.are_done(), "{steps:?}");

    test.add_person(Role::Owner).await;
    assert!(!home(&test).await.steps.invited, "one person is alone");
    test.add_person(Role::Viewer).await;
    assert!(home(&test).await.steps.invited);

    // What has happened stays, also without the key.
    test.services
        .keys
        .delete(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    let page = home(&test).await;
    assert!(!page.any_keys && page.steps.are_done(), "{:?}", page.steps);
}

#[tokio::test]
async fn a_request_with_an_unknown_token_is_not_the_first_request() {
    let test = TestBackend::serving().await;
    decide(&test.services, "sk_live_nonsense", "chat");
    let page = home(&test).await;
    assert!(!page.steps.request);
    assert_eq!(refused(&page), [("(unknown)".to_owned(), "no such key".to_owned(), 1)]);
}

#[tokio::test]
async fn the_most_refused_keys_are_listed_with_their_main_reason() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let shop = create(&test.services, &new_key("Shop", Grant::Only(vec!["chat".to_owned()]))).await;
    let ending = NewKey {
        expires_at: Some(test.services.now().plus(MINUTE)),
        ..new_key("Ending", Grant::All)
    };
    let end = ending.expires_at;
    let ending = create(&test.services, &ending).await;
    let gone = create(&test.services, &new_key("Gone", Grant::All)).await;
    let unused = create(&test.services, &new_key("Never refused", Grant::All)).await;
    test.pass(2 * MINUTE).await;
    for (token, endpoint, times) in [
        (&ending.token, "chat", 5),
        (&shop.token, "image", 3),
        (&shop.token, "no-such", 1),
        (&shop.token, "chat", 9),
        (&unused.token, "chat", 9),
        (&gone.token, "no-such", 1),
    ] {
        for _ in 0..times {
            code(&test.services, token, endpoint);
        }
    }
    for _ in 0..2 {
        decide(&test.services, "sk_live_nonsense", "chat");
    }
    test.services.usage.flush().await.unwrap();
    test.services.keys.delete(&by, &gone.id).await.unwrap();

    let told = |name: &str, reason: &str, requests| (name.to_owned(), reason.to_owned(), requests);
    let page = home(&test).await;
    assert_eq!(
        refused(&page),
        [
            told("Ending", "expired", 5),
            told("Shop", "Image not granted", 4),
            told("(unknown)", "no such key", 2),
            told("(deleted)", "no such endpoint", 1),
        ]
    );
    assert_eq!(page.refused[0].reason.expired_at, end);
    assert_eq!((page.requests.allowed(), page.requests.refused()), (18, 12));
    let own = home_of(&test, "default").await;
    assert_eq!(
        refused(&own),
        [told("Ending", "expired", 5), told("Shop", "Image not granted", 4)]
    );
    let elsewhere = home_of(&test, "no-such").await;
    assert_eq!((refused(&elsewhere), elsewhere.requests.total()), (Vec::new(), 0));
}

#[tokio::test]
async fn a_day_is_compared_with_the_day_before() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    test.pass(0).await;
    for _ in 0..2 {
        code(&test.services, &key.token, "chat");
    }
    test.services.usage.flush().await.unwrap();
    test.pass(25 * HOUR).await;
    code(&test.services, &key.token, "no-such");
    let requests = home(&test).await.requests;
    assert_eq!(
        (requests.hours.len(), requests.total(), requests.day_before),
        (24, 1, 2)
    );
    assert_eq!(requests.hours[23].refused, 1, "the running hour is the last one");
    let less = Difference {
        direction: Ordering::Less,
        percent: 100,
    };
    assert_eq!(requests.difference(), Some(less));
}

#[tokio::test]
async fn the_last_changes_are_for_people_who_may_read_the_audit_log() {
    let test = TestBackend::new().await;
    for number in 0..7 {
        create(&test.services, &new_key(&format!("Key {number}"), Grant::All)).await;
    }
    for role in Role::ALL {
        let page = test
            .services
            .home
            .page(&as_role(role), "", Separator::Comma)
            .await
            .unwrap();
        let Some(changes) = page.changes else {
            assert!(role < Role::Admin, "{role:?}");
            continue;
        };
        assert!(role >= Role::Admin, "{role:?}");
        assert_eq!(changes.len(), LAST_CHANGES);
        assert_eq!(changes[0].subject_name.as_deref(), Some("Key 6"));
        assert!(
            changes.iter().all(|change| change.action == "key.created"),
            "{changes:?}"
        );
    }
}

#[tokio::test]
async fn a_silent_node_is_told_before_anything_else() {
    let test = TestBackend::serving().await;
    test.active_key(&new_key("Shop", Grant::All)).await;
    let well = home(&test).await.verdict;
    assert_eq!(
        (well.tone, well.text.as_str()),
        (
            Tone::Good,
            "All is well. 1 key answers on 1 node; no request came in the last 24 hours."
        )
    );
    let other = test.another(2).await;
    other.cluster.load_index().await.unwrap();
    other.cluster.join().await.unwrap();
    test.clock.advance(6 * SECOND);
    let silent = home(&test).await.verdict;
    assert_eq!(silent.tone, Tone::Bad);
    assert!(
        silent.text.starts_with("1 of 2 nodes is silent. Until ") && silent.text.ends_with(" 1 key answers on 1 node."),
        "{}",
        silent.text
    );
}
