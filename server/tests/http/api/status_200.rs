//! The role permits the request.

use model::endpoint::Grant;
use model::role::Role;
use serde_json::{Value, json};

use super::{TestSubjects, by_scripts, functions};
use crate::common::TestApp;

#[tokio::test]
async fn a_permitted_request_gets_an_answer_that_must_not_be_stored() {
    for role in Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        let key = if role >= Role::Developer {
            app.create_own_key("Shop").await
        } else {
            app.create_key(Grant::All).await
        };
        let subjects = TestSubjects::create(&app, &key).await;
        for function in functions(&subjects)
            .into_iter()
            .filter(|function| role >= function.lowest_role)
        {
            let answer = function.send(&app).await;
            assert_eq!(answer.status, 200, "{role:?} {}: {}", function.path, answer.body);
            // The function has done its work: it has not only accepted the request.
            let done = !answer.body.contains("\"Invalid\"") && !answer.body.contains("\"refused\":\"");
            assert!(done, "{role:?} {}: {}", function.path, answer.body);
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", function.path);
            assert_eq!(
                answer.header("x-content-type-options"),
                Some("nosniff"),
                "{}",
                function.path
            );
        }
    }
}

#[tokio::test]
async fn only_answers_to_forms_contain_a_token() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let subjects = TestSubjects::create(&app, &key).await;
    for function in functions(&subjects) {
        let answer = function.send(&app).await;
        let carries = answer.body.contains("sk_live_") && !only_masked(&answer.json());
        assert_eq!(
            carries,
            function.path == "/keys/new" || function.path.ends_with("/rotate"),
            "{}: {}",
            function.path,
            answer.body
        );
        assert!(!answer.body.contains(&key.token), "{}", function.path);
    }
}

/// Whether every text in the answer that looks like a token is masked.
fn only_masked(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.starts_with("sk_live_") || text.starts_with("sk_live_…"),
        Value::Array(values) => values.iter().all(only_masked),
        Value::Object(fields) => fields.values().all(only_masked),
        _ => true,
    }
}

#[tokio::test]
async fn a_form_is_answered_with_the_token_once() {
    let app = TestApp::new().await.with_owner().await;
    let form = [("name", "Shop"), ("environment", "default"), ("form_id", "form-1")];
    let token = by_scripts(&app, "/keys/new", &form).await.json()["Done"]["Created"]["token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(model::token::check(&token).is_ok());
    let again = by_scripts(&app, "/keys/new", &form).await;
    assert_eq!(again.json()["Done"]["AlreadyCreated"]["name"], "Shop");
    assert!(!again.body.contains(&token));
}

#[tokio::test]
async fn a_rotation_is_answered_with_the_new_token_once() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let path = format!("/keys/{}/rotate", key.id);
    let form = [("grace", "24h"), ("form_id", "form-1")];
    let token = by_scripts(&app, &path, &form).await.json()["Done"]["Rotated"]["token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(app.code(&token, "chat").await, "VALID");
    let again = by_scripts(&app, &path, &form).await;
    assert!(again.json()["Done"]["AlreadyRotated"].is_object(), "{}", again.body);
    assert!(!again.body.contains(&token) && !again.body.contains("sk_live_"));
}

#[tokio::test]
async fn mistakes_in_a_form_are_answered_with_200_and_the_errors() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let edit = format!("/keys/{}/edit", key.id);
    let sent = [("name", " "), ("limit_day", "1,000")];
    for (path, field, message) in [
        ("/keys/new", "environment", "Choose an environment."),
        ("/keys/new", "name", "Give the key a name."),
        (&edit, "name", "Give the key a name."),
        (
            &edit,
            "limit_day",
            "Requests a day: write a whole number, 1 to 1,000,000,000, digits only.",
        ),
    ] {
        let answer = by_scripts(&app, path, &sent).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let errors = answer.json()["Invalid"]["fields"].clone();
        let told = errors.as_array().unwrap().contains(&json!([field, message]));
        assert!(told, "{path} {field}: {errors}");
    }
    let rotate = by_scripts(&app, &format!("/keys/{}/rotate", key.id), &[("grace", "soon")]).await;
    assert_eq!(rotate.json()["Invalid"]["fields"][0][0], "grace");
}

#[tokio::test]
async fn the_second_of_two_editors_is_told_what_the_first_changed() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let path = format!("/keys/{}/edit", key.id);
    let saved = by_scripts(&app, &path, &[("name", "Store"), ("was_name", "Shop")]).await;
    assert_eq!(saved.json()["Done"]["Saved"]["name"], "Store", "{}", saved.body);
    let second = [
        ("name", "Shop"),
        ("was_name", "Shop"),
        ("limit_day", "5"),
        ("was_limit_day", ""),
    ];
    let answer = by_scripts(&app, &path, &second).await.json();
    let changed = &answer["Done"]["Changed"];
    assert_eq!(
        changed["changes"],
        json!([
            "owner changed this key meanwhile.",
            "The name is now “Store” (it was “Shop”)."
        ])
    );
    let merged = changed["form"].as_array().unwrap().clone();
    for pair in [["name", "Store"], ["was_name", "Store"], ["limit_day", "5"]] {
        assert!(merged.contains(&json!(pair)), "{pair:?}: {merged:?}");
    }
    let merged: Vec<(String, String)> = serde_json::from_value(json!(merged)).unwrap();
    let merged: Vec<(&str, &str)> = merged
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let again = by_scripts(&app, &path, &merged).await;
    assert_eq!(again.json()["Done"]["Saved"]["name"], "Store", "{}", again.body);
}

#[tokio::test]
async fn a_bulk_change_refuses_single_keys_that_the_person_may_not_change() {
    let app = TestApp::new().await.with_owner().await;
    let owners = app.create_own_key("Shop").await;
    let nobodys = app.create_key(Grant::All).await;
    let app = app.with_user(Role::Developer).await;
    let own = app.create_own_key("Mail").await;
    for action in ["Disable", "Delete"] {
        let ids = [&owners.id, "key_0000000000", &own.id, &nobodys.id];
        let answer = app
            .post_json("/api/keys/bulk", &json!({ "ids": ids, "action": action }))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let forbidden = "Developers can change only keys that they created. Ask an admin.";
        let gone = "There is no key key_0000000000. It may have been deleted.";
        assert_eq!(
            answer.json(),
            json!([
                { "id": owners.id, "refused": forbidden },
                { "id": "key_0000000000", "refused": gone },
                { "id": own.id, "refused": null },
                { "id": nobodys.id, "refused": forbidden },
            ]),
            "{action}"
        );
        assert_eq!(app.code(&owners.token, "chat").await, "VALID", "{action}");
        assert_eq!(app.code(&nobodys.token, "chat").await, "VALID", "{action}");
    }
    assert_eq!(app.code(&own.token, "chat").await, "NOT_FOUND");
}

#[tokio::test]
async fn a_developer_is_offered_only_their_own_keys() {
    let app = TestApp::new().await.with_owner().await;
    app.create_own_key("Shop").await;
    let app = app.with_user(Role::Developer).await;
    let own = app.create_own_key("Mail").await;
    let answer = app.post_json("/api/keys/ids", &json!({ "query": {} })).await;
    assert_eq!(answer.json(), json!([[own.id], null]));
}

#[tokio::test]
async fn the_proof_of_a_change_is_read_by_its_number() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let changed = app
        .post_json("/api/keys/disable", &json!({ "id": key.id }))
        .await
        .json();
    assert_eq!(changed["name"], "Shop");
    let change = changed["change"].as_i64().unwrap();
    for (effect, word) in [
        ("Refused", "Refused"),
        ("Accepted", "Accepted"),
        ("InForce", "In force"),
    ] {
        let body = json!({ "change": change, "effect": effect });
        let proof = app.post_json("/api/keys/proof", &body).await.json();
        let text = format!("{word} on 1 of 1 node after 0 ms.");
        let receipt = (effect == "Refused").then(|| format!("/changes/{change}/receipt.jws"));
        assert_eq!(proof, json!({ "text": text, "settled": true, "receipt": receipt }));
    }
    let unknown = json!({ "change": change + 1 });
    assert_eq!(app.post_json("/api/keys/proof", &unknown).await.status, 404);
}

#[tokio::test]
async fn the_history_needs_the_permission_to_change_the_key() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    for (role, told) in [(Role::Viewer, false), (Role::Developer, false), (Role::Admin, true)] {
        app.add_user(role).await;
        app.log_in(role).await;
        let details = app
            .post_json("/api/keys/details", &json!({ "id": key.id }))
            .await
            .json();
        assert_eq!(details["row"]["may_change"], told, "{role:?}");
        assert_eq!(details["history"].is_array(), told, "{role:?}");
    }
}

#[tokio::test]
async fn an_answer_never_leads_to_another_site() {
    let app = TestApp::new().await.with_owner().await;
    let answer = app
        .post_json("/api/keys/list", &json!({ "query": {} }))
        .header("accept", "text/html")
        .header("referer", "https://evil.example/")
        .await;
    assert_eq!((answer.status, answer.header("location")), (200, None));
}
