//! The limits for each sender.

use backend::audit::Actor;

use super::Program;
use crate::common::TestApp;

#[tokio::test]
async fn a_service_account_has_a_limit_of_its_own() {
    let app = TestApp::new().await;
    let (one, other) = (
        Program::named(&app, "one", "viewer", &[]).await,
        Program::named(&app, "other", "viewer", &[]).await,
    );
    let first = one.get("/nothing").await;
    assert_eq!(first.header("ratelimit-policy"), Some("\"burst\";q=500;w=1"));
    assert_eq!(first.header("ratelimit"), Some("\"burst\";r=499;t=1"));
    for _ in 0..499 {
        assert_eq!(one.get("/nothing").await.status, 404);
    }
    let refused = one.get("/nothing").await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (429, "ERR_TOO_MANY_REQUESTS")
    );
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(other.get("/nothing").await.status, 404);
    app.clock().advance(2);
    assert_eq!(one.get("/nothing").await.status, 404);
    assert_eq!(one.get("/nothing").await.status, 429);
}

#[tokio::test]
async fn an_address_guesses_only_so_often() {
    let app = TestApp::new().await;
    let viewer = Program::new(&app, "viewer", &[]).await;
    let program = Program::new(&app, "developer", &[]).await;
    assert_eq!(program.get("/keys").await.status, 200);
    // A token of a service account that is gone has the right form, so it is looked up.
    let gone = Program::named(&app, "gone", "viewer", &[]).await;
    let by = Actor::command_line();
    let accounts = &app.services.service_accounts;
    let id = accounts.find_called(&by, "gone").await.unwrap();
    accounts.delete(&by, &id).await.unwrap();
    let guess = || gone.get("/keys");
    for _ in 0..20 {
        assert_eq!(guess().await.status, 401);
    }
    let refused = guess().await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (429, "ERR_TOO_MANY_REQUESTS")
    );
    assert!(refused.header("retry-after").is_some());
    // What needs no look-up needs no limit.
    for authorization in ["Bearer lkm_wrong", "Bearer x"] {
        let answer = app.get("/manage/v1/keys").header("authorization", authorization).await;
        assert_eq!(answer.status, 401);
    }
    assert_eq!(app.get("/manage/v1/keys").await.status, 401);
    // Nobody behind the same address can keep out a program that was there before.
    assert_eq!(program.get("/keys").await.status, 200);
    assert_eq!(viewer.get("/keys").await.status, 429);
    app.clock().advance(20_000);
    assert_eq!(viewer.get("/keys").await.status, 200);
}
