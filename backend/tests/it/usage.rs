//! The uses that the verifier counts, and how screens show them.

use std::task::Poll;
use std::time::Duration;

use crate::common::{TestBackend, code, create, decide, decide_from, new_key};
use backend::audit::Actor;
use backend::keys::{NewKey, NewKeyWithToken};
use model::endpoint::Grant;
use model::form_values::FormValues;
use model::id::KeyId;
use model::key_list::KeyQuery;
use model::key_page::UseCount;
use model::time::{DAY, HOUR, MINUTE, Timestamp};
use model::verify::Code;
use sea_orm::{ConnectionTrait, Statement, TransactionTrait};

/// A node that has an unused key in its index and does not follow the changes of other processes.
async fn backend_with_key(grant: Grant) -> (TestBackend, NewKeyWithToken) {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", grant)).await;
    test.services.cluster.load_index().await.unwrap();
    (test, key)
}

/// The rows of `usage_hours`: hour, endpoint, code and count.
async fn hours(test: &TestBackend, id: &KeyId) -> Vec<(i64, String, String, i64)> {
    let db = test.connect_directly().await;
    let sql = format!(
        "SELECT hour, endpoint_name, code, count FROM usage_hours WHERE key_id = '{id}'
         ORDER BY hour, endpoint_name, code"
    );
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    let row = |row: sea_orm::QueryResult| {
        (
            row.try_get_by_index(0).unwrap(),
            row.try_get_by_index(1).unwrap(),
            row.try_get_by_index(2).unwrap(),
            row.try_get_by_index(3).unwrap(),
        )
    };
    rows.into_iter().map(row).collect()
}

fn uses(allowed: u64, refused: u64) -> UseCount {
    UseCount { allowed, refused }
}

/// Moves to the start of the next hour.
async fn next_hour(test: &TestBackend) -> i64 {
    let now = test.services.now().0;
    test.pass(HOUR - now.rem_euclid(HOUR)).await;
    test.services.now().0 / HOUR
}

#[tokio::test]
async fn requests_are_counted_by_endpoint_and_code() {
    let (test, key) = backend_with_key(Grant::Only(vec!["chat".to_owned(), "image".to_owned()])).await;
    for endpoint in ["chat", "chat", "chat", "image", "check-bias", "no-such", "no-such"] {
        code(&test.services, &key.token, endpoint);
    }
    let seen = test.details(&key.id).await;
    assert_eq!((seen.day, seen.month), (uses(4, 3), uses(4, 3)));
    let by_endpoint: Vec<(&str, u64, bool)> = seen
        .endpoints
        .iter()
        .map(|used| (used.endpoint.name.as_str(), used.month, used.last_used_at.is_some()))
        .collect();
    assert_eq!(by_endpoint, [("chat", 3, true), ("image", 1, true)]);
    let hour = test.services.now().0 / HOUR;
    let row = |endpoint: &str, code: &str, count| (hour, endpoint.to_owned(), code.to_owned(), count);
    assert_eq!(
        hours(&test, &key.id).await,
        [
            // An unknown endpoint is stored as no endpoint, whatever its name.
            row("", "FORBIDDEN", 2),
            row("chat", "VALID", 3),
            row("check-bias", "FORBIDDEN", 1),
            row("image", "VALID", 1),
        ]
    );
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
async fn a_refused_request_is_not_a_use() {
    let (test, key) = backend_with_key(Grant::Only(vec!["chat".to_owned()])).await;
    assert_eq!(code(&test.services, &key.token, "image"), Code::Forbidden);
    let by = Actor::command_line();
    test.services.keys.disable(&by, &key.id).await.unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Inactive);
    let seen = test.details(&key.id).await;
    assert_eq!(seen.day, uses(0, 2));
    assert_eq!((seen.row.last_used_at, seen.last_used_from), (None, None));
    assert_eq!((seen.row.used_24h, seen.token_used_at), (0, None));
    assert!(seen.endpoints.iter().all(|used| used.last_used_at.is_none()));
}

#[tokio::test]
async fn the_last_use_says_when_and_from_where() {
    let (test, key) = backend_with_key(Grant::All).await;
    for (from, shown) in [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        // An IPv4 client on a dual-stack socket.
        ("::ffff:198.51.100.9", "198.51.100.9"),
    ] {
        test.clock.advance(MINUTE);
        decide_from(&test.services, key.token.reveal(), "chat", from);
        let seen = test.details(&key.id).await;
        assert_eq!(seen.last_used_from.as_deref(), Some(shown));
        assert_eq!(seen.row.last_used_at, Some(test.services.now()));
    }
    // A later refused request from another address does not change the last use.
    let last = test.services.now();
    test.clock.advance(MINUTE);
    decide_from(&test.services, key.token.reveal(), "no-such", "203.0.113.1");
    let seen = test.details(&key.id).await;
    assert_eq!(seen.last_used_from.as_deref(), Some("198.51.100.9"));
    assert_eq!(seen.row.last_used_at, Some(last));
}

#[tokio::test]
async fn a_screen_shows_uses_that_are_not_stored_yet() {
    let (test, key) = backend_with_key(Grant::All).await;
    let by = Actor::command_line();
    let now = Some(test.services.now());
    for asked in 1..=3 {
        code(&test.services, &key.token, "chat");
        let preview = test.services.keys.preview_deletion(&by, &key.id).await.unwrap();
        assert_eq!((preview.used_24h, preview.last_used_at), (asked, now));
        assert_eq!(preview.last_used_from.as_deref(), Some("192.0.2.1"));
    }
    code(&test.services, &key.token, "chat");
    let options = test.services.keys.rotation_options(&by, &key.id).await.unwrap();
    assert_eq!(options.last_used_at, now);
    code(&test.services, &key.token, "no-such");
    let counts = test.services.keys.count(&Actor::command_line(), "").await.unwrap();
    assert_eq!((counts.allowed_24h, counts.requests_24h), (4, 5));
    let list = test
        .services
        .keys
        .list(&Actor::command_line(), &KeyQuery::default())
        .await
        .unwrap();
    assert_eq!((list.rows[0].used_24h, list.rows[0].last_used_at), (4, now));
}

#[tokio::test]
async fn the_home_screen_counts_requests_of_the_chosen_environment() {
    let (test, key) = backend_with_key(Grant::All).await;
    code(&test.services, &key.token, "chat");
    for (environment, requests) in [("", 1), ("default", 1), ("no-such", 0)] {
        let counts = test
            .services
            .keys
            .count(&Actor::command_line(), environment)
            .await
            .unwrap();
        assert_eq!(counts.requests_24h, requests, "{environment:?}");
    }
}

#[tokio::test]
async fn requests_belong_to_their_hour() {
    let (test, key) = backend_with_key(Grant::All).await;
    let first = next_hour(&test).await;
    code(&test.services, &key.token, "chat");
    test.pass(HOUR - 1).await;
    code(&test.services, &key.token, "chat");
    test.pass(1).await;
    // Three requests in two hours, stored at once.
    code(&test.services, &key.token, "chat");
    test.services.usage.flush().await.unwrap();
    let row = |hour, count| (hour, "chat".to_owned(), "VALID".to_owned(), count);
    assert_eq!(hours(&test, &key.id).await, [row(first, 2), row(first + 1, 1)]);
}

#[tokio::test]
async fn a_request_is_not_counted_after_a_day_and_after_a_month() {
    let (test, key) = backend_with_key(Grant::All).await;
    next_hour(&test).await;
    code(&test.services, &key.token, "chat");
    test.pass(DAY - 1).await;
    let seen = test.details(&key.id).await;
    assert_eq!((seen.day, seen.month), (uses(1, 0), uses(1, 0)));
    test.pass(1).await;
    let seen = test.details(&key.id).await;
    assert_eq!((seen.day, seen.month), (uses(0, 0), uses(1, 0)));
    assert_eq!((seen.row.used_24h, seen.endpoints[0].month), (0, 1));
    test.pass(29 * DAY).await;
    let seen = test.details(&key.id).await;
    assert_eq!(seen.month, uses(0, 0));
    assert_eq!(seen.endpoints[0].month, 0);
    assert!(
        seen.endpoints[0].last_used_at.is_some(),
        "the time of the last use stays"
    );
}

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
async fn each_use_counts_once_wherever_a_flush_is_interrupted() {
    let (test, key) = backend_with_key(Grant::All).await;
    let mut finished = Vec::new();
    // The last flush runs to its end, even on a slow machine.
    for steps in (1..=11).chain([10_000]) {
        code(&test.services, &key.token, "chat");
        finished.push(cut_off_after(steps, test.services.usage.flush()).await);
    }
    // The first step only sends a query.
    assert!(!finished[0] && finished[11], "{finished:?}");
    test.services.usage.flush().await.unwrap();
    let counted: i64 = hours(&test, &key.id).await.into_iter().map(|row| row.3).sum();
    assert_eq!(counted, 12);
}

#[tokio::test]
async fn a_list_shows_and_sorts_by_uses_of_this_moment() {
    let test = TestBackend::new().await;
    let shop = create(&test.services, &new_key("Shop", Grant::All)).await;
    test.clock.advance(MINUTE);
    let mail = create(&test.services, &new_key("Mail", Grant::All)).await;
    test.services.cluster.load_index().await.unwrap();
    let listed = async |sort: &str| {
        let query = KeyQuery {
            sort: sort.to_owned(),
            ..KeyQuery::default()
        };
        let page = test.services.keys.list(&Actor::command_line(), &query).await.unwrap();
        page.rows
            .into_iter()
            .map(|row| (row.id, row.last_used_at))
            .collect::<Vec<_>>()
    };
    decide_from(&test.services, mail.token.reveal(), "chat", "192.0.2.7");
    let first = test.services.now();
    assert_eq!(
        listed("").await,
        [(mail.id.clone(), Some(first)), (shop.id.clone(), None)]
    );
    test.clock.advance(MINUTE);
    decide_from(&test.services, shop.token.reveal(), "chat", "192.0.2.7");
    let second = test.services.now();
    assert_eq!(
        listed("used").await,
        [(shop.id.clone(), Some(second)), (mail.id.clone(), Some(first))]
    );
    // While another process writes, the list is still answered, with the stored counts.
    test.clock.advance(MINUTE);
    decide_from(&test.services, mail.token.reveal(), "chat", "192.0.2.7");
    let db = test.connect_directly().await;
    let writing = db.begin().await.unwrap();
    writing.execute_unprepared("UPDATE head SET id = id").await.unwrap();
    assert_eq!(listed("used").await.first(), Some(&(shop.id.clone(), Some(second))));
    writing.rollback().await.unwrap();
    assert_eq!(listed("used").await.first().map(|row| &row.0), Some(&mail.id));
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
    let counts = test.services.keys.count(&Actor::command_line(), "").await.unwrap();
    assert_eq!((counts.allowed_24h, counts.requests_24h), (3, 4));
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
    let counts = test.services.keys.count(&Actor::command_line(), "").await.unwrap();
    assert_eq!(
        (counts.allowed_24h, counts.requests_24h),
        (2, 3),
        "requests stay in the totals after their key is deleted"
    );
}

#[tokio::test]
async fn uses_of_a_deleted_key_stay_in_the_totals() {
    let (test, key) = backend_with_key(Grant::All).await;
    decide(&test.services, key.token.reveal(), "chat");
    let by = Actor::command_line();
    test.services.keys.delete(&by, &key.id).await.unwrap();
    let counts = test.services.keys.count(&Actor::command_line(), "").await.unwrap();
    assert_eq!((counts.total, counts.allowed_24h), (0, 1));
}

#[tokio::test]
async fn the_counts_of_two_nodes_add_up() {
    let (test, key) = backend_with_key(Grant::All).await;
    let other = test.another(2).await;
    other.cluster.load_index().await.unwrap();
    for services in [&*test.services, &other] {
        code(services, &key.token, "chat");
        code(services, &key.token, "no-such");
        services.usage.flush().await.unwrap();
    }
    assert_eq!(test.details(&key.id).await.day, uses(2, 2));
}

/// A use on this node, and one on another node a minute later, which is stored first.
async fn used_here_and_later_elsewhere() -> (TestBackend, NewKeyWithToken, Timestamp) {
    let (test, key) = backend_with_key(Grant::All).await;
    let other = test.another(2).await;
    other.cluster.load_index().await.unwrap();
    decide_from(&test.services, key.token.reveal(), "chat", "192.0.2.7");
    test.clock.advance(MINUTE);
    decide_from(&other, key.token.reveal(), "chat", "192.0.2.8");
    other.usage.flush().await.unwrap();
    test.services.usage.flush().await.unwrap();
    let later = test.services.now();
    (test, key, later)
}

#[tokio::test]
async fn a_later_use_on_another_node_stays() {
    let (test, key, later) = used_here_and_later_elsewhere().await;
    let seen = test.details(&key.id).await;
    assert_eq!(seen.row.last_used_at, Some(later));
    assert_eq!(seen.last_used_from.as_deref(), Some("192.0.2.8"));
    assert_eq!(seen.token_used_at, Some(later));
}

#[tokio::test]
async fn a_later_use_of_an_endpoint_on_another_node_stays() {
    let (test, key, later) = used_here_and_later_elsewhere().await;
    let seen = test.details(&key.id).await;
    assert_eq!(seen.endpoints[0].last_used_at, Some(later));
}

#[tokio::test]
async fn a_change_between_two_uses_loses_neither() {
    let (test, key) = backend_with_key(Grant::All).await;
    // There are so many keys and changes that a wrong order could not pass by chance.
    let edit = async |name: String| {
        let form = FormValues::from([("name", name.as_str())]);
        let by = Actor::command_line();
        test.services.keys.edit(&by, &key.id, &form).await.unwrap();
    };
    for number in 1..=4 {
        test.clock.advance(MINUTE / 4);
        let from = format!("192.0.2.{number}");
        decide_from(&test.services, key.token.reveal(), "chat", &from);
        edit(format!("Shop {number}")).await;
    }
    let seen = test.details(&key.id).await;
    assert_eq!(seen.day, uses(4, 0));
    assert_eq!(seen.row.last_used_at, Some(test.services.now()));
    assert_eq!(seen.last_used_from.as_deref(), Some("192.0.2.4"));
    assert_eq!(seen.token_used_at, Some(test.services.now()));
    assert_eq!(seen.endpoints[0].last_used_at, Some(test.services.now()));
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

#[tokio::test]
async fn an_unknown_token_is_counted_without_an_environment() {
    let (test, key) = backend_with_key(Grant::All).await;
    assert_eq!(decide(&test.services, "sk_live_nonsense", "chat").code, Code::NotFound);
    let by = Actor::command_line();
    test.services.keys.delete(&by, &key.id).await.unwrap();
    assert_eq!(code(&test.services, &key.token, "no-such"), Code::NotFound);
    for (environment, requests) in [("", 2), ("default", 0)] {
        let counts = test
            .services
            .keys
            .count(&Actor::command_line(), environment)
            .await
            .unwrap();
        assert_eq!(
            (counts.requests_24h, counts.allowed_24h),
            (requests, 0),
            "{environment:?}"
        );
    }
    let db = test.connect_directly().await;
    let sql = "SELECT count(*) FROM usage_hours";
    let rows = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    assert_eq!(
        rows.unwrap().try_get_by_index::<i64>(0).unwrap(),
        0,
        "it belongs to no key"
    );
}

#[tokio::test]
async fn requests_with_an_expired_key_are_shown() {
    let test = TestBackend::new().await;
    let new = NewKey {
        expires_at: Some(test.services.now().plus(HOUR)),
        ..new_key("Shop", Grant::All)
    };
    let key = create(&test.services, &new).await;
    test.pass(HOUR).await;
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Expired);
    assert_eq!(test.details(&key.id).await.day, uses(0, 1));
}
