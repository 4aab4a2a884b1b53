//! Every person who is logged in sees the page, rendered on the server.

use model::endpoint::Grant;
use model::role::Role;
use serde_json::json;

use crate::common::{TestApp, new_key, only};
use crate::usage::with_old_key;

#[tokio::test]
async fn the_page_has_the_chart_and_its_numbers_without_scripts() {
    for role in Role::ALL {
        let (app, key) = with_old_key(role, &new_key(only("chat"))).await;
        for endpoint in ["chat", "chat", "image"] {
            app.code(&key.token, endpoint).await;
        }
        let page = app.get("/").await;
        assert_eq!(page.status, 200, "{role:?}");
        let body = page.body.replace("<!>", "");
        assert!(body.contains(" id=\"verdict\""), "{body}");
        assert_eq!(body.matches("<li tabindex=\"0\" class=\"hour").count(), 24, "{body}");
        let running = body
            .split("hour--running")
            .nth(1)
            .unwrap()
            .split("</li>")
            .next()
            .unwrap();
        assert!(
            running.contains("06:00–07:00 UTC") && running.contains("2 allowed, 1 refused so far"),
            "{running}"
        );
        assert!(
            !body.contains(" style=\""),
            "the page's policy refuses styles in attributes"
        );
        let refused = body.split("Most refused keys").nth(1).unwrap();
        assert!(
            refused.contains(&format!("/keys/{}", key.id)) && refused.contains("Image not granted"),
            "{refused}"
        );
        assert_eq!(body.contains("Last changes"), role >= Role::Admin, "{role:?}");
    }
}

#[tokio::test]
async fn an_empty_console_shows_the_first_steps() {
    let app = TestApp::new().await.with_owner().await;
    let page = app.get("/").await;
    assert_eq!(page.status, 200);
    for text in [
        "Nothing is known yet: there is no API key.",
        "0 of 5 done.",
        "Create your first API key",
        "/v1/keys/verify",
    ] {
        assert!(page.body.replace("<!>", "").contains(text), "{text}: {}", page.body);
    }
    let links = page.attributes("href");
    assert!(
        links.contains(&"/keys/new") && links.contains(&"/settings/users/invite"),
        "{links:?}"
    );
    assert!(!page.body.contains("Most refused keys"));

    app.create_key(Grant::All).await;
    let page = app.get("/").await;
    let body = page.body.replace("<!>", "");
    assert!(
        body.contains("Create your first API key<span class=\"vh\">: done"),
        "{body}"
    );
    assert!(page.body.contains("Keys by status"), "{}", page.body);
}

#[tokio::test]
async fn a_viewer_is_offered_nothing_that_a_viewer_may_not_do() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let page = app.get("/").await;
    let links = page.attributes("href");
    assert!(
        !links.contains(&"/keys/new") && !links.contains(&"/settings/users/invite") && !links.contains(&"/audit"),
        "{links:?}"
    );
    let answer = app.post_json("/api/home", &json!({})).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["changes"], json!(null));
}
