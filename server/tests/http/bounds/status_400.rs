//! Lists that are too long, and texts and numbers that are too large.

use model::role::Role;
use serde_json::{Value, json};
use server::http::routes::{RouteKind, routes};

use super::{GROWTH, resident};
use crate::access::{TestObjects, form_fields, function_paths, function_request};
use crate::api::{Function, by_scripts, functions};
use crate::common::{PASSWORD, TestApp};

/// So many items that the body is almost as large as it may be.
const MANY: usize = 20_000;
/// The fields of requests that hold lists.
const LISTS: [&str; 7] = ["status", "endpoint", "profile", "on", "threshold", "action", "ids"];

/// This request with another value for one field.
fn with(body: &Value, object: &str, field: &str, value: Value) -> Value {
    let mut changed = body.clone();
    if object.is_empty() {
        changed[field] = value;
    } else {
        changed[object][field] = value;
    }
    changed
}

/// The objects of a request: the request itself, and the objects in its fields.
fn json_objects(body: &Value) -> Vec<String> {
    let inner = body.as_object().unwrap().iter().filter(|(_, value)| value.is_object());
    let inner: Vec<String> = inner.map(|(name, _)| name.clone()).collect();
    [vec![String::new()], inner].concat()
}

fn fields(body: &Value, object: &str) -> Vec<String> {
    let object = if object.is_empty() { body } else { &body[object] };
    object.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn a_full_size_list_in_any_field_of_any_function_is_refused_and_takes_no_memory() {
    let app = TestApp::new().await.with_owner().await;
    let objects = TestObjects::create(&app, Role::Owner, 0).await;
    let before = resident();
    for path in function_paths() {
        let (body, _) = function_request(path, &objects);
        let body: Value = serde_json::from_str(&body).unwrap();
        for object in json_objects(&body) {
            let known = fields(&body, &object);
            for field in LISTS.iter().map(|&field| field.to_owned()).chain(known) {
                let list = with(&body, &object, &field, json!(vec!["active"; MANY]));
                let answer = app.post_json(path, &list).await;
                assert_eq!(answer.status, 400, "{path} {object}.{field}: {}", answer.body);
            }
        }
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < GROWTH, "memory grew by {grown} bytes");
}

#[tokio::test]
async fn a_text_that_is_too_long_is_refused_in_any_field_of_any_function() {
    let app = TestApp::new().await.with_owner().await;
    let objects = TestObjects::create(&app, Role::Owner, 0).await;
    let long = "a".repeat(200_000);
    for path in function_paths() {
        let (body, _) = function_request(path, &objects);
        let body: Value = serde_json::from_str(&body).unwrap();
        for object in json_objects(&body) {
            let extra = ["search", "after", "actor", "subject", "from", "before", "key"].map(str::to_owned);
            for field in fields(&body, &object).into_iter().chain(extra) {
                let answer = app.post_json(path, &with(&body, &object, &field, json!(long))).await;
                assert_eq!(answer.status, 400, "{path} {object}.{field}: {}", answer.body);
            }
        }
    }
}

/// Sends the smallest and the largest numbers and dates. With the Cargo profile of the tests, an overflow panics.
#[tokio::test]
async fn extreme_numbers_do_not_make_a_function_fail() {
    let app = TestApp::new().await.with_owner().await;
    let objects = TestObjects::create(&app, Role::Owner, 0).await;
    let texts = [
        i64::MAX.to_string(),
        i64::MIN.to_string(),
        u64::MAX.to_string(),
        format!("{}~key_0000000000", i64::MIN),
        "+999999-12-31".to_owned(),
        "-262143-01-01".to_owned(),
        "9999-12-31".to_owned(),
        "0000-00-00".to_owned(),
        "1e400".to_owned(),
    ];
    let extra = [
        "after",
        "before",
        "from",
        "to",
        "browser_time",
        "expires",
        "expires_on",
        "date",
        "zone",
        "offset",
        "version",
        "limit_second",
        "limit_minute",
        "limit_day",
        "grace",
    ];
    for path in function_paths() {
        // These functions would end the session, or be slowed down more and more.
        if path.starts_with("/api/account/") {
            continue;
        }
        for text in &texts {
            let (body, _) = function_request(path, &objects);
            let body: Value = serde_json::from_str(&body).unwrap();
            for object in json_objects(&body) {
                for field in extra {
                    let answer = app.post_json(path, &with(&body, &object, field, json!(text))).await;
                    assert!(answer.status < 500, "{path} {object}.{field}={text}: {}", answer.body);
                }
            }
        }
    }
    for number in [json!(i64::MAX), json!(i64::MIN), json!(u64::MAX), json!(1e300)] {
        let answer = app.post_json("/api/keys/proof", &json!({ "change": number })).await;
        assert!(answer.status < 500, "{number}: {}", answer.body);
    }
}

#[tokio::test]
async fn extreme_numbers_do_not_make_a_form_fail() {
    let app = TestApp::new().await.with_owner().await;
    let objects = TestObjects::create(&app, Role::Owner, 0).await;
    let forms: Vec<Function> = functions(&objects.subjects)
        .into_iter()
        .filter(Function::is_form)
        .collect();
    assert!(forms.len() >= 3, "{}", forms.len());
    for text in [
        i64::MAX.to_string(),
        i64::MIN.to_string(),
        u64::MAX.to_string(),
        "+999999-12-31".to_owned(),
        "-262143-01-01".to_owned(),
        "9999-12-31".to_owned(),
        "0000-00-00".to_owned(),
        "1e400".to_owned(),
    ] {
        for form in &forms {
            for field in [
                "browser_time",
                "expires",
                "expires_on",
                "utc_offset",
                "was_end",
                "limit_day",
                "grace",
            ] {
                let mut fields = vec![("name", "Shop"), ("environment", "default"), ("expires", "date")];
                fields.push(("expires_on", "2027-02-20"));
                fields.retain(|(name, _)| *name != field);
                fields.push((field, &text));
                let answer = by_scripts(&app, &form.path, &fields).await;
                assert!(answer.status < 500, "{} {field}={text}: {}", form.path, answer.body);
            }
        }
    }
}

/// Sends a list of every length. Once, each connection cached one statement for each length, which used up all memory.
#[tokio::test]
async fn lists_of_every_length_use_no_memory_afterwards() {
    let app = TestApp::new().await.with_owner().await;
    let ask = async |field: &str, count: usize| {
        let words: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        let body = json!({ "query": { field: words } });
        app.post_json("/api/keys/list", &body).await.status
    };
    for count in [1, 50, 100] {
        assert_eq!(ask("endpoint", count).await, 200);
    }
    let before = resident();
    for count in 1..=100 {
        assert_eq!(ask("endpoint", count).await, 200);
        assert_eq!(ask("profile", count).await, 200);
    }
    for count in [101, 1_100, 20_000, 30_000] {
        assert_eq!(ask("endpoint", count).await, 400);
        assert_eq!(ask("status", count).await, 400);
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < GROWTH, "memory grew by {grown} bytes");
}

#[tokio::test]
async fn the_answer_to_a_list_that_is_too_long_names_the_maximum() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let ids = vec![key.id.as_str(); model::key_list::MAX_BULK_KEYS + 1];
    let answer = app
        .post_json("/api/keys/bulk", &json!({ "ids": ids, "action": "Delete" }))
        .await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(
        answer.error("bad_request"),
        "At most 25 are taken at a time. Send fewer."
    );
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}

#[tokio::test]
async fn a_form_with_too_many_fields_or_too_long_a_text_is_refused() {
    let app = TestApp::new().await.with_owner().await;
    let objects = TestObjects::create(&app, Role::Owner, 0).await;
    for route in routes() {
        if route.kind != RouteKind::Post || route.path == "/logout" {
            continue;
        }
        let id = if route.path.starts_with("/profiles") {
            &objects.subjects.profile
        } else {
            &objects.subjects.key
        };
        let path = route.path.replace("{id}", id);
        let mut names: Vec<&str> = form_fields(route.path, &objects)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        names.extend(["endpoint", "on", "password"]);
        let long = "a".repeat(200_000);
        for name in names {
            let many = vec![(name, "1"); MANY];
            let answer = app.post_form(&path, &many).await;
            // If the field has a long name, the whole body is too large.
            assert!(matches!(answer.status, 400 | 413), "{path} {name}: {}", answer.body);
            let answer = app.post_form(&path, &[(name, &long)]).await;
            assert_eq!(answer.status, 400, "{path} {name}: {}", answer.body);
        }
    }
    assert!(
        app.log_in_again(PASSWORD).await,
        "refused forms do not slow down a login"
    );
}
