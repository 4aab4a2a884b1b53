//! The description and the routes are the same.

use super::{PREFIX, description, operations};
use crate::common::TestApp;
use crate::manage::Program;

/// A path with something in the place of each parameter.
fn filled(path: &str) -> String {
    path.replace("{id}", "key_0000000000")
        .replace("{token}", "0000000000000000")
        .replace("{name}", "chat")
        .replace("{n}", "1")
}

#[tokio::test]
async fn every_operation_answers_401_without_credentials() {
    let app = TestApp::new().await;
    for (method, path) in operations() {
        // Time passes, since an address may fail only so often.
        app.clock().advance(1_000);
        let answer = app.get(&format!("{PREFIX}{}", filled(&path))).method(&method).await;
        assert_eq!(answer.status, 401, "{method} {path}");
        assert_eq!(answer.problem(), "ERR_UNAUTHENTICATED", "{method} {path}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"latchkey\""));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

/// A described operation that is not routed would answer 404 or 405.
#[tokio::test]
async fn every_described_operation_is_routed_and_no_other_method_is() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let all = operations();
    for (_, path) in &all {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            app.clock().advance(100);
            let is_described = all.contains(&(method.to_owned(), path.clone()));
            // A body that is no JSON: nothing is done.
            let answer = admin
                .ask(method, &format!("{}?unknown=1", filled(path)))
                .header("content-type", "application/json")
                .body("{")
                .await;
            let code = answer.problem();
            if is_described {
                assert_eq!(code, "ERR_BAD_REQUEST", "{method} {path}: {}", answer.body);
                assert_eq!(answer.status, 400);
            } else {
                assert_eq!(code, "ERR_METHOD_NOT_ALLOWED", "{method} {path}: {}", answer.body);
                let allowed = answer.header("allow").unwrap();
                for (other, other_path) in &all {
                    assert!(
                        other_path != path || allowed.contains(other.as_str()),
                        "{allowed} of {path}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn the_description_needs_no_credentials_and_covers_the_verifier() {
    let app = TestApp::new().await;
    let answer = app.get("/manage/v1/openapi.json").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let served = answer.json();
    assert_eq!(served, description());
    assert!(served["openapi"].as_str().unwrap().starts_with("3.1"));
    for path in server::http::verifier_paths() {
        let path = path.trim_end_matches('/').replace("{*path}", "{path}");
        assert!(served["paths"][&path].is_object(), "{path} is not described");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_a_problem_too() {
    let app = TestApp::new().await;
    let viewer = Program::new(&app, "viewer", &[]).await;
    for path in ["", "/", "/nothing", "/keys/", "/keys/a/b/c"] {
        let answer = viewer.get(path).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (404, "ERR_NOT_FOUND"),
            "{path}"
        );
    }
    let answer = app.get("/manage/v1/openapi.json").method("POST").await;
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (405, "ERR_METHOD_NOT_ALLOWED")
    );
}

#[test]
fn the_manual_has_every_code_and_path() {
    let manual = include_str!("../../../../docs/API.md");
    for code in server::http::ManageProblemCode::ALL {
        let row = format!("| {} | `{}` |", code.status(), code.as_str());
        assert!(manual.contains(&row), "{row}");
    }
    for (_, path) in operations() {
        assert!(manual.contains(&format!("{path}`")), "{path} is not in API.md");
    }
}

/// Every status that an answer has in these tests is described: this checks those that the middleware makes.
#[test]
fn every_operation_describes_its_errors_and_headers() {
    let description = description();
    for (method, path) in operations() {
        let operation = &description["paths"][format!("{PREFIX}{path}")][method.to_lowercase()];
        for status in ["400", "401", "403", "429", "500", "503"] {
            assert!(operation["responses"][status].is_object(), "{method} {path} {status}");
        }
        let success = operation["responses"].as_object().unwrap().iter().next().unwrap();
        assert!(success.0.starts_with('2'), "{method} {path}");
        let headers = &success.1["headers"];
        let changes = method != "GET" && !path.ends_with("/explain");
        assert_eq!(headers["Latchkey-Change"].is_object(), changes, "{method} {path}");
        assert_eq!(operation["responses"]["404"].is_object(), path.contains('{'));
        let parameters = operation["parameters"].to_string();
        assert_eq!(parameters.contains("parameters/Idempotency-Key"), method == "POST");
        assert_eq!(
            parameters.contains("parameters/If-Match"),
            method == "PATCH" || method == "DELETE"
        );
    }
}
