//! The number of streams of a session, of a person and of the server is limited.

use model::role::Role;

use super::Listener;
use crate::common::TestApp;

const OF_SESSION: usize = 8;
const OF_PERSON: usize = 32;

#[tokio::test]
async fn a_session_has_a_few_streams_and_closing_one_permits_another() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let mut open = Vec::new();
    for _ in 0..OF_SESSION {
        open.push(Listener::open(&app).await);
    }
    let refused = app.get("/events").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("30")));
    open.pop();
    open.push(Listener::open(&app).await);
    assert_eq!(app.get("/events").await.status, 429);
}

#[tokio::test]
async fn more_sessions_give_a_person_no_more_streams() {
    let app = TestApp::new().await;
    app.add_user(Role::Viewer).await;
    app.add_user(Role::Owner).await;
    let mut open = Vec::new();
    while open.len() < OF_PERSON {
        app.forget_cookies();
        app.log_in(Role::Viewer).await;
        for _ in 0..OF_SESSION {
            open.push(Listener::open(&app).await);
        }
    }
    app.forget_cookies();
    app.log_in(Role::Viewer).await;
    assert_eq!(app.get("/events").await.status, 429);
    // Another person can still open a stream.
    app.forget_cookies();
    app.log_in(Role::Owner).await;
    let mut other = Listener::open(&app).await;
    other.next_change().await;
    for mut listener in open {
        listener.next_change().await;
    }
}
