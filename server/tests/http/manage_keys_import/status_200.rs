use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{key, sha256};
use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn keys_of_another_system_go_on_working() {
    let app = TestApp::new().await;
    let program = Program::named(&app, "billing", "developer", &[]).await;
    let mut all = json!({
        "sha256": sha256("acme_1").to_uppercase(),
        "lastFour": "me_1",
        "enabled": true,
        "name": "Shop",
        "description": "Reads orders",
        "tags": ["eu"],
        "location": "Vault",
        "environment": "default",
        "endpoints": ["chat"],
        "biasProfile": null,
        "expiresAt": "2026-12-24T18:00:00Z",
        "rateLimit": {"second": 10, "day": 1000},
        "allowedAddresses": ["203.0.113.7"],
    });
    let base64 = URL_SAFE_NO_PAD.encode(backend::crypto::sha256("sk-two"));
    let plain = json!({"sha256": base64, "name": "Two", "environment": "default"});
    let answer = program.post("/keys/import", &json!({"keys": [all, plain]})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let change: i64 = answer.header("latchkey-change").unwrap().parse().unwrap();
    let made = answer.json();
    assert_eq!(
        (&made["dryRun"], &made["created"], &made["unchanged"], &made["refused"]),
        (&json!(false), &json!(2), &json!(0), &json!(0))
    );
    assert_eq!(made["keys"][0]["outcome"], "created");
    assert_eq!(
        (&made["keys"][1]["line"], &made["keys"][1]["errors"]),
        (&json!(2), &json!([]))
    );
    app.provisioned("acme_1").await;
    app.provisioned("sk-two").await;

    let id = made["keys"][0]["id"].as_str().unwrap();
    let read = program.get(&format!("/keys/{id}")).await.json();
    assert_eq!(
        (&read["description"], &read["tags"], &read["location"]),
        (&json!("Reads orders"), &json!(["eu"]), &json!("Vault"))
    );
    assert_eq!(
        (&read["maskedToken"], &read["createdBy"]),
        (&json!("…me_1"), &json!("billing"))
    );
    assert_eq!(read["endpoints"], json!(["chat"]));
    assert_eq!(read["rateLimit"], json!({"second": 10, "minute": null, "day": 1000}));
    let asked = json!({"key": "acme_1", "endpoint": "chat", "ip": "203.0.113.7", "minChange": change});
    let verified = app.verify(&asked).await.json();
    assert_eq!((&verified["code"], &verified["keyId"]), (&json!("VALID"), &json!(id)));
    let explained = program
        .post(
            &format!("/keys/{id}/explain"),
            &json!({"method": "GET", "path": "/api/v1/img"}),
        )
        .await
        .json();
    assert_eq!(
        (&explained["code"], &explained["checks"][0]["passed"]),
        (&json!("FORBIDDEN"), &json!(true))
    );

    // The same request again changes nothing, and says the same of each key.
    all["sha256"] = json!(sha256("acme_1"));
    let events = app.audit_events().await;
    let again = program.post("/keys/import", &json!({"keys": [all, plain]})).await;
    assert_eq!(again.status, 200, "{}", again.body);
    let again = again.json();
    assert_eq!((&again["created"], &again["unchanged"]), (&json!(0), &json!(2)));
    assert_eq!(
        (&again["keys"][0]["outcome"], &again["keys"][0]["id"]),
        (&json!("unchanged"), &json!(id))
    );
    assert_eq!(app.audit_events().await, events);
}

#[tokio::test]
async fn gateways_may_send_an_imported_token_in_either_header() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let ask = || app.get("/v1/authorize/api/v1/img");
    assert_eq!(ask().header("x-api-key", "prefix.secret").await.status, 401);
    program
        .post("/keys/import", &json!({"keys": [key("prefix.secret")]}))
        .await;
    app.provisioned("prefix.secret").await;
    for (name, value) in [
        ("authorization", "Bearer prefix.secret"),
        ("authorization", "bearer  prefix.secret "),
        ("x-api-key", "prefix.secret"),
    ] {
        let answer = ask().header(name, value).await;
        assert_eq!(answer.status, 200, "{name}: {value}");
        assert_eq!(answer.header("x-latchkey-key-name"), Some("Shop"));
    }
    // Beside an X-Api-Key, a bearer value that has not the shape of our tokens is none, also if it was imported.
    let both = |key| {
        ask()
            .header("authorization", "Bearer prefix.secret")
            .header("x-api-key", key)
    };
    assert_eq!(both("prefix.secret").await.status, 200);
    assert_eq!(both("another").await.status, 401);
    // Other schemes are not read.
    let answer = ask().header("authorization", "Api-Key prefix.secret").await;
    assert_eq!((answer.status, answer.problem().as_str()), (401, "ERR_API_KEY_MISSING"));
    let unknown = ask().header("authorization", "Bearer prefix.other").await;
    assert_eq!((unknown.status, unknown.problem().as_str()), (401, "ERR_INVALID_KEY"));
}

#[tokio::test]
async fn a_dry_run_says_what_would_happen_line_by_line() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    program.post("/keys/import", &json!({"keys": [key("sk-one")]})).await;
    app.provisioned("sk-one").await;
    let mut renamed = key("sk-one");
    renamed["name"] = json!("Store");
    let mut nameless = key("sk-three");
    nameless["name"] = json!(" ");
    let change = app.services.cluster.last_change().await.unwrap();
    let ask = |keys: Value| program.post("/keys/import?dryRun=true", &json!({"keys": keys}));
    let answer = ask(json!([key("sk-one"), key("sk-two"), nameless])).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.header("latchkey-change").is_some());
    let told = answer.json();
    assert_eq!((&told["dryRun"], &told["refused"]), (&json!(true), &json!(1)));
    let outcomes: Vec<&str> = told["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["unchanged", "created", "invalid"]);
    assert_eq!(
        (&told["keys"][1]["id"], &told["keys"][2]["line"]),
        (&json!(null), &json!(3))
    );
    assert_eq!(told["keys"][2]["errors"][0]["field"], "name");
    let conflict = ask(json!([renamed])).await.json();
    assert_eq!(conflict["keys"][0]["outcome"], "conflict");
    assert_eq!(app.services.cluster.last_change().await.unwrap() - change, 0);
    assert_eq!(program.get("/keys").await.json()["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_repeated_request_with_its_idempotency_key_gets_the_same_answer() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let body = json!({"keys": [key("sk-one"), key("sk-two")]});
    for path in ["/keys/import?dryRun=true", "/keys/import"] {
        let ask = || {
            program
                .post(path, &body)
                .header("idempotency-key", &format!("import {path}").replace(' ', "-"))
        };
        let first = ask().await;
        let second = ask().await;
        assert_eq!((first.status, second.status), (200, 200), "{}", second.body);
        assert_eq!(first.body, second.body);
        assert_eq!(first.header("latchkey-change"), second.header("latchkey-change"));
    }
    // Without it, the second request is another one.
    assert_eq!(program.post("/keys/import", &body).await.json()["unchanged"], 2);
}

/// The largest request that is taken: a thousand keys with everything as long as it may be.
#[tokio::test]
async fn a_thousand_long_keys_fit_into_one_request() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let keys: Vec<Value> = (0..1_000)
        .map(|number| {
            let mut key = key(&format!("sk-{number}"));
            key["name"] = json!(format!("{number:04} {}", "x".repeat(95)));
            key["lastFour"] = json!("9fQ2");
            key["endpoints"] = json!(["chat", "image", "check-bias"]);
            key["rateLimit"] = json!({"second": 1_000_000_000, "minute": 1_000_000_000, "day": 1_000_000_000});
            key["expiresAt"] = json!("2036-11-01T05:43:00.123Z");
            let addresses: Vec<String> = (0..12)
                .map(|part| format!("2001:db8:{number:x}:{part:x}::/64"))
                .collect();
            key["allowedAddresses"] = json!(addresses);
            key
        })
        .collect();
    let answer = program.post("/keys/import", &json!({"keys": keys})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["created"], 1_000);
    let again = program.post("/keys/import", &json!({"keys": keys})).await;
    assert_eq!(again.json()["unchanged"], 1_000);
}
