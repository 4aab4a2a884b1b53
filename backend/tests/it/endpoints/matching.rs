//! Which requests belong to which endpoint.

use super::{NOTHING, add, found, request};
use crate::common::{TestBackend, new_key};
use model::endpoint::Grant;

#[tokio::test]
async fn a_slash_at_the_end_and_text_beside_a_parameter_are_matched_exactly() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let token = key.token.reveal();
    add(&test.services, "home", "GET /").await;
    add(&test.services, "folder", "GET /files/\nGET /files/{name}/").await;
    add(&test.services, "file", "GET /files\nGET /files/{name}.json").await;
    add(
        &test.services,
        "generate",
        "POST /v1beta/models/{model}:generateContent",
    )
    .await;
    add(&test.services, "rest", "PUT /files/{*rest}").await;
    for (method, path, name) in [
        ("GET", "/", "home"),
        ("GET", "/?x=1", "home"),
        ("GET", "/files/", "folder"),
        ("GET", "/files/a/", "folder"),
        ("GET", "/files", "file"),
        ("GET", "/files/a.json", "file"),
        (
            "POST",
            "/v1beta/models/gemini-2.5-pro:generateContent?alt=sse",
            "generate",
        ),
        ("PUT", "/files/a", "rest"),
        ("PUT", "/files/a/", "rest"),
        ("PUT", "/files/a/b/", "rest"),
    ] {
        assert_eq!(
            request(&test.services, token, method, path),
            found(name),
            "{method} {path}"
        );
    }
    for (method, path) in [
        ("GET", "/files/a"),
        ("GET", "/files/.json"),
        ("GET", "/files//"),
        ("POST", "/v1beta/models/:generateContent"),
        ("POST", "/v1beta/models/gemini-2.5-pro:generateContent/"),
        ("PUT", "/files/"),
        ("PUT", "/files"),
    ] {
        assert_eq!(request(&test.services, token, method, path), NOTHING, "{method} {path}");
    }
}

#[tokio::test]
async fn patterns_that_share_no_request_are_accepted() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    for (name, patterns) in [
        // A different method, a different length, different text, and the bare path before a rest parameter.
        ("chat-list", "GET, DELETE /api/v1/chat/completions"),
        ("chat-one", "POST /api/v1/chat/completions/{id}"),
        ("chat-short", "POST /api/v1/chat"),
        ("chat-v2", "POST /api/v2/chat/completions"),
        ("case", "POST /api/v1/chat/Completions"),
        ("image-delete", "DELETE /api/v1/img/{*rest}"),
        ("images", "GET /api/v1/imgs"),
    ] {
        add(&test.services, name, patterns).await;
    }
    let token = key.token.reveal();
    for (method, path, endpoint) in [
        ("POST", "/api/v1/chat/completions", "chat"),
        ("GET", "/api/v1/chat/completions", "chat-list"),
        ("POST", "/api/v1/chat/completions/7", "chat-one"),
        ("POST", "/api/v1/chat", "chat-short"),
        ("POST", "/api/v2/chat/completions", "chat-v2"),
        ("POST", "/api/v1/chat/Completions", "case"),
        ("DELETE", "/api/v1/img/7", "image-delete"),
        ("GET", "/api/v1/img/7", "image"),
        ("GET", "/api/v1/imgs", "images"),
    ] {
        assert_eq!(
            request(&test.services, token, method, path),
            found(endpoint),
            "{method} {path}"
        );
    }
}
