//! Pages, downloads and the live stream.

use model::endpoint::Grant;
use model::role::Role;
use serde_json::json;

use super::{assert_outage, take_database_away, waiting_for_code, without_database};
use crate::common::TestApp;
use crate::common::database::execute;

#[tokio::test]
async fn every_page_says_that_the_database_is_away_and_loads_again_by_itself() {
    let app = without_database().await;
    let session = app.session_token();
    for path in [
        "/",
        "/keys?search=shop&status=active",
        "/keys/new",
        "/profiles",
        "/usage?range=7d",
        "/audit",
        "/settings/users",
        "/login",
        "/nowhere",
    ] {
        let page = app.get(path).await;
        assert_outage(&page, path);
        assert_eq!(page.header("refresh"), Some("5"), "{path}");
        assert!(page.body.contains(">The database is away</h1>"), "{}", page.body);
        let own = path.replace('&', "&amp;");
        assert!(page.body.contains(&format!("href=\"{own}\"")), "{path}: {}", page.body);
    }
    assert_eq!(app.session_token(), session);
}

#[tokio::test]
async fn the_page_allows_only_what_it_needs() {
    let page = without_database().await.get("/keys").await;
    assert_eq!(
        page.header("content-security-policy"),
        Some(
            "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
    );
}

#[tokio::test]
async fn the_page_says_for_how_long_gateways_are_still_answered() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_key(Grant::All).await;
    app.pass(0).await;
    take_database_away(&app).await;
    // A node takes itself to have been heard a moment earlier than it was, so not 200 seconds to the millisecond.
    app.pass_in_silence(199_900);
    let page = app.get("/keys").await;
    let sentence =
        "Gateways are still answered from memory, for up to 5 min without the database: 1 min 40 s are left.";
    assert!(page.body.contains(sentence), "{}", page.body);
    assert_eq!(app.code(&key.token, "chat").await, "VALID");

    app.pass_in_silence(100_101);
    let page = app.get("/keys").await;
    let sentence = "Gateways get 503 from this node, since it has not heard from its database for more than 5 min.";
    assert!(page.body.contains(sentence), "{}", page.body);
    let answer = app.verify(&json!({ "key": key.token, "endpoint": "chat" })).await;
    assert_eq!((answer.status, answer.problem().as_str()), (503, "ERR_UNAVAILABLE"));
}

#[tokio::test]
async fn a_login_that_waits_for_its_code_does_not_start_again() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    // Once a page was asked for, the server knows that there is an owner.
    app.get("/login").await;
    waiting_for_code(&app);
    let unknown = app.get("/login/code").await;
    assert_eq!((unknown.status, unknown.header("location")), (303, Some("/login")));
    waiting_for_code(&app);
    take_database_away(&app).await;
    let page = app.get("/login/code").await;
    assert_outage(&page, "/login/code");
}

#[tokio::test]
async fn downloads_and_the_live_stream_get_a_sentence_or_a_problem() {
    let app = without_database().await;
    for path in ["/usage/export?range=24h", "/audit/export", "/events"] {
        let answer = app.get(path).await;
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, Some("5")),
            "{path}"
        );
        assert_eq!(answer.body, "The console cannot reach its database.\n", "{path}");
    }
    let receipt = app.get("/changes/1/receipt.jws").await;
    assert_eq!((receipt.status, receipt.header("retry-after")), (503, Some("5")));
    assert_eq!(receipt.problem(), "unavailable");
}

#[tokio::test]
async fn a_mistake_in_the_server_is_no_outage() {
    let app = TestApp::new().await.with_owner().await;
    let db = app.connect_directly().await;
    execute(&db, "ALTER TABLE sessions RENAME TO sessions_elsewhere")
        .await
        .unwrap();
    for answer in [
        app.get("/keys").await,
        app.post_form("/keys/new", &[("name", "Shop")]).await,
    ] {
        assert_eq!(
            (answer.status, answer.header("refresh")),
            (500, None),
            "{}",
            answer.body
        );
        assert!(
            answer.body.starts_with("Something failed on the server."),
            "{}",
            answer.body
        );
    }
    let answer = app.post_json("/api/home", &json!({})).await;
    assert_eq!(answer.status, 500, "{}", answer.body);
    answer.error("internal");
}
