//! A page of another site sent the form.

use model::role::Role;

use crate::common::{Call, PASSWORD, Setup, TestApp};

fn log_in(app: &TestApp) -> Call<'_> {
    app.post_form("/login", &[("email", "owner@example.com"), ("password", PASSWORD)])
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_and_logs_nobody_in() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "http://latchkey.test.evil.example"),
        ("origin", "http://latchkey.test:81"),
        ("origin", "null"),
    ] {
        let answer = log_in(&app).header(name, value).await;
        assert_eq!(answer.status, 403, "{name}: {value}");
        assert_eq!(answer.set_cookies(), [""; 0], "{name}: {value}");
    }
}

#[tokio::test]
async fn a_form_of_the_same_site_is_accepted() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    for (name, value) in [
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
        ("origin", "http://latchkey.test"),
    ] {
        assert_eq!(log_in(&app).header(name, value).await.status, 303, "{name}: {value}");
    }
}

#[tokio::test]
async fn behind_a_proxy_that_rewrites_host_the_public_url_is_the_origin() {
    let app = TestApp::with(Setup {
        public_url: Some("https://keys.example.com"),
        ..Setup::default()
    })
    .await;
    app.add_user(Role::Owner).await;
    assert_eq!(
        log_in(&app).header("origin", "https://keys.example.com").await.status,
        303
    );
    assert_eq!(
        log_in(&app).header("origin", "https://evil.example.com").await.status,
        403
    );
}

#[tokio::test]
async fn every_form_and_function_is_protected() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    for path in [
        "/logout".to_owned(),
        "/setup".to_owned(),
        "/reset".to_owned(),
        "/login/code".to_owned(),
        "/invite".to_owned(),
        "/keys/new".to_owned(),
        format!("/keys/{}/delete", key.id),
        format!("/keys/{}/disable", key.id),
        format!("/keys/{}/enable", key.id),
        "/api/keys/delete".to_owned(),
    ] {
        let answer = app.post(&path).header("sec-fetch-site", "cross-site").await;
        assert_eq!(answer.status, 403, "{path}");
    }
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
    assert_eq!(app.get("/keys").await.status, 200, "still logged in");
}
