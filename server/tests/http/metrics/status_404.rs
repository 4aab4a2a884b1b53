//! The metrics are at one path of one address.

use axum::body::Body;
use http::Request;
use tower::ServiceExt as _;

use super::ask;
use crate::common::TestApp;

#[tokio::test]
async fn nothing_else_is_at_the_address_of_the_metrics() {
    let app = TestApp::new().await;
    for path in [
        "/",
        "/metrics/",
        "/login",
        "/v1/authorize",
        "/v1/keys/verify",
        "/readyz",
        "/healthz",
        "/api/frame",
    ] {
        let answer = ask(&app, path).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (404, "The metrics are at /metrics.\n"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn neither_the_console_nor_the_verifier_serves_metrics() {
    let app = TestApp::new().await.with_owner().await;
    let page = app.get("/metrics").await;
    assert_eq!(page.status, 404);
    assert!(!page.body.contains("latchkey_requests"), "{}", page.body);
    app.forget_cookies();
    assert_eq!(app.get("/metrics").await.status, 303);
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let verifier = server::http::verifier_alone(&app.services, Vec::new());
    assert_eq!(verifier.oneshot(request).await.unwrap().status(), 404);
}
