//! Bad input: a 4xx that names what is wrong.

use serde_json::{Value, json};

use super::Program;
use crate::common::{Answer, TestApp};

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

/// A request, and the field that is wrong in it.
type Case = (&'static str, String, Value, &'static str);

/// Keys that cannot be made.
fn wrong_keys() -> Vec<Case> {
    let with = |field: &str, value: Value| {
        let mut new = json!({"name": "Shop", "environment": "default"});
        new[field] = value;
        new
    };
    let deep = (0..1_000).fold(json!(1), |value, _| json!([value]));
    vec![
        ("POST", "/keys".to_owned(), json!({}), "name"),
        ("POST", "/keys".to_owned(), json!({"name": "Shop"}), "environment"),
        ("POST", "/keys".to_owned(), json!([]), "body"),
        ("POST", "/keys".to_owned(), json!("x"), "body"),
        ("POST", "/keys".to_owned(), with("unknown", json!(1)), "unknown"),
        ("POST", "/keys".to_owned(), with("name", json!(5)), "name"),
        ("POST", "/keys".to_owned(), with("name", json!(null)), "name"),
        ("POST", "/keys".to_owned(), with("name", json!("")), "name"),
        ("POST", "/keys".to_owned(), with("name", json!("a\u{0}b")), "name"),
        ("POST", "/keys".to_owned(), with("name", json!("a\nb")), "name"),
        (
            "POST",
            "/keys".to_owned(),
            with("name", json!("x".repeat(500_000))),
            "name",
        ),
        ("POST", "/keys".to_owned(), with("name", deep), "name"),
        (
            "POST",
            "/keys".to_owned(),
            with("environment", json!("nowhere")),
            "environment",
        ),
        (
            "POST",
            "/keys".to_owned(),
            with("endpoints", json!(["nothing"])),
            "endpoints",
        ),
        ("POST", "/keys".to_owned(), with("endpoints", json!([])), "endpoints"),
        (
            "POST",
            "/keys".to_owned(),
            with("endpoints", json!([1])),
            "endpoints[0]",
        ),
        (
            "POST",
            "/keys".to_owned(),
            with("endpoints", json!(vec!["chat"; 1_001])),
            "endpoints",
        ),
        (
            "POST",
            "/keys".to_owned(),
            with("biasProfile", json!("prof_0000000000")),
            "biasProfile",
        ),
        (
            "POST",
            "/keys".to_owned(),
            with("biasProfile", json!("key_0000000000")),
            "biasProfile",
        ),
        (
            "POST",
            "/keys".to_owned(),
            with("expiresAt", json!("yesterday")),
            "expiresAt",
        ),
        (
            "POST",
            "/keys".to_owned(),
            with("expiresAt", json!("2001-01-01T00:00:00Z")),
            "expiresAt",
        ),
        (
            "POST",
            "/keys".to_owned(),
            with("rateLimit", json!({"second": 0})),
            "rateLimit.second",
        ),
        (
            "POST",
            "/keys".to_owned(),
            with("rateLimit", json!({"second": -1})),
            "rateLimit.second",
        ),
        (
            "POST",
            "/keys".to_owned(),
            with("rateLimit", json!({"hour": 1})),
            "rateLimit.hour",
        ),
        (
            "POST",
            "/keys".to_owned(),
            with("allowedAddresses", json!(["nowhere"])),
            "allowedAddresses",
        ),
    ]
}

/// Other bodies that are wrong; `key` is the path of a key.
fn wrong_others(key: &str) -> Vec<Case> {
    vec![
        ("PATCH", key.to_owned(), json!([]), "body"),
        ("PATCH", key.to_owned(), json!({"status": "expired"}), "status"),
        ("PATCH", key.to_owned(), json!({"name": null}), "name"),
        ("PATCH", key.to_owned(), json!({"tags": null}), "tags"),
        ("PATCH", key.to_owned(), json!({"tags": ["a+b"]}), "tags"),
        ("PATCH", key.to_owned(), json!({"tags": vec!["x"; 101]}), "tags"),
        (
            "PATCH",
            key.to_owned(),
            json!({"description": "x".repeat(201)}),
            "description",
        ),
        ("PATCH", key.to_owned(), json!({"location": "a\u{0}b"}), "location"),
        ("PATCH", key.to_owned(), json!({"owner": "nobody@example.com"}), "owner"),
        ("PATCH", key.to_owned(), json!({"owner": "a\u{0}b"}), "owner"),
        ("PATCH", key.to_owned(), json!({"endpoints": ["chat"]}), "endpoints"),
        ("POST", format!("{key}/rotate"), json!({"grace": "2h"}), "grace"),
        ("POST", format!("{key}/rotate"), json!({}), "grace"),
        (
            "POST",
            format!("{key}/explain"),
            json!({"method": "", "path": "x"}),
            "method",
        ),
        (
            "POST",
            "/environments".to_owned(),
            json!({"name": "x", "kind": "odd"}),
            "kind",
        ),
        (
            "POST",
            "/environments".to_owned(),
            json!({"name": "Default", "kind": "live"}),
            "name",
        ),
        (
            "POST",
            "/endpoints".to_owned(),
            json!({"name": "a", "title": "A", "patterns": [{"method": "GET", "path": "/a\nGET /b"}]}),
            "patterns[0]",
        ),
        (
            "POST",
            "/endpoints".to_owned(),
            json!({"name": "A B", "title": "A", "patterns": []}),
            "name",
        ),
        ("PATCH", "/endpoints/chat".to_owned(), json!([]), "body"),
        ("PATCH", "/endpoints/chat".to_owned(), json!({"title": ""}), "title"),
        (
            "PATCH",
            "/endpoints/chat".to_owned(),
            json!({"patterns": []}),
            "patterns",
        ),
        ("POST", "/profiles".to_owned(), json!({"name": ""}), "name"),
        (
            "POST",
            "/profiles".to_owned(),
            json!({"name": "a", "categories": [{"category": "luck", "on": true, "threshold": 1, "action": "flag"}]}),
            "categories[0].category",
        ),
        (
            "POST",
            "/profiles".to_owned(),
            json!({"name": "a", "categories": [{"category": "age", "on": true, "threshold": 101, "action": "flag"}]}),
            "categories[0].threshold",
        ),
    ]
}

#[tokio::test]
async fn a_body_is_told_what_is_wrong_where() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let key = admin.create_key("Shop").await;
    let path = format!("/keys/{}", key["id"].as_str().unwrap());
    let events = app.audit_events().await;
    for (method, path, body, field) in wrong_keys().into_iter().chain(wrong_others(&path)) {
        app.clock().advance(50);
        let answer = admin.send(method, &path, &body).await;
        let shown: String = body.to_string().chars().take(100).collect();
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (422, "ERR_INVALID"),
            "{method} {path} {shown}"
        );
        assert!(
            fields(&answer).contains(&field.to_owned()),
            "{method} {path} {shown}: {}",
            answer.body
        );
        assert!(answer.body.len() < 3_000, "an answer repeats little of the request");
    }
    assert_eq!(app.audit_events().await, events, "nothing was done");
}

#[tokio::test]
async fn a_parameter_is_told_what_is_wrong() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    for (path, field) in [
        ("/keys?limit=0", "limit"),
        ("/keys?limit=101", "limit"),
        ("/keys?limit=x", "limit"),
        ("/keys?cursor=made-up", "cursor"),
        ("/keys?cursor=AAAAAAAAAAAAAAAAAAAAAAAA", "cursor"),
        ("/keys?cursor=", "cursor"),
        ("/keys?status=odd", "status"),
        ("/keys?sort=odd", "sort"),
        ("/keys?attention=odd", "attention"),
        ("/keys?attention=", "attention"),
        ("/keys?tag=", "tag"),
        ("/keys?tag=good&tag=a%2Bb", "tag"),
        ("/keys?creator=odd", "creator"),
        ("/keys?expiry=odd", "expiry"),
        ("/audit-events?from=", "from"),
        ("/audit-events?to=", "to"),
        ("/keys?unknown=1", "unknown"),
        ("/environments?limit=-1", "limit"),
        ("/environments?cursor=x", "cursor"),
        ("/endpoints?retired=maybe", "retired"),
        ("/profiles?cursor=x", "cursor"),
        ("/audit-events?from=yesterday", "from"),
        ("/audit-events?to=x", "to"),
        ("/audit-events?cursor=1", "cursor"),
        ("/usage?range=1h", "range"),
        ("/usage?range=", "range"),
        ("/usage?from=", "from"),
        ("/usage?to=yesterday", "to"),
        ("/usage?from=2001-02-20", "from"),
        ("/usage?from=2200-02-20", "from"),
        ("/usage?key=nothing-is-called-so", "key"),
        ("/usage?customer=acme", "customer"),
        ("/usage?customer=external:nobody", "customer"),
        ("/usage?customer=cus_0123456789&key=key_0123456789", "customer"),
        ("/nodes?x=1", "x"),
    ] {
        let answer = admin.get(path).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (400, "ERR_BAD_REQUEST"),
            "{path}: {}",
            answer.body
        );
        assert_eq!(fields(&answer), [field], "{path}");
    }
}

#[tokio::test]
async fn an_id_of_another_kind_is_not_found() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    for (path, named) in [
        ("/keys/env_0000000000", true),
        ("/keys/key_0000000000", false),
        ("/keys/%00", true),
        ("/keys/%ff", true),
        ("/environments/key_0000000000", true),
        ("/environments/env_0000000000", false),
        ("/profiles/prof_0000000000", false),
        ("/profiles/x", true),
        ("/endpoints/nothing", false),
        ("/endpoints/a%00b", false),
        ("/changes/0/proof", false),
        ("/changes/-1/proof", true),
        ("/changes/99999999999999999999/proof", true),
        ("/changes/x/receipt", true),
    ] {
        let answer = admin.get(path).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (404, "ERR_NOT_FOUND"),
            "{path}: {}",
            answer.body
        );
        assert_eq!(!fields(&answer).is_empty(), named, "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_or_no_json_is_refused() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(1024 * 1024));
    let json = |body: String| {
        admin
            .ask("POST", "/keys")
            .header("content-type", "application/json")
            .body(body)
    };
    let answer = json(large.clone()).await;
    assert_eq!((answer.status, answer.problem().as_str()), (413, "ERR_TOO_LARGE"));
    // What says in its head that it is too large is not read.
    let answer = json("{".to_owned()).header("content-length", "2000000").await;
    assert_eq!((answer.status, answer.problem().as_str()), (413, "ERR_TOO_LARGE"));
    for body in [
        "",
        "{",
        r#"{"name": "a", "environment": "default"} {}"#,
        "nothing",
        "{\"name\": \"\u{1}\"}",
    ] {
        let answer = json(body.to_owned()).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (400, "ERR_BAD_REQUEST"),
            "{body}"
        );
    }
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
    ] {
        let answer = admin
            .ask("POST", "/keys")
            .header("content-type", content_type)
            .body("{}")
            .await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (415, "ERR_UNSUPPORTED_MEDIA_TYPE"),
            "{content_type}"
        );
    }
}

#[tokio::test]
async fn a_header_is_told_what_is_wrong() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let body = json!({"name": "Shop", "environment": "default"});
    for key in ["", " ", "two words", "ü", &"x".repeat(256)] {
        let answer = admin.post("/keys", &body).header("idempotency-key", key).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (400, "ERR_BAD_REQUEST"),
            "{key:?}"
        );
        assert_eq!(fields(&answer), ["Idempotency-Key"]);
    }
    let key = admin.create_key("Shop").await;
    let path = format!("/keys/{}", key["id"].as_str().unwrap());
    let answer = admin.patch(&path, &json!({})).header("if-match", "no-quotes").await;
    assert_eq!((answer.status, fields(&answer)), (400, vec!["If-Match".to_owned()]));
    for authorization in ["Bearer", "Basic dXNlcjpwYXNz", "Bearer ", "nonsense"] {
        let answer = app.get("/manage/v1/keys").header("authorization", authorization).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (400, "ERR_BAD_REQUEST"),
            "{authorization}"
        );
    }
}
