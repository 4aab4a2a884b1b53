//! The link no longer works.

use model::time::DAY;

use crate::common::{Answer, PASSWORD, TestApp};

async fn set_up(app: &TestApp, secret: &str) -> Answer {
    let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
    app.post_form(&format!("/setup?link={secret}"), &fields).await
}

async fn assert_refused(app: &TestApp, secret: &str) {
    let answer = set_up(app, secret).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.set_cookies(), [""; 0]);
    assert!(
        answer.body.contains("This link was used already, or it is too old."),
        "{}",
        answer.body
    );
    assert!(!answer.body.contains("<form"), "{}", answer.body);
    assert!(!app.services.accounts.has_any().await.unwrap());
}

#[tokio::test]
async fn an_unknown_or_missing_link_creates_no_owner() {
    let app = TestApp::new().await;
    assert_refused(&app, "guessed").await;
    assert_refused(&app, "").await;
}

#[tokio::test]
async fn a_link_does_not_work_after_a_day() {
    let app = TestApp::new().await;
    let link = app.services.accounts.issue_setup_link().await.unwrap();
    app.pass(DAY).await;
    assert_refused(&app, link.secret()).await;
}

#[tokio::test]
async fn a_new_link_replaces_the_old_one() {
    let app = TestApp::new().await;
    let old = app.services.accounts.issue_setup_link().await.unwrap();
    let new = app.services.accounts.issue_setup_link().await.unwrap();
    assert_refused(&app, old.secret()).await;
    assert_eq!(set_up(&app, new.secret()).await.status, 303);
}
