//! Somebody is let in.

use model::role::Role;
use model::time::{DAY, HOUR};

use crate::common::{PASSWORD, Setup, TestApp};

async fn logged_in(public_url: Option<&'static str>) -> Vec<String> {
    let app = TestApp::with(Setup {
        public_url,
        ..Setup::default()
    })
    .await;
    app.add_user(Role::Owner).await;
    let answer = app
        .post_form("/login", &[("email", "owner@example.com"), ("password", PASSWORD)])
        .await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.set_cookies().into_iter().map(str::to_owned).collect()
}

/// Name and attributes of a cookie, without its value and which instance it is of.
fn attributes(cookie: &str) -> String {
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    let (name, instance) = pair.split('=').next().unwrap().rsplit_once('_').unwrap();
    assert!(
        instance.len() == 8 && instance.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{cookie}"
    );
    format!("{name}; {attributes}")
}

/// Browsers keep cookies by host: another port is the same host.
#[tokio::test]
async fn two_instances_on_one_host_do_not_log_each_others_people_out() {
    let one = TestApp::new().await.with_owner().await;
    let other = TestApp::with(Setup {
        seed: 2,
        ..Setup::default()
    })
    .await;
    other.use_cookies(one.cookies());
    let other = other.with_owner().await;
    one.use_cookies(other.cookies());
    assert_eq!(one.get("/keys").await.status, 200);
    assert_eq!(other.get("/keys").await.status, 200);
    other.post("/logout").await;
    one.use_cookies(other.cookies());
    assert_eq!(one.get("/keys").await.status, 200);
    assert_eq!(other.get("/keys").await.status, 303);
}

#[tokio::test]
async fn cookies_are_kept_from_scripts_and_other_sites() {
    let cookies = logged_in(None).await;
    let attributes: Vec<String> = cookies.iter().map(|cookie| attributes(cookie)).collect();
    assert_eq!(
        attributes,
        [
            "latchkey_session; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax",
            "latchkey_device; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax",
        ]
    );
}

#[tokio::test]
async fn behind_https_cookies_are_secure_and_bound_to_the_host() {
    let cookies = logged_in(Some("https://keys.example.com")).await;
    let attributes: Vec<String> = cookies.iter().map(|cookie| attributes(cookie)).collect();
    assert_eq!(
        attributes,
        [
            "__Host-latchkey_session; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure",
            "__Host-latchkey_device; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure",
        ]
    );
}

#[tokio::test]
async fn behind_https_a_cookie_without_the_prefix_lets_nobody_in() {
    let setup = Setup {
        public_url: Some("https://keys.example.com"),
        ..Setup::default()
    };
    let app = TestApp::with(setup).await.with_owner().await;
    assert_eq!(app.get("/keys").await.status, 200);
    let cookies = app.cookies().into_iter();
    app.use_cookies(
        cookies
            .map(|(name, value)| (name.trim_start_matches("__Host-").to_owned(), value))
            .collect(),
    );
    assert_eq!(app.get("/keys").await.status, 303);
}

#[tokio::test]
async fn the_address_is_read_in_any_case_and_the_password_in_its_own() {
    let app = TestApp::new().await;
    app.add_user(Role::Viewer).await;
    let answer = app
        .post_form("/login", &[("email", " Viewer@EXAMPLE.com "), ("password", PASSWORD)])
        .await;
    assert_eq!(answer.status, 303);
    let shouted = PASSWORD.to_uppercase();
    let answer = app
        .post_form("/login", &[("email", "viewer@example.com"), ("password", &shouted)])
        .await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_unused() {
    let app = TestApp::new().await.with_owner().await;
    app.pass(12 * HOUR - 1).await;
    assert_eq!(app.get("/keys").await.status, 200);
    app.pass(12 * HOUR).await;
    assert_eq!(app.get("/keys").await.header("location"), Some("/login"));
}

#[tokio::test]
async fn a_session_ends_after_seven_days_however_busy() {
    let app = TestApp::new().await.with_owner().await;
    for _ in 0..13 {
        app.pass(DAY / 2 - 1).await;
        assert_eq!(app.get("/keys").await.status, 200);
    }
    app.pass(DAY / 2 + 13).await;
    assert_eq!(app.get("/keys").await.header("location"), Some("/login"));
}

#[tokio::test]
async fn who_is_in_does_not_see_the_door_again() {
    let app = TestApp::new().await.with_owner().await;
    for path in ["/login", "/setup"] {
        let answer = app.get(path).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{path}");
    }
}

#[tokio::test]
async fn logging_in_once_more_ends_the_session_before() {
    let app = TestApp::new().await.with_owner().await;
    let before = app.cookies();
    app.log_in(Role::Owner).await;
    let after = app.cookies();
    app.use_cookies(before);
    assert_eq!(app.get("/keys").await.header("location"), Some("/login"));
    app.use_cookies(after);
    assert_eq!(app.get("/keys").await.status, 200);
}
