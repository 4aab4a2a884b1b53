//! The key is valid, but it may not make this request, or the request is ambiguous.

use model::endpoint::Grant;
use model::explain::{Check, ExplainForm};
use model::id::KeyId;

use crate::common::{Answer, Call, TestApp, only};

const CHAT: &str = "/api/v1/chat/completions";

fn assert_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 403, "{why}");
    assert_eq!(answer.problem(), "ERR_NO_PERMISSION", "{why}");
    assert_eq!(answer.header("www-authenticate"), None, "{why}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{why}");
    assert_eq!(answer.header("x-latchkey-key-id"), None, "{why}");
}

/// A server, and the token of a key with all endpoints.
async fn with_key() -> (TestApp, String) {
    let app = TestApp::new().await;
    let token = app.create_key(Grant::All).await.token;
    (app, token)
}

fn ask<'a>(app: &'a TestApp, token: &str, headers: &[(&str, &str)]) -> Call<'a> {
    let call = app.get("/v1/authorize").header("x-api-key", token);
    headers
        .iter()
        .fold(call, |call, (name, value)| call.header(name, value))
}

#[tokio::test]
async fn an_endpoint_that_is_not_granted_is_named() {
    let app = TestApp::new().await;
    let key = app.create_key(only("chat")).await;
    let answer = app.authorize(&key.token, "GET", "/api/v1/img").await;
    assert_refused(&answer, "image");
    insta::assert_json_snapshot!(answer.json(), @r#"
    {
      "code": "ERR_NO_PERMISSION",
      "detail": "Access to image endpoint is denied for this key.",
      "endpoint": "image",
      "status": 403,
      "title": "Forbidden",
      "type": "about:blank"
    }
    "#);
}

#[tokio::test]
async fn a_path_in_no_endpoint_is_refused() {
    let (app, token) = with_key().await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/nowhere"),
        ("GET", CHAT),
        ("post", CHAT),
        ("POST", "/api/v1/chat/completions/more"),
        ("POST", "/API/v1/chat/completions"),
        ("OPTIONS", "*"),
        ("GET", ""),
        ("", CHAT),
    ] {
        let answer = app.authorize(&token, method, path).await;
        assert_refused(&answer, &format!("{method} {path}"));
        assert!(answer.json()["endpoint"].is_null());
    }
    let answer = app.authorize(&token, "GET", "/nowhere/").await;
    assert_eq!(answer.json()["detail"], "The method and path belong to no endpoint.");
}

#[tokio::test]
async fn a_refused_path_gets_the_same_reason_as_in_why_denied() {
    let app = TestApp::new().await;
    let key = app.create_key(Grant::All).await;
    let id = KeyId::parse(&key.id).unwrap();
    for (path, why) in [
        (
            "/api/v1/img/..",
            "The path is refused since the path has a dot segment.",
        ),
        (
            "/api/v1/img/..%20",
            "The path is refused since the path has a dot segment.",
        ),
        (
            "/api//v1/img",
            "The path is refused since the path has an empty segment.",
        ),
        (
            "/api/v1/img/a;b",
            "The path is refused since the path has a character that servers read differently.",
        ),
        (
            "/api/v1/img/..%3B/admin",
            "The path is refused since the path has an encoded character that servers read as a separator, a dot or nothing.",
        ),
        (
            "/api/v1/im%67",
            "The path is refused since the path has a broken, needless or ambiguous escape.",
        ),
        ("/nowhere", "The method and path belong to no endpoint."),
    ] {
        let answer = app.authorize(&key.token, "GET", path).await;
        assert_refused(&answer, path);
        assert_eq!(answer.json()["detail"], why, "{path}");
        let form = ExplainForm {
            method: "GET".to_owned(),
            path: path.to_owned(),
            ..ExplainForm::default()
        };
        let explained = app
            .services
            .keys
            .explain(&backend::Actor::command_line(), &id, &form)
            .await
            .unwrap()
            .unwrap();
        let checked = explained.checks.iter().find(|checked| checked.check == Check::Endpoint);
        assert_eq!(checked.unwrap().reason, why, "{path}");
    }
    let relative = app.authorize(&key.token, "GET", "api/v1/img").await;
    assert_eq!(
        relative.json()["detail"],
        "The path is refused since the path does not start with a slash."
    );
}

#[tokio::test]
async fn an_ambiguous_request_is_refused_with_the_reason() {
    let (app, token) = with_key().await;
    let why = |what: &str| format!("The request is refused since {what}.");
    let forged = "a client may have said one of them";
    for (headers, what) in [
        (&[][..], "nothing says which method and path it had".to_owned()),
        (
            &[("x-forwarded-uri", CHAT)],
            "only one of its method and path is said".to_owned(),
        ),
        (
            &[
                ("x-forwarded-method", "POST"),
                ("x-forwarded-uri", CHAT),
                ("x-forwarded-uri", CHAT),
            ],
            format!("its method or path is said twice; {forged}"),
        ),
        (
            &[
                ("x-forwarded-method", "POST"),
                ("x-forwarded-uri", CHAT),
                ("x-original-method", "POST"),
                ("x-original-uri", CHAT),
            ],
            format!("its method and path are said in more than one way; {forged}"),
        ),
        (
            &[("x-forwarded-method", "POST"), ("x-forwarded-uri", "/é")],
            "its method or path is not readable text".to_owned(),
        ),
    ] {
        let answer = ask(&app, &token, headers).await;
        assert_refused(&answer, &what);
        assert_eq!(answer.json()["detail"], why(&what), "{headers:?}");
    }
    let appended = app
        .get("/v1/authorize/api/v1/img")
        .header("x-api-key", &token)
        .header("x-forwarded-uri", CHAT);
    let detail = why(&format!("its method and path are said in more than one way; {forged}"));
    assert_eq!(appended.await.json()["detail"], detail);
}

#[tokio::test]
async fn a_path_that_upstreams_read_differently_is_refused() {
    let (app, token) = with_key().await;
    for path in [
        "/api/v1/img/.",
        "/api/v1/img/..",
        "/api/v1/img/./a",
        "/api/v1/x/../img",
        "/api/v1/img/",
        "//api/v1/img",
        "/api//v1/img",
        "/api/v1/img/a//b",
        "/api/v1/img/a;b",
        "/api/v1/img;x=1",
        "/api/v1/img/a\\b",
        "/api/v1/img/a%2fb",
        "/api/v1/img/a%2Fb",
        "/api/v1/img/%2e%2e",
        "/api/v1/img/%2E",
        "/api/v1/img/a%5cb",
        "/api/v1/im%67",
        "/api/v1/img/%7Ea",
        "/api/v1/img/%2d",
        "/api/v1/img/%",
        "/api/v1/img/%2",
        "/api/v1/img/%zz",
        "/api/v1/img/%00",
        "/api/v1/img/a b",
        "/api/v1/img/...",
        "/api/v1/img/..%3B/admin",
        "/api/v1/img/..%3b",
        "/api/v1/img/a%3Fb",
        "/api/v1/img/a%23b",
        "/api/v1/img/%20..",
        "/api/v1/img/..%0A",
        "/api/v1/img/%C0%AE%C0%AE",
        "/api/v1/img/%EF%BC%8E%EF%BC%8E/admin",
        "/api/v1/img/a%E2%88%95b",
        "/api/v1/img/.%E2%80%8B.",
        "/api/v1/img/a#b",
        "/api/v1/img/é",
        "https://example.com/api/v1/img",
        "api/v1/img",
    ] {
        assert_refused(&app.authorize(&token, "GET", path).await, path);
    }
}

#[tokio::test]
async fn an_appended_path_is_checked_like_a_path_in_a_header() {
    let (app, token) = with_key().await;
    for path in [
        "/api/v1/img/..",
        "/api/v1/./img",
        "/api/v1/img/",
        "//api/v1/img",
        "/api/v1/img;x",
        "/api/v1/img/a%2fb",
        "/api/v1/im%67",
        "/api/v1/img/%zz",
        "/",
    ] {
        let answer = app
            .get(&format!("/v1/authorize{path}"))
            .header("x-api-key", &token)
            .await;
        assert_refused(&answer, path);
    }
}

#[tokio::test]
async fn a_request_without_a_description_of_the_original_is_refused() {
    let (app, token) = with_key().await;
    assert_refused(&ask(&app, &token, &[]).await, "nothing");
}

#[tokio::test]
async fn a_method_or_a_path_alone_is_refused() {
    let (app, token) = with_key().await;
    for half in [
        [("x-forwarded-method", "POST")],
        [("x-forwarded-uri", CHAT)],
        [("x-original-method", "POST")],
        [("x-original-uri", CHAT)],
    ] {
        assert_refused(&ask(&app, &token, &half).await, half[0].0);
    }
    let mixed = [("x-forwarded-method", "POST"), ("x-original-uri", CHAT)];
    assert_refused(&ask(&app, &token, &mixed).await, "half of each pair");
}

#[tokio::test]
async fn both_pairs_of_headers_are_refused_even_if_they_agree() {
    let (app, token) = with_key().await;
    for (method, path) in [("GET", "/api/v1/img"), ("POST", CHAT)] {
        let answer = app
            .authorize(&token, "POST", CHAT)
            .header("x-original-method", method)
            .header("x-original-uri", path)
            .await;
        assert_refused(&answer, path);
    }
}

#[tokio::test]
async fn one_header_of_the_other_pair_is_refused_too() {
    let (app, token) = with_key().await;
    for (name, value) in [("x-original-method", "POST"), ("x-original-uri", CHAT)] {
        assert_refused(&app.authorize(&token, "POST", CHAT).header(name, value).await, name);
    }
}

#[tokio::test]
async fn a_repeated_header_is_refused_even_if_both_values_agree() {
    let (app, token) = with_key().await;
    for (name, value) in [
        ("x-forwarded-method", "POST"),
        ("x-forwarded-method", "GET"),
        ("x-forwarded-uri", CHAT),
        ("x-forwarded-uri", "/api/v1/img"),
    ] {
        let answer = app.authorize(&token, "POST", CHAT).header(name, value).await;
        assert_refused(&answer, &format!("{name} {value}"));
    }
}

#[tokio::test]
async fn an_appended_path_beside_a_header_is_refused() {
    let (app, token) = with_key().await;
    for headers in [
        &[("x-forwarded-method", "POST"), ("x-forwarded-uri", CHAT)][..],
        &[("x-original-method", "POST"), ("x-original-uri", CHAT)],
        &[("x-forwarded-uri", CHAT)],
    ] {
        let call = app.post(&format!("/v1/authorize{CHAT}")).header("x-api-key", &token);
        let call = headers
            .iter()
            .fold(call, |call, (name, value)| call.header(name, value));
        assert_refused(&call.await, headers[0].0);
    }
}
