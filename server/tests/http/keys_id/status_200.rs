//! The tabs are links with addresses of their own, and each works without scripts.

use model::endpoint::Grant;
use model::role::Role;

use crate::common::{TestApp, only};

#[tokio::test]
async fn each_tab_has_an_address() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let key = app.create_key(only("chat")).await;
    for (query, shown, hidden) in [
        ("", "Use it", "Refused requests"),
        ("?tab=requests", "Refused requests", "Use it"),
        ("?tab=history", "id=\"history\"", "Use it"),
        ("?tab=why", "id=\"why\"", "Use it"),
        // Addresses from before there were tabs.
        ("?method=GET&path=/api/v1/img", "Denied here", "Use it"),
    ] {
        let page = app.get(&format!("/keys/{}{query}", key.id)).await;
        assert_eq!(page.status, 200, "{query}");
        assert!(page.body.contains(shown), "{query}: {}", page.body);
        assert!(!page.body.contains(hidden), "{query}: {}", page.body);
        assert!(page.body.contains(&format!("href=\"/keys/{}?tab=requests\"", key.id)));
        assert!(
            !page.body.contains(" style=\""),
            "the page's policy refuses styles in attributes"
        );
    }
}

#[tokio::test]
async fn a_person_who_may_not_see_the_history_has_no_such_tab() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let key = app.create_key(Grant::All).await;
    let page = app.get(&format!("/keys/{}?tab=history", key.id)).await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("Use it") && !page.body.contains("tab-history"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_refused_request_is_on_the_screen_and_leads_to_its_explanation() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let key = app.create_key(only("chat")).await;
    let in_path = format!("/api/v1/img/{}?secret=1", key.token);
    for path in ["/api/v1/img?secret=1", in_path.as_str()] {
        assert_eq!(app.authorize(&key.token, "GET", path).await.status, 403);
    }
    assert_eq!(
        app.authorize(&key.token, "POST", "/api/v1/chat/completions")
            .await
            .status,
        200
    );
    let page = app.get(&format!("/keys/{}?tab=requests", key.id)).await;
    let body = page.body.replace("<!>", "");
    assert!(!body.contains(&key.token) && !body.contains("secret=1"), "{body}");
    assert!(!body.contains("POST /api/v1/chat/completions"), "{body}");
    for words in [
        "GET /api/v1/img<",
        "GET /api/v1/img/…<",
        "The key does not hold endpoint image.",
        "From the one node that runs.",
    ] {
        assert!(body.contains(words), "{words}: {body}");
    }
    // A request of which a part is hidden cannot be explained.
    let question = format!("/keys/{}?method=GET&path=", key.id);
    let links = page.attributes("href").into_iter();
    assert_eq!(
        links
            .filter(|href| href.replace("&amp;", "&").starts_with(&question))
            .count(),
        1,
        "{body}"
    );
}

#[tokio::test]
async fn the_texts_to_paste_hold_no_token_and_the_refusal_is_what_a_gateway_gets() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let key = app.create_key(only("chat")).await;
    let refused = app.authorize(&key.token, "GET", "/api/v1/img").await;
    let page = app.get(&format!("/keys/{}", key.id)).await;
    assert!(!page.body.contains(&key.token));
    assert!(page.body.contains("$LATCHKEY_TOKEN") && page.body.contains("auth_request /_latchkey/question;"));
    let body = page.body.replace("&quot;", "\"");
    assert!(body.contains(&refused.body), "{}: {body}", refused.body);
}

#[tokio::test]
async fn the_chart_has_three_ranges() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let key = app.create_key(only("chat")).await;
    app.code(&key.token, "chat").await;
    for (query, steps, words) in [
        ("", 24, "Last 24 hours: "),
        ("?range=7d", 28, "Last 7 days: "),
        ("?range=30d", 30, "Last 30 days: "),
    ] {
        let page = app.get(&format!("/keys/{}{query}", key.id)).await;
        assert_eq!(page.body.matches("class=\"chart__step\"").count(), steps, "{query}");
        assert_eq!(page.body.matches("request-bars__bar--partial").count(), 1, "{query}");
        // The key was also refused while it was provisioned.
        assert!(
            page.body.contains(words) && page.body.contains("1 allowed"),
            "{query}: {}",
            page.body
        );
    }
}
