//! Admins and Owners read the audit log and check it.

use model::endpoint::Grant;
use model::role::Role;
use model::time::MINUTE;
use serde_json::{Value, json};

use crate::common::{TestApp, new_key};

async fn list(app: &TestApp, query: Value) -> Value {
    let answer = app.post_json("/api/audit/list", &json!({ "query": query })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

fn numbers(page: &Value) -> Vec<i64> {
    let events = page["events"].as_array().unwrap().iter();
    events.map(|event| event["number"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_page_shows_the_actor_the_action_and_the_address() {
    for role in [Role::Admin, Role::Owner] {
        let app = TestApp::new().await.with_user(role).await;
        app.pass(MINUTE).await;
        let key = app.create_own_key("Shop <b>").await;
        let page = list(&app, json!({ "action": "key.created" })).await;
        let event = &page["events"][0];
        assert_eq!(
            *event,
            json!({
                "number": event["number"],
                "at": app.services.now().0,
                "actor": role.as_str(),
                "person": format!("{}@example.com", role.as_str()),
                "address": "203.0.113.7",
                "action": "key.created",
                "subject_id": key.id,
                "subject_name": "Shop <b>",
                "headline": "created",
                "with_subject": true,
                "subject_path": format!("/keys/{}", key.id),
                "details": "default; all endpoints",
            })
        );
        assert_eq!(
            (&page["next"], &page["now"]),
            (&json!(null), &json!(app.services.now().0))
        );
        assert_eq!(page["actions"][0], "environment.key_created");
    }
}

#[tokio::test]
async fn a_page_names_the_next_page() {
    let app = TestApp::new().await.with_owner().await;
    let by = backend::audit::Actor::command_line();
    app.services
        .keys
        .create_many(&by, &new_key(Grant::All), 120)
        .await
        .unwrap();
    let mut query = json!({ "subject": "SHOP", "action": "key.created" });
    let mut seen = Vec::new();
    for length in [50, 50, 20] {
        let page = list(&app, query.clone()).await;
        assert_eq!(numbers(&page).len(), length);
        seen.extend(numbers(&page));
        assert_eq!(page["next"].is_null(), length == 20);
        query["before"] = json!(page["next"].to_string());
    }
    let last = seen[0];
    assert_eq!(seen, (last - 119..=last).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn unknown_and_missing_fields_do_not_filter() {
    let app = TestApp::new().await.with_owner().await;
    let all = numbers(&list(&app, json!({})).await);
    assert_eq!(numbers(&list(&app, json!({ "colour": "red" })).await), all);
    assert_eq!(
        numbers(&list(&app, json!({ "actor": "", "action": " ", "before": "" })).await),
        all
    );
}

#[tokio::test]
async fn the_chain_is_checked() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    app.create_own_key("Shop").await;
    let answer = app.post_json("/api/audit/check", &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let events = app.audit_events().await;
    assert_eq!(
        answer.json(),
        json!({ "at": app.services.now().0, "events": events, "broken": null })
    );
    assert_eq!(app.audit_events().await, events, "checking adds no event");
}

#[tokio::test]
async fn the_page_has_a_sentence_for_each_event_and_folds_its_details() {
    let app = TestApp::new().await.with_user(Role::Owner).await;
    let key = app.create_own_key("Shop <b>").await;
    let page = app.get("/audit?action=key.created").await;
    assert_eq!(page.status, 200);
    let body = page.body.replace("<!>", "");
    let sentence = format!(
        "<bdi class=\"audit__actor\">owner@example.com</bdi> created <a href=\"/keys/{}\"><bdi>Shop &lt;b&gt;</bdi></a>",
        key.id
    );
    assert!(body.contains(&sentence), "{body}");
    let details = body.split("<details class=\"fold audit__more\">").nth(1).unwrap();
    let details = details.split("</details>").next().unwrap();
    for part in ["default; all endpoints", "Key: created", key.id.as_str()] {
        assert!(details.contains(part), "{part}: {details}");
    }
    // The ranges, with the other filters.
    let today = format!("/audit?action=key.created&amp;from={0}", app.services.now().iso_date());
    let body = body.replace("%2E", ".").replace("%2D", "-");
    assert!(body.contains(&today), "{body}");
    let logged_in = app.get("/audit?action=user.created").await.body.replace("<!>", "");
    assert!(logged_in.contains("created the user <"), "{logged_in}");
}
