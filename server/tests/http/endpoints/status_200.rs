//! Admins and Owners add endpoints, edit their titles and retire them.

use model::endpoint::Grant;
use model::role::Role;
use serde_json::json;

use super::names;
use crate::common::{TestApp, only};

#[tokio::test]
async fn the_catalogue_lists_what_keys_may_call() {
    for role in [Role::Admin, Role::Owner] {
        let app = TestApp::new().await.with_user(role).await;
        app.create_key(only("chat")).await;
        app.create_key(Grant::All).await;
        let answer = app.post_json("/api/endpoints/list", &json!({})).await;
        assert_eq!(answer.status, 200);
        let list = answer.json();
        let now = app.services.now().0;
        assert_eq!(
            (&list["keys_with_all"], &list["now"], &list["retired"]),
            (&json!(1), &json!(now), &json!([]))
        );
        assert_eq!(list["endpoints"].as_array().unwrap().len(), 3);
        assert_eq!(
            list["endpoints"][0],
            json!({
                "endpoint": {
                    "name": "chat",
                    "title": "Chat",
                    "patterns": [{ "method": "POST", "path": "/api/v1/chat/completions" }],
                },
                "keys": 1,
                "created_at": now,
                "retired_at": null,
            })
        );
    }
}

#[tokio::test]
async fn a_new_endpoint_is_in_force_at_once() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let key = app.create_key(Grant::All).await;
    assert_eq!(app.authorize(&key.token, "GET", "/reports/7").await.status, 403);
    let form = json!({ "form": { "name": "reports", "title": " Reports ", "patterns": "GET, HEAD /reports/{id}" } });
    let answer = app.post_json("/api/endpoints/create", &form).await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "Saved": { "title": "Reports" } }))
    );
    let allowed = app.authorize(&key.token, "GET", "/reports/7").await;
    assert_eq!(
        (allowed.status, allowed.header("x-latchkey-endpoint")),
        (200, Some("reports"))
    );
    let options = app.post_json("/api/keys/create-options", &json!({})).await.json();
    assert_eq!(options["endpoints"][3]["name"], "reports");
}

#[tokio::test]
async fn an_endpoint_can_be_retitled_and_retired() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let all = app.create_key(Grant::All).await;
    let chat = app.create_key(only("chat")).await;
    let title = json!({ "name": "chat", "title": "Talk <b>" });
    let answer = app.post_json("/api/endpoints/edit", &title).await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "Saved": { "title": "Talk <b>" } }))
    );
    assert_eq!(app.code(&chat.token, "chat").await, "VALID");
    let answer = app.post_json("/api/endpoints/retire", &json!({ "name": "chat" })).await;
    assert_eq!((answer.status, answer.json()), (200, json!("Talk <b>")));
    for key in [&all, &chat] {
        assert_eq!(app.code(&key.token, "chat").await, "FORBIDDEN");
        assert_eq!(
            app.authorize(&key.token, "POST", "/api/v1/chat/completions")
                .await
                .status,
            403
        );
    }
    let list = app.post_json("/api/endpoints/list", &json!({})).await.json();
    assert_eq!(list["retired"][0]["endpoint"]["title"], "Talk <b>");
    assert_eq!(
        (&list["retired"][0]["keys"], &list["retired"][0]["retired_at"]),
        (&json!(1), &list["now"])
    );
}

#[tokio::test]
async fn an_invalid_form_is_answered_with_its_errors() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let before = names(&app).await;
    let events = app.audit_events().await;
    for (form, field, message) in [
        (
            json!({ "name": "new", "title": "New", "patterns": "POST /api/{v}/chat/completions" }),
            "patterns",
            "POST /api/{v}/chat/completions overlaps the endpoint “chat” (POST /api/v1/chat/completions). \
             A request belongs to one endpoint only.",
        ),
        (
            json!({ "name": "chat", "title": "New", "patterns": "GET /new" }),
            "name",
            "Another endpoint has this name. Choose a different one.",
        ),
        (
            json!({ "name": "new", "title": "New", "patterns": "GET /a\nGET /../b" }),
            "patterns",
            "Line 2: the path has a dot segment.",
        ),
        (
            json!({ "name": "new", "title": "", "patterns": "GET /new" }),
            "title",
            "Give the endpoint a title that people read, like Check bias.",
        ),
    ] {
        let answer = app.post_json("/api/endpoints/create", &json!({ "form": form })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(
            answer.json(),
            json!({ "Invalid": { "fields": [[field, message]], "form": null } }),
            "{form}"
        );
    }
    // A missing field counts as empty.
    let answer = app
        .post_json("/api/endpoints/create", &json!({ "form": {} }))
        .await
        .json();
    assert_eq!(answer["Invalid"]["fields"].as_array().unwrap().len(), 3);
    let answer = app
        .post_json("/api/endpoints/edit", &json!({ "name": "chat", "title": " " }))
        .await;
    assert!(answer.json()["Invalid"].is_object(), "{}", answer.body);
    assert_eq!(names(&app).await, before);
    assert_eq!(app.audit_events().await, events);
}

#[tokio::test]
async fn the_paths_of_an_endpoint_are_not_changed_by_a_request() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_key(only("chat")).await;
    let sly = json!({ "name": "chat", "title": "Chat 2", "patterns": "GET /{*rest}", "form": { "patterns": "GET /{*rest}" } });
    assert_eq!(app.post_json("/api/endpoints/edit", &sly).await.status, 200);
    assert_eq!(app.authorize(&key.token, "GET", "/anything").await.status, 403);
    let patterns = &app
        .services
        .endpoints
        .catalogue(&backend::Actor::command_line())
        .await
        .unwrap()[0]
        .patterns;
    assert_eq!(
        (patterns.len(), patterns[0].path.as_str()),
        (1, "/api/v1/chat/completions")
    );
}

#[tokio::test]
async fn every_role_reads_the_catalogue() {
    for role in model::role::Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        let answer = app.post_json("/api/endpoints/list", &json!({})).await;
        assert_eq!(answer.status, 200, "{role:?}: {}", answer.body);
        let page = app.get("/settings/endpoints").await;
        assert_eq!(page.status, 200, "{role:?}");
        assert!(page.body.contains("/api/bias/check-bias"), "{role:?}: {}", page.body);
        let offers = page.body.contains("Retire Chat") && page.body.contains("Add Endpoint");
        let none = !page.body.contains("Retire Chat") && !page.body.contains("Add Endpoint");
        let may = role.may(model::role::Permission::ChangeEndpoints);
        assert!(if may { offers } else { none }, "{role:?}: {}", page.body);
    }
}
