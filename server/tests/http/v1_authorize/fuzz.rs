//! Random hostile headers. The answers are compared with a second, independent implementation of the contract in PRODUCT.md.
//! `cargo xtask fuzz` runs a million cases.

use axum::body::Body;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use model::endpoint::Grant;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::common::{TestApp, only};

/// Values of keys. GOOD stands for a key that may call only `chat`, IMAGE for one that may call only `image`, and UNKNOWN for
/// a token that belongs to no key.
const KEYS: [&str; 7] = [
    "GOOD",
    "IMAGE",
    "UNKNOWN",
    "",
    " ",
    "GOODx",
    "eyJhbGciOiJIUzI1NiJ9.e30.x",
];
const SCHEMES: [&str; 8] = [
    "Bearer ", "bearer ", "BEARER ", "Basic ", "Bearer", "", "Bearer  ", "Token ",
];
const METHODS: [&str; 5] = ["POST", "GET", "post", "", "POST, GET"];
const PATHS: [&str; 14] = [
    "/api/v1/chat/completions",
    "/api/v1/chat/completions?key=GOOD",
    "/api/v1/img",
    "/api/v1/chat/./completions",
    "/api//v1/chat/completions",
    "/api/v1/chat%2fcompletions",
    "/api/v1/chat/completions;x",
    "/api/v1/chat/completions/",
    "/api/v1/chat/completions/..%3B",
    "/",
    "",
    "api/v1/chat/completions",
    "/api/v1/img/../chat/completions",
    "http://upstream/api/v1/chat/completions",
];
const APPENDED: [&str; 6] = [
    "",
    "/",
    "/api/v1/chat/completions",
    "/api/v1/chat/completions?x=1",
    "/api/v1/img",
    "/api/v1/%63hat/completions",
];

type Headers = Vec<(&'static str, String)>;

fn header() -> impl Strategy<Value = (&'static str, String)> {
    let text = |values: &'static [&'static str]| select(values).prop_map(str::to_owned);
    let bearer = (select(&SCHEMES[..]), select(&KEYS[..])).prop_map(|(scheme, key)| format!("{scheme}{key}"));
    prop_oneof![
        bearer.prop_map(|value| ("authorization", value)),
        text(&KEYS).prop_map(|value| ("x-api-key", value)),
        text(&METHODS).prop_map(|value| ("x-forwarded-method", value)),
        text(&PATHS).prop_map(|value| ("x-forwarded-uri", value)),
        text(&METHODS).prop_map(|value| ("x-original-method", value)),
        text(&PATHS).prop_map(|value| ("x-original-uri", value)),
        "[ -~]{0,12}".prop_map(|value| ("x-latchkey-key-id", value)),
        "[\\x20-\\x7e\\x80-\\xff]{0,12}".prop_map(|value| ("x-forwarded-for", value)),
    ]
}

/// The status that the contract in PRODUCT.md gives for a request.
fn expected(method: &str, appended: &str, headers: &Headers) -> u16 {
    let all = |wanted: &str| -> Vec<&str> {
        let found = headers.iter().filter(|(name, _)| *name == wanted);
        found.map(|(_, value)| value.trim_matches([' ', '\t'])).collect()
    };
    let mut keys: Vec<&str> = Vec::new();
    for value in all("authorization") {
        let words: Vec<&str> = value.split(' ').filter(|word| !word.is_empty()).collect();
        if words
            .first()
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
        {
            keys.extend(words.get(1));
        }
    }
    let plain: Vec<&str> = all("x-api-key").into_iter().filter(|key| !key.is_empty()).collect();
    if !plain.is_empty() {
        // Beside an X-Api-Key, a bearer value counts only if it has the form of a token.
        keys.retain(|key| ["GOOD", "IMAGE", "UNKNOWN"].contains(key));
    }
    keys.extend(plain);
    keys.retain(|key| !key.is_empty());
    keys.sort_unstable();
    keys.dedup();
    let key = match keys.as_slice() {
        [] => return 401,
        [key] => *key,
        _ => return 400,
    };
    let granted = match key {
        "GOOD" => "chat",
        "IMAGE" => "image",
        _ => return 401,
    };
    let mut said: Vec<(&str, &str)> = Vec::new();
    let (path, _) = appended.split_once('?').unwrap_or((appended, ""));
    if !path.is_empty() {
        said.push((method, path));
    }
    for (methods, paths) in [
        (all("x-forwarded-method"), all("x-forwarded-uri")),
        (all("x-original-method"), all("x-original-uri")),
    ] {
        match (methods.as_slice(), paths.as_slice()) {
            ([], []) => {}
            ([method], [path]) => said.push((method, path)),
            _ => return 403,
        }
    }
    let [(method, path)] = said.as_slice() else { return 403 };
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    let endpoint = match (*method, path) {
        ("POST", "/api/v1/chat/completions") => "chat",
        ("GET" | "POST", "/api/v1/img") => "image",
        _ => return 403,
    };
    if endpoint == granted { 200 } else { 403 }
}

#[test]
fn fuzz_no_headers_widen_what_a_key_may_do() {
    let runtime = Runtime::new().unwrap();
    let (app, good, image) = runtime.block_on(async {
        let app = TestApp::new().await;
        let good = app.create_key(only("chat")).await.token;
        let image = app.create_key(Grant::Only(vec!["image".to_owned()])).await.token;
        (app, good, image)
    });
    // A well-formed token with the right length and checksum that belongs to no key.
    let unknown = model::token::compose(model::environment::Kind::Live, "7Gq2mXv0RkTzLw9BnYd4Hs1PfUe8Jc");
    let real = |text: &str| {
        let text = text.replace("UNKNOWN", &unknown).replace("GOOD", &good);
        text.replace("IMAGE", &image)
    };
    let methods = prop_oneof![Just("GET"), Just("POST"), Just("HEAD"), Just("PURGE")];
    let cases = (methods, select(&APPENDED[..]), prop::collection::vec(header(), 0..7));
    let mut runner = TestRunner::default();
    let outcome = runner.run(&cases, |(method, appended, headers)| {
        let mut map = HeaderMap::new();
        for (name, value) in &headers {
            let value = real(value);
            map.append(
                HeaderName::from_static(name),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        let mut request = Request::new(Body::empty());
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
        *request.uri_mut() = format!("/v1/authorize{appended}").parse().unwrap();
        *request.headers_mut() = map;
        let response = runtime.block_on(app.router().oneshot(request)).unwrap();
        let status = response.status().as_u16();
        prop_assert_eq!(status, expected(method, appended, &headers));
        let told = response.headers().contains_key("x-latchkey-key-id");
        prop_assert_eq!(told, status == 200);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
