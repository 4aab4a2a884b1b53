use backend::audit::Actor;
use model::endpoint::Grant;
use model::role::Role;
use serde_json::{Value, json};

use crate::common::{TestApp, new_key, only};
use crate::manage::Program;

fn path(key: &Value) -> String {
    format!("/keys/{}", key["id"].as_str().unwrap())
}

#[tokio::test]
async fn only_the_fields_that_are_present_are_changed() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let new = json!({"name": "Shop", "environment": "default", "expiresAt": "2027-01-01T00:00:00Z", "rateLimit": {"minute": 5}});
    let made = program.post("/keys", &new).await.json();
    app.provisioned(made["token"].as_str().unwrap()).await;
    let before = program.get(&path(&made)).await;

    let answer = program.patch(&path(&made), &json!({"rateLimit": {"second": 3}})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut expected = before.json();
    expected["rateLimit"]["second"] = json!(3);
    assert_eq!(answer.json(), expected);
    assert_ne!(answer.header("etag"), before.header("etag"));

    let answer = program
        .patch(&path(&made), &json!({"name": "Store", "expiresAt": null}))
        .await;
    expected["name"] = json!("Store");
    expected["expiresAt"] = json!(null);
    assert_eq!(answer.json(), expected);
    let read = program.get(&path(&made)).await;
    assert_eq!((read.json(), read.header("etag")), (expected, answer.header("etag")));

    // Nothing is changed, and there is no event.
    let events = app.audit_events().await;
    let same = program.patch(&path(&made), &json!({"name": "Store"})).await;
    assert_eq!(
        (same.status, same.header("latchkey-change")),
        (200, answer.header("latchkey-change"))
    );
    assert_eq!(app.audit_events().await, events);
}

#[tokio::test]
async fn a_key_is_disabled_and_enabled_by_its_status() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let key = program.create_key("Shop").await;
    let token = key["token"].as_str().unwrap();
    for (status, code) in [("inactive", "INACTIVE"), ("active", "VALID")] {
        let answer = program.patch(&path(&key), &json!({"status": status})).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!(status)));
        assert_eq!(app.code(token, "chat").await, code, "in force before the answer");
        let change = answer.header("latchkey-change").unwrap();
        let proof = program.get(&format!("/changes/{change}/proof")).await.json();
        assert_eq!(proof["change"].to_string(), change);
    }
}

#[tokio::test]
async fn use_alone_changes_no_entity_tag() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let key = program.create_key("Shop").await;
    let before = program.get(&path(&key)).await;
    assert_eq!(app.code(key["token"].as_str().unwrap(), "chat").await, "VALID");
    app.services.usage.flush().await.unwrap();
    let after = program.get(&path(&key)).await;
    assert_ne!(after.json()["lastUsedAt"], before.json()["lastUsedAt"]);
    assert_eq!(after.header("etag"), before.header("etag"));
}

#[tokio::test]
async fn a_rotation_shows_the_new_token_and_the_old_one_goes_on() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let key = program.create_key("Shop").await;
    let answer = program
        .post(&format!("{}/rotate", path(&key)), &json!({"grace": "24h"}))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let rotated = answer.json();
    assert_eq!(rotated["id"], key["id"]);
    assert_ne!(rotated["token"], key["token"]);
    assert_eq!(rotated["oldTokens"][0]["maskedToken"], key["maskedToken"]);
    for token in [&rotated["token"], &key["token"]] {
        assert_eq!(app.code(token.as_str().unwrap(), "chat").await, "VALID");
    }
    let old = rotated["oldTokens"][0]["id"].as_str().unwrap();
    let ended = program.ask("DELETE", &format!("{}/old-tokens/{old}", path(&key))).await;
    assert_eq!((ended.status, ended.body.as_str()), (204, ""), "{}", ended.body);
    assert!(ended.header("latchkey-change").is_some());
    assert_eq!(app.code(key["token"].as_str().unwrap(), "chat").await, "NOT_FOUND");
    assert_eq!(app.code(rotated["token"].as_str().unwrap(), "chat").await, "VALID");
}

/// The list one page after the other: the names, and the number of pages.
async fn all_pages(program: &Program<'_>, query: &str) -> (Vec<String>, usize) {
    let (mut names, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let answer = program.get(&format!("/keys?{query}{cursor}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let page = answer.json();
        let data = page["data"].as_array().unwrap();
        names.extend(data.iter().map(|key| key["name"].as_str().unwrap().to_owned()));
        pages += 1;
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (names, pages),
        }
    }
}

#[tokio::test]
async fn a_list_is_read_page_by_page_in_every_order() {
    let app = TestApp::new().await;
    let viewer = Program::new(&app, "viewer", &[]).await;
    for number in 0..7 {
        let new = backend::keys::NewKey {
            name: format!("key {number}"),
            ..new_key(if number % 2 == 0 { Grant::All } else { only("image") })
        };
        app.create(&new).await;
        app.clock().advance(1);
    }
    let names = |numbers: &[usize]| numbers.iter().map(|number| format!("key {number}")).collect::<Vec<_>>();
    for (sort, expected) in [
        ("newest", [6, 5, 4, 3, 2, 1, 0]),
        ("oldest", [0, 1, 2, 3, 4, 5, 6]),
        ("name", [0, 1, 2, 3, 4, 5, 6]),
        ("-name", [6, 5, 4, 3, 2, 1, 0]),
    ] {
        let found = all_pages(&viewer, &format!("sort={sort}&limit=3")).await;
        assert_eq!(found, (names(&expected), 3), "{sort}");
    }
    assert_eq!(
        all_pages(&viewer, "limit=100").await,
        (names(&[6, 5, 4, 3, 2, 1, 0]), 1)
    );
    for sort in ["ending", "-ending", "used", "-used"] {
        assert_eq!(all_pages(&viewer, &format!("sort={sort}&limit=2")).await.1, 4, "{sort}");
    }
}

#[tokio::test]
async fn every_filter_of_the_screen_works() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let one = program.create_key("one").await;
    program.create_key("two").await;
    let granted = program
        .post(
            "/keys",
            &json!({"name": "three", "environment": "default", "endpoints": ["image"]}),
        )
        .await
        .json();
    app.provisioned(granted["token"].as_str().unwrap()).await;
    program.patch(&path(&one), &json!({"status": "inactive"})).await;
    for (query, expected) in [
        ("search=tw", vec!["two"]),
        ("status=inactive", vec!["one"]),
        ("status=inactive&status=active&sort=name", vec!["one", "three", "two"]),
        ("endpoint=image&sort=name", vec!["one", "three", "two"]),
        ("endpoint=chat&sort=name", vec!["one", "two"]),
        ("biasProfile=none&status=inactive", vec!["one"]),
        ("attention=expiring", vec![]),
        ("environment=default&sort=name", vec!["one", "three", "two"]),
        ("environment=nowhere", vec![]),
    ] {
        assert_eq!(all_pages(&program, query).await.0, expected, "{query}");
    }
}

#[tokio::test]
async fn what_a_key_is_for_is_changed_and_found() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let key = program.create_key("one").await;
    program.create_key("two").await;
    let changes = json!({"description": "Reads orders", "tags": ["EU", "billing", "eu"], "location": "Vault"});
    let answer = program.patch(&path(&key), &changes).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let key_now = answer.json();
    assert_eq!(
        (&key_now["description"], &key_now["tags"], &key_now["location"]),
        (&json!("Reads orders"), &json!(["billing", "eu"]), &json!("Vault"))
    );
    for (query, expected) in [
        ("tag=eu", vec!["one"]),
        ("tag=EU&tag=other", vec!["one"]),
        ("tag=other", vec![]),
        ("attention=owner-disabled", vec![]),
    ] {
        assert_eq!(all_pages(&program, query).await.0, expected, "{query}");
    }
    let emptied = json!({"description": null, "tags": [], "location": null});
    let emptied = program.patch(&path(&key), &emptied).await.json();
    assert_eq!(
        (&emptied["description"], &emptied["tags"], &emptied["location"]),
        (&json!(""), &json!([]), &json!(""))
    );
}

#[tokio::test]
async fn an_admin_gives_a_key_to_a_person() {
    let app = TestApp::new().await.with_owner().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let key = admin.create_key("one").await;
    let given = admin
        .patch(&path(&key), &json!({"owner": crate::common::email(Role::Owner)}))
        .await;
    assert_eq!(given.status, 200, "{}", given.body);
    let owner = &given.json()["owner"];
    assert_eq!((&owner["disabled"], &owner["name"]), (&json!(false), &json!("owner")));
    let read = admin.get(&path(&key)).await.json();
    assert_eq!(&read["owner"], owner);
    let own = app.create_own_key("two").await;
    let read = admin.get(&format!("/keys/{}", own.id)).await.json();
    assert_eq!(read["owner"], *owner);
}

#[tokio::test]
async fn a_denial_is_explained_and_usage_is_reported() {
    let app = TestApp::new().await;
    let viewer = Program::new(&app, "viewer", &[]).await;
    let key = app.create_key(only("chat")).await;
    let path = format!("/keys/{}", key.id);
    let question = json!({"method": "GET", "path": "/api/v1/img"});
    let decision = viewer.post(&format!("{path}/explain"), &question).await.json();
    assert_eq!(decision["code"], "FORBIDDEN");
    let failed = decision["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["passed"] == false);
    assert_eq!(failed.unwrap()["check"], "endpoint");

    let report = async || viewer.get(&format!("{path}/usage")).await.json();
    let before = report().await;
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
    assert_eq!(app.code(&key.token, "image").await, "FORBIDDEN");
    viewer.post(&format!("{path}/explain"), &question).await;
    let after = report().await;
    for outcome in ["allowed", "notPermitted"] {
        let count = |report: &Value| report["total"][outcome].as_u64().unwrap();
        assert_eq!(count(&after), count(&before) + 1, "{outcome}");
    }
    assert_eq!(after["buckets"].as_array().unwrap().len(), 24);
    let all = viewer.get("/usage?range=7d").await.json();
    assert_eq!(all["keys"][0]["id"], key.id);
    let record = app
        .services
        .keys
        .record(&Actor::command_line(), &model::id::KeyId::from_stored(key.id))
        .await;
    assert_eq!(record.unwrap().row.used_24h, 1);
}
