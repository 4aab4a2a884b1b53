//! A request belongs to one endpoint only, so an endpoint that overlaps another is refused.

use super::{add, rows, send};
use crate::common::{TestBackend, invalid};

#[tokio::test]
async fn the_refusal_of_an_overlapping_endpoint_names_the_other_endpoint() {
    let test = TestBackend::serving().await;
    add(
        &test.services,
        "users",
        "GET /users/{id}\nDELETE /users/{id}/keys/{key}",
    )
    .await;
    let events = test.events().await;
    let change = *test.services.cluster.watch_changes().borrow();
    for (patterns, ours, other, theirs) in [
        // A pattern that another endpoint has.
        (
            "POST /api/v1/chat/completions",
            "POST /api/v1/chat/completions",
            "chat",
            "POST /api/v1/chat/completions",
        ),
        // A parameter where the other has text, and text where the other has a parameter.
        (
            "POST /api/{version}/chat/completions",
            "POST /api/{version}/chat/completions",
            "chat",
            "POST /api/v1/chat/completions",
        ),
        ("GET /users/me", "GET /users/me", "users", "GET /users/{id}"),
        // Each pattern has a parameter where the other has text.
        (
            "DELETE /users/7/{what}/8",
            "DELETE /users/7/{what}/8",
            "users",
            "DELETE /users/{id}/keys/{key}",
        ),
        // A rest parameter that covers everything, and a pattern that another's rest parameter covers.
        (
            "POST /api/{*rest}",
            "POST /api/{*rest}",
            "chat",
            "POST /api/v1/chat/completions",
        ),
        ("GET /{*rest}", "GET /{*rest}", "image", "GET /api/v1/img"),
        (
            "GET /api/v1/img/small/7",
            "GET /api/v1/img/small/7",
            "image",
            "GET /api/v1/img/{*rest}",
        ),
        (
            "GET /api/v1/img/{id}",
            "GET /api/v1/img/{id}",
            "image",
            "GET /api/v1/img/{*rest}",
        ),
        (
            "GET /api/v1/{what}/{*rest}",
            "GET /api/v1/{what}/{*rest}",
            "image",
            "GET /api/v1/img/{*rest}",
        ),
        // Only one of several patterns overlaps.
        (
            "GET /fine\nPUT /users/7\nGET, POST /users/7",
            "GET /users/7",
            "users",
            "GET /users/{id}",
        ),
    ] {
        let errors = invalid(send(&test.services, "new", patterns).await);
        assert_eq!(
            errors.of("patterns"),
            Some(format!(
                "{ours} overlaps the endpoint “{other}” ({theirs}). A request belongs to one endpoint only."
            )),
            "{patterns}"
        );
        assert_eq!(errors.of("name"), None, "{patterns}");
    }
    assert_eq!(rows(&test.services).await.len(), 4);
    assert_eq!(test.events().await, events, "no event was added");
    assert_eq!(*test.services.cluster.watch_changes().borrow(), change);
}

#[tokio::test]
async fn two_endpoints_that_could_share_a_path_are_refused() {
    let test = TestBackend::serving().await;
    add(
        &test.services,
        "generate",
        "POST /models/{model}:generate\nGET /files/{name}.json",
    )
    .await;
    for pattern in [
        "POST /models/{id}",
        "POST /models/gemini-{id}",
        "POST /models/x:generate",
        "POST /models/{*rest}",
        "GET /files/{name}n",
        "GET /files/{*all}",
    ] {
        let refused = invalid(send(&test.services, "other", pattern).await);
        let message = refused.of("patterns").unwrap_or_default();
        assert!(
            message.contains("overlaps the endpoint “generate”"),
            "{pattern}: {message}"
        );
    }
    add(
        &test.services,
        "other",
        "POST /models/{model}:count\nPOST /models/{model}:generate/\nGET /files/{name}.xml\nGET /files/.json\nGET /files/",
    )
    .await;
}

#[tokio::test]
async fn only_one_of_two_overlapping_endpoints_is_added() {
    let test = TestBackend::new().await;
    let other = test.another(2).await;
    let (one, two) = tokio::join!(
        send(&test.services, "one", "GET /x/{id}"),
        send(&other, "two", "GET /x/7")
    );
    assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
    assert!(invalid(one.and(two)).of("patterns").is_some());
    assert_eq!(rows(&test.services).await.len(), 4);
}
