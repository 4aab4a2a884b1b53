//! The answer leads back to the screen, which then shows the chosen environment.

use crate::common::TestApp;

async fn choose(app: &TestApp, environment: &str, next: &str) -> (Option<String>, Vec<String>) {
    let fields = [("environment", environment), ("next", next)];
    let answer = app.post_form("/environment", &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let cookies = answer.set_cookies().into_iter().map(str::to_owned).collect();
    (answer.header("location").map(str::to_owned), cookies)
}

#[tokio::test]
async fn a_chosen_environment_is_remembered() {
    let app = TestApp::new().await.with_owner().await;
    let (location, cookies) = choose(&app, "default", "/keys?search=shop&after=12").await;
    assert_eq!(location.as_deref(), Some("/keys?search=shop&environment=default"));
    let name = app.cookie("latchkey_environment");
    assert_eq!(
        cookies,
        [format!("{name}=default; Path=/; Max-Age=31536000; SameSite=Lax")]
    );
    assert!(
        app.get("/keys")
            .await
            .body
            .contains("<option value=\"default\" selected>")
    );
    let (_, cookies) = choose(&app, "", "/keys").await;
    assert_eq!(cookies, [format!("{name}=; Path=/; Max-Age=31536000; SameSite=Lax")]);
}

#[tokio::test]
async fn an_unknown_environment_is_not_remembered() {
    let app = TestApp::new().await.with_owner().await;
    for hostile in ["elsewhere", "a; Domain=evil\r\n"] {
        let (location, cookies) = choose(&app, hostile, "/keys").await;
        assert_eq!((location.as_deref(), cookies.len()), (Some("/keys"), 0), "{hostile}");
    }
}

#[tokio::test]
async fn the_answer_never_leads_to_another_site() {
    let app = TestApp::new().await.with_owner().await;
    for elsewhere in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\t//evil.example",
        "",
    ] {
        let (location, _) = choose(&app, "default", elsewhere).await;
        assert_eq!(location.as_deref(), Some("/?environment=default"), "{elsewhere}");
    }
}
