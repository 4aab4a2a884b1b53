//! A person who may not see a screen is redirected to an entry page.

use model::role::Role;

use crate::common::TestApp;

const SCREENS: [&str; 18] = [
    "/",
    "/keys",
    "/keys?search=shop",
    "/keys/new",
    "/keys/key_0000000000",
    "/keys/key_0000000000/edit",
    "/keys/key_0000000000/rotate",
    "/keys/key_0000000000/delete",
    "/keys/key_0000000000/end-old-token",
    "/profiles",
    "/profiles/new",
    "/profiles/prof_0000000000",
    "/profiles/prof_0000000000/edit",
    "/profiles/prof_0000000000/delete",
    "/settings",
    "/audit",
    "/reference",
    "/no-such-page",
];

async fn assert_led_to(app: &TestApp, target: &str) {
    for path in SCREENS {
        for accept in ["", "*/*", "text/html", "application/json", "image/png"] {
            let answer = app.get(path).header("accept", accept).await;
            assert_eq!(
                (answer.status, answer.header("location")),
                (303, Some(target)),
                "{path} {accept}"
            );
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        }
    }
}

#[tokio::test]
async fn without_a_session_every_screen_leads_to_the_login() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    assert_led_to(&app, "/login").await;
    assert_eq!(app.get("/setup").await.header("location"), Some("/login"));
}

#[tokio::test]
async fn before_there_is_a_user_every_screen_leads_to_the_setup() {
    let app = TestApp::new().await;
    assert_led_to(&app, "/setup").await;
    for path in ["/login", "/reset"] {
        assert_eq!(app.get(path).await.header("location"), Some("/setup"), "{path}");
    }
}

#[tokio::test]
async fn a_head_request_is_redirected_like_a_get_request() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    let answer = app.get("/keys").method("HEAD").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
}

#[tokio::test]
async fn a_forged_session_is_refused() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    for value in [
        "",
        "x",
        "00000000000000000000000000000000000000000000",
        "%00",
        "\"quoted\"",
    ] {
        app.use_cookies([(app.cookie("latchkey_session"), value.to_owned())].into());
        assert_eq!(app.get("/keys").await.header("location"), Some("/login"), "{value}");
    }
}
