//! What is counted: each request once, by hour, endpoint and code.

use super::{backend_with_key, hours, uses};
use crate::common::database::number;
use crate::common::{TestBackend, code, decide};
use backend::audit::Actor;
use model::endpoint::Grant;
use model::number::Separator;
use model::time::{DAY, HOUR};
use model::verify::Code;

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

#[tokio::test]
async fn an_unknown_token_is_counted_without_an_environment() {
    let (test, key) = backend_with_key(Grant::All).await;
    assert_eq!(decide(&test.services, "sk_live_nonsense", "chat").code, Code::NotFound);
    let by = Actor::command_line();
    test.services.keys.delete(&by, &key.id).await.unwrap();
    assert_eq!(code(&test.services, &key.token, "no-such"), Code::NotFound);
    for (environment, requests) in [("", 2), ("default", 0)] {
        let page = test
            .services
            .home
            .page(&Actor::command_line(), environment, Separator::Comma)
            .await
            .unwrap();
        let counted = (page.requests.total(), page.requests.allowed());
        assert_eq!(counted, (requests, 0), "{environment:?}");
    }
    let rows = number(&test.connect_directly().await, "SELECT count(*) FROM usage_hours").await;
    assert_eq!(rows, 0, "it belongs to no key");
}

#[tokio::test]
async fn uses_of_a_deleted_key_stay_in_the_totals() {
    let (test, key) = backend_with_key(Grant::All).await;
    decide(&test.services, key.token.reveal(), "chat");
    let by = Actor::command_line();
    test.services.keys.delete(&by, &key.id).await.unwrap();
    let page = test
        .services
        .home
        .page(&Actor::command_line(), "", Separator::Comma)
        .await
        .unwrap();
    assert_eq!((page.total(), page.requests.allowed()), (0, 1));
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
