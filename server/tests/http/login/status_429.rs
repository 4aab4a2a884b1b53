//! Too many failed attempts.

use model::role::Role;
use model::time::SECOND;

use crate::common::{Answer, PASSWORD, TestApp};

const FREE: usize = 5;

async fn attempt(app: &TestApp, password: &str) -> Answer {
    app.post_form("/login", &[("email", "owner@example.com"), ("password", password)])
        .await
}

#[tokio::test]
async fn after_five_failures_even_the_right_password_must_wait() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    for _ in 0..FREE {
        assert_eq!(attempt(&app, "wrong").await.status, 401);
    }
    let refused = attempt(&app, PASSWORD).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
    assert!(
        refused.body.contains("Too many attempts. Try again in 1 s."),
        "{}",
        refused.body
    );
    assert_eq!(refused.set_cookies(), [""; 0]);
    app.pass(SECOND).await;
    assert_eq!(attempt(&app, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn each_further_failure_doubles_the_wait() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    for _ in 0..FREE {
        attempt(&app, "wrong").await;
    }
    for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
        assert_eq!(
            attempt(&app, "wrong").await.header("retry-after"),
            Some(seconds.to_string().as_str())
        );
        app.pass(seconds * SECOND).await;
        assert_eq!(attempt(&app, "wrong").await.status, 401);
    }
}

#[tokio::test]
async fn an_unknown_address_is_slowed_down_like_a_known_one() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    for expected in [401, 401, 401, 401, 401, 429] {
        let answer = app
            .post_form("/login", &[("email", "stranger@example.com"), ("password", "wrong")])
            .await;
        assert_eq!(answer.status, expected);
    }
}

#[tokio::test]
async fn a_stranger_who_guesses_does_not_lock_the_owners_browser_out() {
    let app = TestApp::new().await.with_owner().await;
    let known = app.cookies();
    app.forget_cookies();
    while attempt(&app, "wrong").await.status != 429 {}
    app.use_cookies(known);
    assert_eq!(attempt(&app, PASSWORD).await.status, 303);
}
