//! Every person who is logged in sees the page, rendered on the server.

use model::endpoint::Grant;
use model::role::Role;
use model::usage::{RequestOutcome, UsageReport};
use serde_json::json;

use super::with_old_key;
use crate::common::{TestApp, new_key, only};
use crate::customers_new::{acme, key_of};

/// Sends three requests with a key that may call only one endpoint.
async fn asked(role: Role) -> (TestApp, String) {
    let (app, key) = with_old_key(role, &new_key(only("chat"))).await;
    for endpoint in ["chat", "chat", "image"] {
        app.code(&key.token, endpoint).await;
    }
    (app, key.id)
}

#[tokio::test]
async fn the_page_has_the_chart_and_its_numbers_without_scripts() {
    for role in Role::ALL {
        let (app, id) = asked(role).await;
        let page = app.get("/usage").await;
        assert_eq!(page.status, 200, "{role:?}");
        let body = page.body.replace("<!>", "");
        let picture = body.split("class=\"chart\"").nth(1).unwrap();
        let picture = picture.split("</svg>").next().unwrap();
        assert!(picture.contains(">Requests by hour</title>"), "{picture}");
        let told =
            "Last 24 hours: 3 requests: 2 allowed, 1 not permitted. Most of them, 3, in 23 Nov, 06:00–07:00 UTC.";
        assert!(picture.contains(told), "{picture}");
        assert_eq!(picture.matches("class=\"chart__step").count(), 24);
        assert!(
            !page.body.contains(" style=\""),
            "the page's policy refuses styles in attributes"
        );
        assert!(page.body.contains(&format!("/keys/{id}")));
        assert!(page.body.contains("As of 06:43 UTC."));
    }
}

#[tokio::test]
async fn a_name_is_found_whether_its_accents_are_characters_of_their_own_or_not() {
    let app = TestApp::new().await.with_owner().await;
    let mut new = new_key(only("chat"));
    new.name = "Café".to_owned();
    let key = app.create(&new).await;
    app.post_form("/customers/new", &[("external_id", "cz"), ("name", "Zürich")])
        .await;
    for query in [json!({ "key": "Cafe\u{301}" }), json!({ "customer": "ZU\u{308}RICH" })] {
        let answer = app.post_json("/api/usage/report", &json!({ "query": query })).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    }
    let query = json!({ "key": " CAFE\u{301}" });
    let report = app.post_json("/api/usage/report", &json!({ "query": query })).await;
    assert_eq!(report.json()["key"]["id"], key.id);
    let longer = json!({ "key": format!("Café{}", " x".repeat(100)) });
    let answer = app.post_json("/api/usage/report", &json!({ "query": longer })).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
}

#[tokio::test]
async fn the_query_string_of_the_page_chooses_the_report() {
    let (app, id) = asked(Role::Owner).await;
    for (query, shown, hidden) in [
        ("range=7d", "Requests by 6 hours", "Requests by hour"),
        ("range=400d", "Requests by week", "No requests here"),
        ("endpoint=image", "1 request: 1 not permitted", "2 allowed"),
        ("endpoint=-", "No requests here", "Requests by hour"),
        (&format!("key={id}"), "2 allowed, 1 not permitted", "By key"),
        ("key=key_0000000000", "A deleted key", "Requests by hour"),
        ("environment=none", "No requests here", "Requests by hour"),
        ("from=2026-11-23&to=2026-11-23", " UTC, so far: ", "No requests here"),
        ("from=2026-11-01&to=2026-11-20", "No requests here", "Requests by day"),
        // Days count more than a word, and a word that is none does not matter then.
        (
            "range=fortnight&from=2026-11-01",
            "Requests by day",
            "There is no such range",
        ),
        ("range=30d&from=&to=", "Requests by day", "No requests here"),
    ] {
        let page = app.get(&format!("/usage?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        assert!(page.body.contains(shown), "{query}: {shown}");
        assert!(!page.body.contains(hidden), "{query}: {hidden}");
    }
}

#[tokio::test]
async fn each_bar_is_a_link_to_its_days_and_the_last_one_is_not_over() {
    let (app, _) = asked(Role::Viewer).await;
    let page = app.get("/usage?range=30d&endpoint=chat").await;
    let body = page.body.replace("%2D", "-").replace("<!>", "");
    assert_eq!(body.matches("class=\"bar\"").count(), 30);
    let today = "href=\"/usage?from=2026-11-23&amp;to=2026-11-23&amp;endpoint=chat\"";
    // In the picture, and for thumbs in the table.
    assert_eq!(body.matches(today).count(), 2, "{body}");
    assert!(
        body.contains("aria-label=\"23 Nov 2026 UTC, so far: 2 requests: 2 allowed\""),
        "{body}"
    );
    assert!(body.contains("The last bar is not over yet."), "{body}");
    assert_eq!(body.matches("chart__step--running").count(), 1);
    // The ranges are links that keep the filters.
    assert!(body.contains("href=\"/usage?range=7d&amp;endpoint=chat\""), "{body}");
    // Hours lead nowhere, and are reached by the keyboard all the same.
    let hours = app.get("/usage?from=2026-11-23&to=2026-11-23").await;
    assert_eq!(hours.body.matches("class=\"bar\"").count(), 7);
    assert!(!hours.body.contains("<a class=\"bar\""), "{}", hours.body);
    let week = app.get("/usage?from=2026-11-16&to=2026-11-22").await;
    assert!(!week.body.contains("not over yet"), "{}", week.body);
}

#[tokio::test]
async fn the_lists_of_the_most_used_have_the_same_form() {
    let (app, id) = asked(Role::Owner).await;
    let page = app.get("/usage").await;
    for list in ["by-endpoint", "by-key", "by-reason"] {
        let section = format!("<section aria-labelledby=\"{list}\" class=\"card top-list\">");
        assert!(page.body.contains(&section), "{list}: {}", page.body);
    }
    let of_key = app.get(&format!("/usage?key={id}")).await;
    assert_eq!(of_key.body.matches("class=\"card top-list\"").count(), 2);
}

#[tokio::test]
async fn before_the_first_request_it_says_what_to_do() {
    let app = TestApp::new().await.with_owner().await;
    let page = app.get("/usage").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("No requests yet"));
    assert!(page.body.contains("/v1/keys/verify"));
}

#[tokio::test]
async fn the_environment_that_was_chosen_last_filters_the_list() {
    let (app, _) = asked(Role::Owner).await;
    let mut cookies = app.cookies();
    cookies.insert(app.cookie("latchkey_environment"), "default".to_owned());
    app.use_cookies(cookies);
    let answer = app.post_json("/api/usage/report", &json!({ "query": {} })).await;
    let report: UsageReport = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        (report.environment.as_str(), report.total().of(RequestOutcome::Allowed)),
        ("default", 2)
    );
    let all = json!({ "query": { "environment": "" } });
    let answer = app.post_json("/api/usage/report", &all).await;
    assert_eq!(answer.json()["environment"], "");
}

#[tokio::test]
async fn the_list_of_keys_shows_a_chart_for_keys_in_use() {
    let (app, _) = asked(Role::Owner).await;
    app.create_key(Grant::All).await;
    // The server stores uses only now and then. Here another screen makes it store them.
    app.get("/").await;
    let page = app.get("/keys").await;
    assert_eq!(page.body.matches(" class=\"spark\"").count(), 1);
    assert!(page.body.contains("2 requests in 24 h"), "{}", page.body);
}

#[tokio::test]
async fn a_customer_has_a_report_of_its_own() {
    let app = TestApp::new().await.with_owner().await;
    assert!(
        !app.get("/usage").await.body.contains("for=\"customer\""),
        "nobody has customers here"
    );
    let acme = acme(&app).await;
    let key = key_of(&app, &acme).await;
    app.provisioned(&key.token).await;
    app.create_key(Grant::All).await;
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
    let all = app.get("/usage").await;
    assert!(
        all.body.contains("for=\"customer\"") && all.body.contains("By key"),
        "{}",
        all.body
    );
    for named in [acme.as_str(), "acme", "external:acme"] {
        let page = app.get(&format!("/usage?customer={named}")).await;
        assert_eq!(page.status, 200, "{named}");
        let about = format!("href=\"/customers/{acme}\"");
        assert!(page.body.contains(&about), "{named}: {}", page.body);
        assert!(
            page.body.contains("Requests by hour") && !page.body.contains("By key"),
            "{named}"
        );
        assert_eq!(page.field("customer"), named);
        let export = format!("/usage/export?environment=&amp;range=24h&amp;customer={named}");
        assert!(
            page.body.replace("%3A", ":").replace("%5F", "_").contains(&export),
            "{}",
            page.body
        );
    }
    let screen = app.get(&format!("/customers/{acme}")).await;
    let link = format!("/usage?environment=&amp;range=30d&amp;customer={acme}");
    assert!(screen.body.replace("%5F", "_").contains(&link), "{}", screen.body);
}
