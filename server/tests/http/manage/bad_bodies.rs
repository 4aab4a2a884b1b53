//! Bad input to every operation of the description: each gets a 4xx that names what is wrong, and nothing is done.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::stream::{self, StreamExt as _};
use model::role::Role;
use serde_json::{Map, Value, json};

use super::reach::Case;
use super::roles::{World, rule};
use super::{Program, description, operations};
use crate::common::{Answer, TestApp};
use crate::manage_keys_import::key;

/// More than one can nest anything here.
const DEEP: usize = 1_000;

/// The fields that a problem names.
fn fields(answer: &Answer) -> Vec<String> {
    answer.problem();
    let errors = answer.json()["errors"].clone();
    let errors = errors.as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .map(|error| error["field"].as_str().unwrap().to_owned())
        .collect()
}

/// Asserts that an answer names this field, or something in it.
fn assert_names(answer: &Answer, status: u16, field: &str, what: &str) {
    let shown: String = answer.body.chars().take(300).collect();
    assert_eq!(answer.status, status, "{what}: {shown}");
    let named = fields(answer);
    let is_it = |name: &String| {
        name.strip_prefix(field)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    assert!(named.iter().any(is_it), "{what}: {named:?}");
    assert!(
        answer.body.len() < 3_000,
        "{what}: an answer repeats little of the request"
    );
}

/// The properties of the body that an operation takes; `None` where it takes none.
fn properties(description: &Value, method: &str, path: &str) -> Option<Map<String, Value>> {
    let operation = &description["paths"][format!("{}{path}", super::PREFIX)][method.to_lowercase()];
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let name = schema["$ref"].as_str()?.rsplit('/').next().unwrap();
    description["components"]["schemas"][name]["properties"]
        .as_object()
        .cloned()
}

/// Whether a property is a text of any kind.
fn is_text(property: &Value) -> bool {
    let kind = &property["type"];
    *kind == "string" || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("string")))
}

/// An operation that takes a body, with a thing that it can be asked about.
struct Target {
    method: String,
    path: String,
    body: Value,
    properties: Map<String, Value>,
}

async fn targets(world: &World<'_>) -> Vec<Target> {
    let description = description();
    let mut all = Vec::new();
    for (number, (method, path)) in operations().into_iter().enumerate() {
        let Some(properties) = properties(&description, &method, &path) else {
            continue;
        };
        let case = Case {
            role: Role::Admin,
            kept: false,
            own: false,
            inside: true,
        };
        world.helper.app.clock().advance(500);
        let thing = world.thing(&path, number, case, &world.helper).await;
        all.push(Target {
            body: rule(&method, &path, number).1,
            path: thing.fill(&path),
            method,
            properties,
        });
    }
    assert!(all.len() > 10, "{}", all.len());
    all
}

/// Values that no property takes. A text with a control character is none for those that are a text.
fn wrong_values(property: &Value) -> Vec<(&'static str, Value)> {
    let mut wrong = vec![
        ("a deep list", (0..DEEP).fold(json!(1), |value, _| json!([value]))),
        (
            "a deep object",
            (0..DEEP).fold(json!(1), |value, _| json!({"a": value})),
        ),
    ];
    if is_text(property) {
        wrong.push(("a number", json!(5)));
        wrong.push(("a control character", json!("a\u{1}b")));
        wrong.push(("a long text", json!("x".repeat(900_000))));
    } else {
        wrong.push(("a text", json!("\u{0}")));
    }
    wrong
}

#[tokio::test]
async fn every_field_of_every_body_is_named_where_it_is_wrong() {
    let app = TestApp::new().await;
    let world = World::new(&app).await;
    let targets = targets(&world).await;
    let events = app.audit_events().await;
    for target in &targets {
        let Target {
            method,
            path,
            body,
            properties,
        } = target;
        for (name, property) in properties {
            for (kind, value) in wrong_values(property) {
                app.clock().advance(50);
                // A question is about what a client may send, which is any text.
                if path.ends_with("/explain") && value.is_string() {
                    continue;
                }
                let mut body = body.clone();
                body[name] = value;
                let answer = world.helper.send(method, path, &body).await;
                assert_names(&answer, 422, name, &format!("{method} {path} {name} is {kind}"));
            }
        }
        let mut unknown = body.clone();
        unknown["unknown"] = json!(1);
        let answer = world.helper.send(method, path, &unknown).await;
        assert_names(&answer, 422, "unknown", &format!("{method} {path}"));
        for whole in [json!([body]), json!("x"), json!(null), json!(5)] {
            app.clock().advance(50);
            let answer = world.helper.send(method, path, &whole).await;
            assert_names(&answer, 422, "body", &format!("{method} {path} {whole}"));
        }
    }
    assert_eq!(app.audit_events().await, events, "nothing was done");
}

#[tokio::test]
async fn every_body_that_is_no_json_or_too_large_is_told_so() {
    let app = TestApp::new().await;
    let world = World::new(&app).await;
    for Target { method, path, .. } in targets(&world).await {
        app.clock().advance(200);
        let send = |kind: &str, body: Vec<u8>| {
            let call = world.helper.ask(&method, &path).header("content-type", kind);
            call.body(body)
        };
        let what = format!("{method} {path}");
        let answer = send("application/json", vec![b' '; 1024 * 1024 + 1]).await;
        assert_names(&answer, 413, "body", &what);
        for broken in [b"".as_slice(), b"{", b"\xff", b"\xef\xbb\xbf{}"] {
            let answer = send("application/json", broken.to_vec()).await;
            assert_names(&answer, 400, "body", &what);
        }
        let answer = send("text/plain", b"{}".to_vec()).await;
        assert_names(&answer, 415, "Content-Type", &what);
    }
    // The field in which the text stops to be JSON.
    for (name, status) in [
        ("\"a\u{1}b\"", 400),
        ("\"\\x\"", 400),
        ("tru", 400),
        ("\"\\ud800\"", 422),
    ] {
        let body = format!("{{\"name\": {name}, \"environment\": \"default\"}}");
        let call = world
            .helper
            .ask("POST", "/keys")
            .header("content-type", "application/json");
        assert_names(&call.body(body).await, status, "name", name);
    }
}

#[tokio::test]
async fn an_id_of_another_kind_is_not_found_by_any_operation() {
    const IDS: [&str; 12] = [
        "key_0000000000",
        "env_0000000000",
        "prof_0000000000",
        "cus_0000000000",
        "usr_0000000000",
        "svc_0000000000",
        "external:nobody",
        "external:%01",
        "%00",
        "%FF",
        "..%2Fkeys",
        "18446744073709551616",
    ];
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let long = "x".repeat(3_000);
    for (method, path) in operations() {
        if !path.contains('{') {
            continue;
        }
        let (_, body) = rule(&method, &path, 0);
        for id in IDS.into_iter().chain([long.as_str()]) {
            app.clock().advance(50);
            let filled = ["{id}", "{name}", "{token}", "{n}"]
                .into_iter()
                .fold(path.clone(), |path, parameter| path.replace(parameter, id));
            let answer = if body.is_null() {
                admin.ask(&method, &filled).await
            } else {
                admin.send(&method, &filled, &body).await
            };
            let code = answer.problem();
            // Which people and service accounts there are is for owners.
            let is_hidden =
                answer.status == 403 && (path.starts_with("/users") || path.starts_with("/service-accounts"));
            assert!(
                is_hidden || (answer.status, code.as_str()) == (404, "ERR_NOT_FOUND"),
                "{method} {path} {id}: {}",
                answer.body
            );
        }
    }
}

#[tokio::test]
async fn every_list_refuses_a_cursor_that_it_has_not_made() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    for _ in 0..2 {
        admin.create_key("Shop").await;
    }
    let page = admin.get("/keys?limit=1").await.json();
    let of_keys = page["nextCursor"].as_str().unwrap().to_owned();
    let long = "A".repeat(3_000);
    let description = description();
    let mut lists = 0;
    for (method, path) in operations() {
        let operation = &description["paths"][format!("{}{path}", super::PREFIX)][method.to_lowercase()];
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        if !parameters.iter().any(|parameter| parameter["name"] == "cursor") {
            continue;
        }
        lists += 1;
        for cursor in ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAA", "%00", "%FF", &long, &of_keys] {
            app.clock().advance(50);
            if path == "/keys" && cursor == of_keys {
                continue;
            }
            let answer = admin.get(&format!("{path}?limit=1&cursor={cursor}")).await;
            assert_names(&answer, 400, "cursor", &format!("{path} {cursor}"));
        }
        for (query, field) in [
            ("limit=1&limit=2", "limit"),
            ("cursor=a&cursor=b", "cursor"),
            ("%00=1", "\0"),
        ] {
            let answer = admin.get(&format!("{path}?{query}")).await;
            assert_names(&answer, 400, field, &format!("{path}?{query}"));
        }
    }
    assert!(lists >= 7, "{lists}");
    let filtered = format!("/keys?status=active&limit=1&cursor={of_keys}");
    assert_names(&admin.get(&filtered).await, 400, "cursor", &filtered);
    for id in ["key_0000000000", "cus_0000000000", "x"] {
        let path = format!("/keys?biasProfile={id}");
        assert_names(&admin.get(&path).await, 400, "biasProfile", &path);
    }
}

/// The token of a rotation has no form of its own, so any text may be asked for.
#[tokio::test]
async fn an_old_token_that_a_key_does_not_have_is_not_found() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let key = admin.create_key("Shop").await;
    for token in ["%00", "%FF", "0000000000000000", "x", &"0".repeat(3_000)] {
        let path = format!("/keys/{}/old-tokens/{token}", key["id"].as_str().unwrap());
        let answer = admin.ask("DELETE", &path).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (404, "ERR_NOT_FOUND"),
            "{token}: {}",
            answer.body
        );
    }
}

/// Half of a body for a path, which would make something.
fn half(path: &str) -> (Bytes, usize) {
    let whole = match path {
        "/keys" => json!({"name": "Shop", "environment": "default"}),
        _ => json!({"keys": [key("sk-one"), key("sk-two")]}),
    };
    let mut text = whole.to_string().into_bytes();
    let length = text.len();
    text.truncate(length / 2);
    (Bytes::from(text), length)
}

#[tokio::test]
async fn a_body_that_does_not_end_is_given_up_and_makes_nothing() {
    for path in ["/keys", "/keys/import"] {
        let app = TestApp::new().await;
        let program = Program::new(&app, "developer", &[]).await;
        let events = app.audit_events().await;
        let (half, length) = half(path);
        // The sender is known by then. From here on, the clock jumps forward as soon as all tasks wait.
        let begun = stream::once(async move {
            tokio::time::pause();
            Ok::<_, Infallible>(half)
        });
        let call = program
            .ask("POST", path)
            .header("content-type", "application/json")
            .header("content-length", &length.to_string())
            .header("idempotency-key", "order-1")
            .body(Body::from_stream(begun.chain(stream::pending())));
        let started = tokio::time::Instant::now();
        let answer = call.await;
        assert_names(&answer, 408, "body", path);
        assert_eq!(answer.problem(), "ERR_TIMEOUT");
        assert!(started.elapsed() <= Duration::from_secs(11));
        tokio::time::resume();
        assert_eq!(app.audit_events().await, events, "{path}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_within_the_body_makes_nothing() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let events = app.audit_events().await;
    for path in ["/keys", "/keys/import"] {
        let broken = Err(io::Error::from(io::ErrorKind::ConnectionReset));
        let pieces = stream::iter([Ok(half(path).0), broken]);
        let call = program.ask("POST", path).header("content-type", "application/json");
        let answer = call.body(Body::from_stream(pieces)).await;
        assert_names(&answer, 400, "body", path);
    }
    assert_eq!(app.audit_events().await, events);
}
