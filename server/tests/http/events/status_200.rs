//! The stream tells a person that something has changed, for as long as they have the permission.

use backend::audit::Actor;
use model::endpoint::Grant;
use model::role::Role;
use model::time::HOUR;
use serde_json::json;

use super::{Listener, last_change};
use crate::common::TestApp;

#[tokio::test]
async fn the_answer_is_an_event_stream_that_must_not_be_stored() {
    let app = TestApp::new().await.with_owner().await;
    let response = app.get("/events").open().await;
    assert_eq!(response.status(), 200);
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
    assert_eq!(header("content-type"), Some("text/event-stream"));
    assert_eq!(header("cache-control"), Some("no-store"));
    assert_eq!(header("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn the_last_change_and_the_nodes_come_at_once() {
    let app = TestApp::new().await.with_owner().await;
    app.create_own_key("Shop").await;
    let mut listener = Listener::open(&app).await;
    assert_eq!(listener.next_change().await, (last_change(&app), 1));
}

#[tokio::test]
async fn the_stream_reports_a_change_to_every_role() {
    for role in Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        let mut listener = Listener::open(&app).await;
        let before = last_change(&app);
        assert_eq!(listener.next_change().await, (before, 1), "{role:?}");
        app.create_key(Grant::All).await;
        assert!(last_change(&app) > before);
        listener.wait_for_change(last_change(&app)).await;
    }
}

#[tokio::test]
async fn two_pages_get_the_same_events() {
    let app = TestApp::new().await.with_owner().await;
    let (mut one, mut other) = (Listener::open(&app).await, Listener::open(&app).await);
    app.create_key(Grant::All).await;
    one.wait_for_change(last_change(&app)).await;
    other.wait_for_change(last_change(&app)).await;
}

#[tokio::test]
async fn many_fast_changes_make_few_events() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let mut listener = Listener::open(&app).await;
    listener.wait_for_change(last_change(&app)).await;
    for verb in ["disable", "enable"].repeat(10) {
        assert_eq!(app.post(&format!("/keys/{}/{verb}", key.id)).await.status, 303);
    }
    let last = last_change(&app);
    let mut events = 1;
    while listener.next_change().await.0 != last {
        events += 1;
    }
    // The test reads the stream only now. The stream has skipped events, which do not come later.
    assert!(events < 10, "{events} events for 20 changes");
}

#[tokio::test]
async fn the_stream_ends_when_the_server_stops() {
    let app = TestApp::new().await.with_owner().await;
    let mut listener = Listener::open(&app).await;
    listener.next_change().await;
    app.stop();
    assert_eq!(listener.next().await, None);
}

#[tokio::test]
async fn a_stream_reports_no_change_after_logging_out() {
    let app = TestApp::new().await.with_owner().await;
    let mut listener = Listener::open(&app).await;
    listener.next_change().await;
    assert_eq!(app.post("/logout").await.status, 303);
    let before = last_change(&app);
    app.create_key(Grant::All).await;
    assert!(last_change(&app) > before);
    let event = listener.next().await.expect("the event that the session is over");
    assert_eq!(event.name, "over");
    assert_eq!(listener.next().await, None);
}

#[tokio::test]
async fn logging_out_ends_the_stream_even_if_nothing_changes() {
    let app = TestApp::new().await.with_owner().await;
    let mut listener = Listener::open(&app).await;
    app.post("/logout").await;
    listener.wait_for_end().await;
}

#[tokio::test]
async fn listening_does_not_keep_a_session_alive() {
    let app = TestApp::new().await.with_owner().await;
    let mut listener = Listener::open(&app).await;
    listener.next_change().await;
    app.pass(12 * HOUR - 1).await;
    app.create_key(Grant::All).await;
    listener.wait_for_change(last_change(&app)).await;
    app.pass(1).await;
    listener.wait_for_end().await;
    assert_eq!(app.get("/keys").await.header("location"), Some("/login"));
}

/// The console's scripts set a cookie while a person uses the page. A read counts as use only with that cookie. A change always
/// counts.
#[tokio::test]
async fn a_change_counts_as_use_of_the_session_and_an_automatic_read_does_not() {
    for (path, keeps) in [("/api/keys/disable", true), ("/api/keys/details", false)] {
        let app = TestApp::new().await.with_owner().await;
        let key = app.create_key(Grant::All).await;
        app.pass(12 * HOUR - 1).await;
        let answer = app.post_json(path, &json!({ "id": key.id })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        app.pass(1).await;
        let status = if keeps { 200 } else { 303 };
        assert_eq!(app.get("/keys").await.status, status, "{path}");
    }
}

#[tokio::test]
async fn the_logout_of_another_person_does_not_end_the_stream() {
    let app = TestApp::new().await.with_owner().await;
    let mut listener = Listener::open(&app).await;
    // Another person logs in and out with another browser.
    app.forget_cookies();
    let app = app.with_user(Role::Viewer).await;
    assert_eq!(app.post("/logout").await.status, 303);
    app.create_key(Grant::All).await;
    listener.wait_for_change(last_change(&app)).await;
}

#[tokio::test]
async fn a_disabled_person_gets_no_more_events() {
    let app = TestApp::new().await.with_owner().await;
    app.add_user(Role::Admin).await;
    let mut listener = Listener::open(&app).await;
    listener.next_change().await;
    let id = app
        .services
        .accounts
        .find_by_email(&Actor::command_line(), "owner@example.com")
        .await
        .unwrap();
    // The last Owner cannot be disabled, so there must be another.
    let admin = app
        .services
        .accounts
        .find_by_email(&Actor::command_line(), "admin@example.com")
        .await
        .unwrap();
    let by = Actor::command_line();
    app.services.accounts.set_role(&by, &admin, Role::Owner).await.unwrap();
    app.services.accounts.disable(&by, &id).await.unwrap();
    listener.wait_for_end().await;
}
