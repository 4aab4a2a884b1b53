//! Who may do what: each operation with each role, with a key of somebody else, and within environments.

use backend::audit::Actor;
use model::endpoint::Grant;
use model::environment::EnvironmentForm;
use serde_json::{Value, json};

use super::{Program, operations};
use crate::common::{Answer, TestApp, new_key};

/// The roles that a service account can have, and one that it cannot have.
const ROLES: [&str; 4] = ["viewer", "developer", "admin", "owner"];

/// The lowest role that may use an operation, and a body that it takes.
fn rule(method: &str, path: &str, number: usize) -> (&'static str, Value) {
    let name = format!("thing-{number}");
    match (method, path) {
        ("GET", "/audit-events" | "/nodes")
        | ("DELETE", "/endpoints/{name}" | "/profiles/{id}" | "/customers/{id}") => ("admin", json!(null)),
        ("GET", "/changes/{n}/receipt") | ("DELETE", "/keys/{id}" | "/keys/{id}/old-tokens/{token}") => {
            ("developer", json!(null))
        }
        ("GET", "/users" | "/users/{id}" | "/service-accounts" | "/service-accounts/{id}") => ("owner", json!(null)),
        ("GET", _) => ("viewer", json!(null)),
        ("POST", "/keys/{id}/explain") => ("viewer", json!({"method": "GET", "path": "/x"})),
        ("POST", "/keys") => ("developer", json!({"name": "Shop", "environment": "default"})),
        ("POST", "/keys/import") => {
            let sha256 = format!("{number:064x}");
            let key = json!({"sha256": sha256, "name": "Shop", "environment": "default"});
            ("developer", json!({ "keys": [key] }))
        }
        ("POST", "/keys/{id}/rotate") => ("developer", json!({"grace": "1h"})),
        ("PATCH", "/keys/{id}") => ("developer", json!({"name": "Store"})),
        ("POST", "/environments") => ("admin", json!({"name": name, "kind": "test"})),
        ("PATCH", "/environments/{id}" | "/profiles/{id}") | ("POST", "/profiles") => ("admin", json!({"name": name})),
        ("POST", "/endpoints") => (
            "admin",
            json!({"name": name, "title": name, "patterns": [{"method": "GET", "path": format!("/{name}")}]}),
        ),
        ("POST", "/customers") => ("developer", json!({"externalId": name, "name": name})),
        ("POST", "/customers/import") => ("developer", json!({"customers": [{"externalId": name, "name": name}]})),
        ("PATCH", "/customers/{id}") => ("developer", json!({"name": name})),
        ("PATCH", "/endpoints/{name}") => ("admin", json!({"title": name})),
        _ => panic!("no table says who may {method} {path}"),
    }
}

async fn json_of(call: crate::common::Call<'_>) -> Value {
    let answer: Answer = call.await;
    assert!(answer.status < 300, "{} {}", answer.status, answer.body);
    answer.json()
}

#[tokio::test]
async fn every_operation_admits_the_roles_of_the_table() {
    let app = TestApp::new().await;
    let admin = Program::named(&app, "helper", "admin", &[]).await;
    let somebody = app.somebody().await;
    for role in &ROLES[..3] {
        let program = Program::new(&app, role, &[]).await;
        for (number, (method, path)) in operations().into_iter().enumerate() {
            app.clock().advance(2_000);
            let number = number + 1_000 * ROLES.iter().position(|known| known == role).unwrap();
            let (lowest, body) = rule(&method, &path, number);
            let may = ROLES.iter().position(|known| known == role) >= ROLES.iter().position(|known| *known == lowest);
            let key = if *role == "viewer" {
                admin.create_key("Shop").await
            } else {
                program.create_key("Shop").await
            };
            let key_id = key["id"].as_str().unwrap().to_owned();
            let owner = if *role == "viewer" { &admin } else { &program };
            let rotation = owner
                .post(&format!("/keys/{key_id}/rotate"), &json!({"grace": "7d"}))
                .await;
            let change = rotation.header("latchkey-change").unwrap().to_owned();
            let rotated = rotation.json();
            let things = format!("of-{number}");
            let environment = json_of(admin.post("/environments", &json!({"name": things, "kind": "test"}))).await;
            let profile = json_of(admin.post("/profiles", &json!({"name": things}))).await;
            let endpoint =
                json!({"name": things, "title": things, "patterns": [{"method": "PUT", "path": format!("/{things}")}]});
            json_of(admin.post("/endpoints", &endpoint)).await;
            let customer = json_of(admin.post("/customers", &json!({"externalId": things, "name": things}))).await;
            let account = app
                .services
                .service_accounts
                .list_all(&Actor::command_line())
                .await
                .unwrap();
            let id = match path.split('/').nth(1).unwrap() {
                "environments" => environment["id"].as_str().unwrap().to_owned(),
                "profiles" => profile["id"].as_str().unwrap().to_owned(),
                "customers" => customer["id"].as_str().unwrap().to_owned(),
                "users" => somebody.clone(),
                "service-accounts" => account[0].id.to_string(),
                _ => key_id,
            };
            let filled = path
                .replace("{id}", &id)
                .replace("{token}", rotated["oldTokens"][0]["id"].as_str().unwrap())
                .replace("{name}", &things)
                .replace("{n}", &change);
            let call = if body.is_null() {
                program.ask(&method, &filled)
            } else {
                program.send(&method, &filled, &body)
            };
            let answer = call.await;
            if may {
                let is_early = answer.status == 409 && path.ends_with("/receipt");
                assert!(
                    answer.status < 300 || is_early,
                    "{role} {method} {path}: {} {}",
                    answer.status,
                    answer.body
                );
                assert_eq!(
                    answer.header("etag").is_some(),
                    has_tag(&method, &path),
                    "{method} {path}"
                );
            } else {
                assert_eq!(answer.status, 403, "{role} {method} {path}: {}", answer.body);
                assert_eq!(answer.problem(), "ERR_FORBIDDEN");
            }
        }
    }
}

/// Whether an operation answers with one object.
fn has_tag(method: &str, path: &str) -> bool {
    let object = matches!(
        path,
        "/keys/{id}"
            | "/environments/{id}"
            | "/profiles/{id}"
            | "/customers/{id}"
            | "/endpoints/{name}"
            | "/users/{id}"
            | "/service-accounts/{id}"
    );
    let made = matches!(
        path,
        "/keys" | "/environments" | "/endpoints" | "/profiles" | "/customers" | "/keys/{id}/rotate"
    );
    match method {
        "GET" | "PATCH" => object,
        "POST" => made,
        _ => false,
    }
}

#[tokio::test]
async fn a_developer_changes_only_the_keys_that_it_created() {
    let app = TestApp::new().await;
    let (one, other) = (
        Program::named(&app, "one", "developer", &[]).await,
        Program::named(&app, "other", "developer", &[]).await,
    );
    let key = one.create_key("Shop").await;
    let path = format!("/keys/{}", key["id"].as_str().unwrap());
    assert_eq!(other.get(&path).await.status, 200);
    for (method, body) in [("PATCH", json!({"name": "Mine"})), ("DELETE", json!({}))] {
        let answer = other.send(method, &path, &body).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (403, "ERR_FORBIDDEN"),
            "{method}"
        );
    }
    let answer = other.post(&format!("{path}/rotate"), &json!({"grace": "now"})).await;
    assert_eq!(answer.status, 403);
    assert_eq!(one.patch(&path, &json!({"name": "Mine"})).await.status, 200);
}

#[tokio::test]
async fn a_program_that_is_kept_to_an_environment_sees_nothing_else() {
    let app = TestApp::new().await;
    let staging = EnvironmentForm {
        name: "staging".to_owned(),
        kind: "test".to_owned(),
    };
    let by = Actor::command_line();
    app.services.environments.create(&by, &staging).await.unwrap();
    let hidden = app.create(&new_key(Grant::All)).await;
    let program = Program::new(&app, "admin", &["staging"]).await;
    let new = |environment: &str| json!({"name": "Shop", "environment": environment});
    let refused = program.post("/keys", &new("default")).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "ERR_INVALID"));
    assert_eq!(refused.json()["errors"][0]["field"], "environment");
    let made = program.post("/keys", &new("staging")).await;
    assert_eq!(made.status, 201, "{}", made.body);

    let path = format!("/keys/{}", hidden.id);
    for (method, path, body) in [
        ("GET", path.clone(), json!({})),
        ("GET", format!("{path}/usage"), json!({})),
        ("PATCH", path.clone(), json!({"name": "x"})),
        ("DELETE", path.clone(), json!({})),
        ("POST", format!("{path}/rotate"), json!({"grace": "now"})),
        (
            "POST",
            format!("{path}/explain"),
            json!({"method": "GET", "path": "/x"}),
        ),
    ] {
        let answer = program.send(method, &path, &body).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (404, "ERR_NOT_FOUND"),
            "{method} {path}"
        );
    }
    let list = program.get("/keys").await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][0]["id"], made.json()["id"]);
    let environments = program.get("/environments").await.json();
    assert_eq!(environments["data"].as_array().unwrap().len(), 1);
    let beyond = program
        .post("/environments", &json!({"name": "more", "kind": "test"}))
        .await;
    assert_eq!(beyond.status, 403);
}
