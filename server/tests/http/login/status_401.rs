//! The login fails, without revealing who has an account.

use model::role::Role;

use crate::common::{PASSWORD, TestApp, email};

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_answer() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    let mut pages = Vec::new();
    for address in [email(Role::Owner), "stranger@example.com".to_owned()] {
        let answer = app
            .post_form("/login", &[("email", &address), ("password", "wrong horse battery")])
            .await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.set_cookies(), [""; 0]);
        assert!(answer.body.contains("The e-mail address or the password is wrong."));
        assert!(!answer.body.contains("wrong horse"), "a password is not sent back");
        pages.push(answer.without_nonces().replace(&address, "ADDRESS"));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn the_typed_address_stays_in_the_form() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    let typed = "\"><script>alert(1)</script>@example.com";
    let answer = app
        .post_form("/login", &[("email", typed), ("password", "wrong")])
        .await;
    assert_eq!(answer.status, 401);
    assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
    assert!(
        answer.body.contains("script&gt;") || answer.body.contains("&lt;script"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn an_empty_form_logs_nobody_in() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    for fields in [&[][..], &[("email", "owner@example.com")], &[("password", PASSWORD)]] {
        assert_eq!(app.post_form("/login", fields).await.status, 401);
    }
}

#[tokio::test]
async fn before_there_is_a_user_no_login_succeeds() {
    let app = TestApp::new().await;
    let answer = app
        .post_form("/login", &[("email", "owner@example.com"), ("password", PASSWORD)])
        .await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn a_disabled_person_cannot_log_in() {
    let app = TestApp::new().await.with_owner().await;
    app.add_user(Role::Viewer).await;
    let id = app
        .services
        .accounts
        .find_by_email(&backend::Actor::command_line(), &email(Role::Viewer))
        .await
        .unwrap();
    let body = serde_json::json!({ "id": id });
    assert_eq!(app.post_json("/api/users/disable", &body).await.status, 200);
    app.forget_cookies();
    let answer = app
        .post_form("/login", &[("email", &email(Role::Viewer)), ("password", PASSWORD)])
        .await;
    assert_eq!(answer.status, 401);
    assert!(answer.body.contains("The e-mail address or the password is wrong."));
}
