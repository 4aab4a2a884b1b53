//! The metrics move with what happens.

#![expect(
    clippy::float_cmp,
    reason = "metrics count in whole numbers, which floats hold exactly"
)]

use model::time::{MINUTE, SECOND};
use model::verify::Code;
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::{Exposition, ask, scrape};
use crate::common::{PASSWORD, Setup, TestApp, email, only};
use model::role::Role;

fn answers(found: &Exposition, route: &str, code: &str) -> f64 {
    found.value(&format!("latchkey_requests_total{{route=\"{route}\",code=\"{code}\"}}"))
}

#[tokio::test]
async fn the_answer_is_text_that_is_not_stored() {
    let answer = ask(&TestApp::new().await, "/metrics").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn every_answer_to_a_gateway_is_counted_by_its_code() {
    let app = TestApp::new().await;
    let key = app.create_key(only("chat")).await;
    let before = scrape(&app).await;
    for route in ["verify", "authorize"] {
        for code in Code::ALL {
            assert_eq!(answers(&before, route, code.as_str()), 0.0);
        }
    }
    for _ in 0..3 {
        assert_eq!(app.code(&key.token, "chat").await, "VALID");
    }
    assert_eq!(app.code(&key.token, "image").await, "FORBIDDEN");
    assert_eq!(app.code("sk_live_unknown", "chat").await, "NOT_FOUND");
    for body in ["{", "{}", r#"{"key": "sk_live_unknown"}"#] {
        let answer = app.post("/v1/keys/verify").body(body).await;
        assert_eq!(answer.status, 400);
    }
    let allowed = app.authorize(&key.token, "POST", "/api/v1/chat/completions").await;
    assert_eq!(allowed.status, 200);
    assert_eq!(app.authorize(&key.token, "POST", "/elsewhere").await.status, 403);
    assert_eq!(app.get("/v1/authorize").await.status, 401);

    let after = scrape(&app).await;
    for (route, code, count) in [
        ("verify", "VALID", 3.0),
        ("verify", "FORBIDDEN", 1.0),
        ("verify", "NOT_FOUND", 1.0),
        ("verify", "BAD_REQUEST", 3.0),
        ("verify", "API_KEY_MISSING", 0.0),
        ("verify", "UNAVAILABLE", 0.0),
        ("authorize", "VALID", 1.0),
        ("authorize", "FORBIDDEN", 1.0),
        ("authorize", "API_KEY_MISSING", 1.0),
        ("authorize", "BAD_REQUEST", 0.0),
    ] {
        assert_eq!(answers(&after, route, code), count, "{route} {code}");
    }
    for (route, count) in [("verify", 8.0), ("authorize", 3.0)] {
        let duration = |suffix: &str| {
            after.value(&format!(
                "latchkey_request_duration_seconds_{suffix}{{route=\"{route}\"}}"
            ))
        };
        assert_eq!(duration("count"), count);
        assert!((1e-9..60.0).contains(&duration("sum")), "{}", duration("sum"));
    }
}

#[tokio::test]
async fn a_node_without_a_database_shows_for_how_long() {
    let app = TestApp::new().await;
    let key = app.create_key(only("chat")).await;
    app.pass(0).await;
    app.pass_in_silence(2 * MINUTE);
    let silent = scrape(&app).await;
    // A node takes itself to have been heard a moment earlier than it was.
    let silence = silent.value("latchkey_database_silence_seconds");
    assert!((120.0..120.01).contains(&silence), "{silence}");
    assert_eq!(silent.value("latchkey_ready"), 1.0);
    app.pass_in_silence(3 * MINUTE + 1);
    assert_eq!(
        app.verify(&json!({ "key": key.token, "endpoint": "chat" }))
            .await
            .status,
        503
    );
    let stale = scrape(&app).await;
    assert_eq!(stale.value("latchkey_ready"), 0.0);
    assert_eq!(answers(&stale, "verify", "UNAVAILABLE"), 1.0);
}

#[tokio::test]
async fn a_node_that_has_not_loaded_its_keys_is_scraped_too() {
    let setup = Setup {
        loaded: false,
        ..Setup::default()
    };
    let found = scrape(&TestApp::with(setup).await).await;
    assert_eq!(found.value("latchkey_ready"), 0.0);
    assert_eq!(found.value("latchkey_index_keys"), 0.0);
    assert!(!found.has("latchkey_database_silence_seconds"));
}

#[tokio::test]
async fn keys_and_changes_are_counted() {
    let app = TestApp::new().await;
    let before = scrape(&app).await;
    assert_eq!(before.value("latchkey_index_keys"), 1.0, "the environment key");
    app.create_key(only("chat")).await;
    app.create_key(only("chat")).await;
    let after = scrape(&app).await;
    assert_eq!(after.value("latchkey_index_keys"), 3.0);
    let changes = after.value("latchkey_change_in_force");
    assert!(changes >= before.value("latchkey_change_in_force") + 2.0);
    assert_eq!(after.value("latchkey_change_seen"), changes);
    assert_eq!(after.value("latchkey_change_lag"), 0.0);
}

#[tokio::test]
async fn uses_wait_until_they_are_stored() {
    let app = TestApp::new().await;
    let key = app.create_key(only("chat")).await;
    app.services.usage.flush().await.unwrap();
    let nothing = scrape(&app).await;
    assert_eq!(nothing.value("latchkey_unflushed_keys"), 0.0);
    app.pass(7 * SECOND).await;
    assert_eq!(scrape(&app).await.value("latchkey_unflushed_age_seconds"), 0.0);
    app.code(&key.token, "chat").await;
    app.pass(3 * SECOND).await;
    let waiting = scrape(&app).await;
    assert_eq!(waiting.value("latchkey_unflushed_keys"), 1.0);
    // It was used three seconds ago, and nothing was stored for ten.
    assert_eq!(waiting.value("latchkey_unflushed_age_seconds"), 10.0);
    app.services.usage.flush().await.unwrap();
    let stored = scrape(&app).await;
    assert_eq!(stored.value("latchkey_unflushed_keys"), 0.0);
    assert_eq!(stored.value("latchkey_unflushed_age_seconds"), 0.0);
}

#[tokio::test]
async fn logins_are_counted_by_result_and_sessions_at_most_every_15_seconds() {
    let app = TestApp::new().await.with_owner().await;
    assert_eq!(scrape(&app).await.value("latchkey_sessions"), 1.0);
    app.forget_cookies();
    app.log_in(Role::Owner).await;
    app.forget_cookies();
    let attempt = async |password: &str| {
        let fields = [("email", &*email(Role::Owner)), ("password", password)];
        app.post_form("/login", &fields).await.status
    };
    for _ in 0..5 {
        assert_eq!(attempt("wrong").await, 401);
    }
    assert_eq!(attempt(PASSWORD).await, 429);
    let found = scrape(&app).await;
    let logins = |result: &str| found.value(&format!("latchkey_logins_total{{result=\"{result}\"}}"));
    assert_eq!(logins("succeeded"), 2.0);
    assert_eq!(logins("refused"), 5.0);
    assert_eq!(logins("too_many_attempts"), 1.0);
    assert_eq!(logins("failed"), 0.0);
    assert_eq!(
        found.value("latchkey_sessions"),
        1.0,
        "the number is not asked for at every scrape"
    );
    app.pass(15 * SECOND).await;
    assert_eq!(scrape(&app).await.value("latchkey_sessions"), 2.0);
}

#[tokio::test]
async fn failures_of_the_database_are_counted() {
    let app = TestApp::new().await.with_owner().await;
    let failures = async || {
        scrape(&app)
            .await
            .value("latchkey_database_errors_total{kind=\"statement\"}")
    };
    let before = failures().await;
    let db = app.connect_directly().await;
    db.execute_unprepared("ALTER TABLE sessions RENAME TO lost")
        .await
        .unwrap();
    assert_eq!(app.get("/keys").await.status, 500);
    assert!(failures().await > before);
}

#[tokio::test]
async fn the_process_and_its_version_are_there() {
    let found = scrape(&TestApp::new().await).await;
    assert_eq!(
        found.value(&format!(
            "latchkey_build_info{{version=\"{}\"}}",
            env!("CARGO_PKG_VERSION")
        )),
        1.0
    );
    // The clock of the test.
    assert!(found.value("process_start_time_seconds") > 1.7e9);
    if cfg!(target_os = "linux") {
        assert!(found.value("process_resident_memory_bytes") > 1e6);
        assert!(found.value("process_cpu_seconds_total") > 0.0);
        assert!(found.value("process_open_fds") > 3.0);
        assert!(found.value("process_max_fds") > found.value("process_open_fds"));
    }
}
