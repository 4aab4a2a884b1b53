//! The login succeeds, or begins again with the password.

use model::role::Role;
use model::time::MINUTE;

use super::Protected;
use crate::common::{Answer, PASSWORD, Setup, TestApp, email};

fn assert_led_to(answer: &Answer, target: &str) {
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some(target)),
        "{}",
        answer.body
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_right_password_leads_to_the_code_and_starts_no_session() {
    let protected = Protected::new().await;
    let answer = protected.enter_password().await;
    assert_led_to(&answer, "/login/code");
    let [cookie] = answer.set_cookies()[..] else {
        panic!("{answer:?}");
    };
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert!(pair.starts_with(&format!("{}=", protected.app.cookie("latchkey_login"))));
    assert_eq!(attributes, "Path=/; Max-Age=300; HttpOnly; SameSite=Lax");
    assert_led_to(&protected.app.get("/keys").await, "/login");
}

#[tokio::test]
async fn with_https_the_cookie_is_secure_and_bound_to_the_host() {
    let protected = Protected::with(Setup {
        public_url: Some("https://keys.example.com"),
        ..Setup::default()
    })
    .await;
    let answer = protected.enter_password().await;
    let cookie = answer.set_cookies()[0];
    assert!(cookie.starts_with("__Host-latchkey_login_"), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; Max-Age=300; HttpOnly; SameSite=Lax; Secure"),
        "{cookie}"
    );
    assert_led_to(&protected.enter_code(&protected.code()).await, "/");
}

#[tokio::test]
async fn the_code_logs_the_person_in_and_removes_the_ticket() {
    let protected = Protected::new().await;
    protected.enter_password().await;
    let answer = protected.enter_code(&protected.code()).await;
    assert_led_to(&answer, "/");
    let names: Vec<_> = protected.app.cookies().into_keys().collect();
    assert_eq!(
        names,
        ["latchkey_device", "latchkey_session"].map(|name| protected.app.cookie(name))
    );
    assert_eq!(protected.app.get("/keys").await.status, 200);
    assert_led_to(&protected.app.get("/login/code").await, "/");
}

#[tokio::test]
async fn a_recovery_code_logs_the_person_in_as_well() {
    let protected = Protected::new().await;
    protected.enter_password().await;
    let typed = protected.recovery_codes[0].to_uppercase();
    assert_led_to(&protected.enter_code(&typed).await, "/");
    assert_eq!(protected.app.get("/keys").await.status, 200);
}

#[tokio::test]
async fn without_a_ticket_the_login_begins_with_the_password() {
    let protected = Protected::new().await;
    assert_led_to(&protected.app.get("/login/code").await, "/login");
    assert_led_to(&protected.enter_code(&protected.code()).await, "/login");
    assert_led_to(&protected.app.get("/keys").await, "/login");
}

#[tokio::test]
async fn after_five_minutes_the_login_begins_again() {
    let protected = Protected::new().await;
    protected.enter_password().await;
    protected.app.pass(5 * MINUTE).await;
    assert_led_to(&protected.app.get("/login/code").await, "/login");
    let answer = protected.enter_code(&protected.code()).await;
    assert_led_to(&answer, "/login");
    assert!(protected.app.cookies().is_empty(), "the ticket is removed");
}

#[tokio::test]
async fn a_forged_ticket_is_refused() {
    let protected = Protected::new().await;
    protected.enter_password().await;
    let real = protected.app.cookies()[&protected.app.cookie("latchkey_login")].clone();
    let swapped = real.chars().rev().collect::<String>();
    for value in ["", "0", "00", "%00", &real[2..], &swapped] {
        let cookie = (protected.app.cookie("latchkey_login"), value.to_owned());
        protected.app.use_cookies([cookie].into());
        assert_led_to(&protected.app.get("/login/code").await, "/login");
        assert_led_to(&protected.enter_code(&protected.code()).await, "/login");
    }
}

#[tokio::test]
async fn a_reset_link_leads_to_the_code_as_well() {
    let protected = Protected::new().await;
    let app = &protected.app;
    let id = app
        .services
        .accounts
        .find_by_email(&backend::Actor::command_line(), &email(Role::Owner))
        .await
        .unwrap();
    let by = backend::audit::Actor::command_line();
    let link = app.services.accounts.issue_reset_link(&by, &id, "").await.unwrap().url;
    let fields = [("password", "another horse, same battery")];
    assert_led_to(&app.post_form(&link, &fields).await, "/login/code");
    assert_led_to(&app.get("/keys").await, "/login");
    assert_led_to(&protected.enter_code(&protected.code()).await, "/");
}

#[tokio::test]
async fn before_there_is_a_user_the_answer_leads_to_the_setup() {
    let app = TestApp::new().await;
    assert_led_to(&app.get("/login/code").await, "/setup");
}

#[tokio::test]
async fn a_person_without_a_second_factor_is_not_asked_for_a_code() {
    let app = TestApp::new().await;
    app.add_user(Role::Viewer).await;
    let fields = [("email", &*email(Role::Viewer)), ("password", PASSWORD)];
    assert_led_to(&app.post_form("/login", &fields).await, "/");
}

#[tokio::test]
async fn the_requested_screen_is_shown_after_the_code() {
    let protected = Protected::new().await;
    protected
        .app
        .get("/keys?search=shop")
        .header("accept", "text/html")
        .await;
    assert_led_to(&protected.enter_password().await, "/login/code");
    assert_led_to(&protected.enter_code(&protected.code()).await, "/keys?search=shop");
}
