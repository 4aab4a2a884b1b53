//! The login succeeds.

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

/// Name and attributes of a cookie, without its value and the ID of the instance.
fn attributes(cookie: &str) -> String {
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    let (name, instance) = pair.split('=').next().unwrap().rsplit_once('_').unwrap();
    assert!(
        instance.len() == 8 && instance.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{cookie}"
    );
    format!("{name}; {attributes}")
}

/// Browsers store cookies for a host, and ignore the port.
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
async fn scripts_and_other_sites_cannot_read_the_cookies() {
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
async fn with_https_cookies_are_secure_and_bound_to_the_host() {
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
async fn with_https_a_cookie_without_the_prefix_is_ignored() {
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
async fn the_case_matters_in_the_password_but_not_in_the_email_address() {
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
async fn a_session_ends_after_twelve_unused_hours() {
    let app = TestApp::new().await.with_owner().await;
    app.pass(12 * HOUR - 1).await;
    assert_eq!(app.get("/keys").await.status, 200);
    app.pass(12 * HOUR).await;
    assert_eq!(app.get("/keys").await.header("location"), Some("/login"));
}

#[tokio::test]
async fn a_session_ends_after_seven_days_even_if_it_is_used() {
    let app = TestApp::new().await.with_owner().await;
    for _ in 0..13 {
        app.pass(DAY / 2 - 1).await;
        assert_eq!(app.get("/keys").await.status, 200);
    }
    app.pass(DAY / 2 + 13).await;
    assert_eq!(app.get("/keys").await.header("location"), Some("/login"));
}

#[tokio::test]
async fn an_entry_page_redirects_a_person_who_is_logged_in() {
    let app = TestApp::new().await.with_owner().await;
    for path in ["/login", "/setup"] {
        let answer = app.get(path).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{path}");
    }
}

#[tokio::test]
async fn logging_in_again_ends_the_earlier_session() {
    let app = TestApp::new().await.with_owner().await;
    let before = app.cookies();
    app.log_in(Role::Owner).await;
    let after = app.cookies();
    app.use_cookies(before);
    assert_eq!(app.get("/keys").await.header("location"), Some("/login"));
    app.use_cookies(after);
    assert_eq!(app.get("/keys").await.status, 200);
}

/// Opens a URL with the headers that a browser sends.
async fn open(app: &TestApp, address: &str) -> crate::common::Answer {
    app.get(address).header("accept", "text/html,*/*;q=0.8").await
}

async fn location_after_login(app: &TestApp) -> String {
    let fields = [("email", "owner@example.com"), ("password", PASSWORD)];
    let answer = app.post_form("/login", &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.header("location").unwrap().to_owned()
}

#[tokio::test]
async fn the_requested_screen_is_shown_once_after_logging_in() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    for address in [
        "/keys?search=a%20b%2C%22%3B&status=active",
        "/keys/key_0000000000/edit",
        "/settings/users",
        "/no-such-page",
    ] {
        app.forget_cookies();
        let led = open(&app, address).await;
        assert_eq!((led.status, led.header("location")), (303, Some("/login")));
        assert!(led.set_cookies()[0].ends_with("; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax"));
        assert_eq!(open(&app, "/login").await.status, 200);
        let wrong = [("email", "owner@example.com"), ("password", "wrong")];
        assert_eq!(app.post_form("/login", &wrong).await.status, 401);
        assert_eq!(location_after_login(&app).await, address);
        let names: Vec<_> = app.cookies().into_keys().collect();
        assert!(!names.contains(&app.cookie("latchkey_next")), "{names:?}");
        assert_eq!(location_after_login(&app).await, "/");
    }
}

#[tokio::test]
async fn the_login_does_not_return_to_a_path_that_is_not_a_screen() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    for address in [
        "/",
        "/login/code",
        "/audit/export",
        "/usage/export?range=24h",
        "/events",
        "/api/frame",
    ] {
        assert_eq!(open(&app, address).await.set_cookies(), [""; 0], "{address}");
    }
    let long = format!("/keys?search={}", "x".repeat(2_000));
    assert_eq!(open(&app, &long).await.set_cookies(), [""; 0]);
    let picture = app
        .get("/favicon.ico")
        .header("accept", "image/avif,image/webp,*/*")
        .await;
    assert_eq!(picture.set_cookies(), [""; 0]);
    let framed = app
        .get("/keys")
        .header("accept", "text/html")
        .header("sec-fetch-dest", "iframe");
    assert_eq!(framed.await.set_cookies(), [""; 0]);
    assert_eq!(location_after_login(&app).await, "/");
}

#[tokio::test]
async fn a_forged_return_path_does_not_lead_to_another_site() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    for value in [
        "https://evil.example/",
        "//evil.example",
        "%2F%2Fevil.example",
        "/%5Cevil.example",
        "/\\evil.example",
        "/%0D%0ALocation:%20https://evil.example",
        "/%09/evil.example",
        "%FF",
        "",
    ] {
        app.use_cookies([(app.cookie("latchkey_next"), value.to_owned())].into());
        assert_eq!(location_after_login(&app).await, "/", "{value}");
    }
}

#[tokio::test]
async fn a_form_sent_after_the_session_ended_leads_back_to_its_page() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    let key = "/keys/key_0000000000";
    for (form, page) in [
        (format!("{key}/edit?search=shop"), format!("{key}/edit?search=shop")),
        (format!("{key}/disable?search=shop"), "/keys?search=shop".to_owned()),
        (
            format!("{key}/disable?from=key&search=shop"),
            format!("{key}?search=shop"),
        ),
        (format!("{key}/end-old-token"), key.to_owned()),
        ("/profiles/new".to_owned(), "/profiles/new".to_owned()),
    ] {
        app.forget_cookies();
        let answer = app.post_form(&form, &[("name", "x")]).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/login")),
            "{form}"
        );
        assert_eq!(location_after_login(&app).await, page);
    }
}

#[tokio::test]
async fn logging_out_forgets_the_requested_screen() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    open(&app, "/keys").await;
    app.post("/logout").await;
    assert_eq!(location_after_login(&app).await, "/");
}
