//! When, and from where, a key was last used.

use super::{backend_with_key, uses};
use crate::common::{TestBackend, code, decide_from};
use backend::audit::Actor;
use backend::keys::NewKeyWithToken;
use model::endpoint::Grant;
use model::form_values::FormValues;
use model::time::{MINUTE, Timestamp};
use model::verify::Code;

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
