use serde_json::json;

use super::{create, create_key};
use crate::common::TestApp;
use crate::manage::Program;

const CHAT: &str = "/api/v1/chat/completions";

#[tokio::test]
async fn a_customer_is_read_by_both_its_ids() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let acme = create(&program, "acme 7/ü").await;
    for id in [acme["id"].as_str().unwrap(), "external:acme%207%2F%C3%BC"] {
        let answer = program.get(&format!("/customers/{id}")).await;
        assert_eq!((answer.status, answer.json()), (200, acme.clone()), "{id}");
    }
}

#[tokio::test]
async fn an_edit_changes_only_what_is_present() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let acme = create(&program, "acme").await;
    let patch = json!({"name": "Acme Inc.", "rateLimit": {"minute": 600}});
    let answer = program.patch("/customers/external:acme", &patch).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.header("latchkey-change").is_some());
    let edited = answer.json();
    assert_eq!(edited["name"], "Acme Inc.");
    assert_eq!(edited["rateLimit"], json!({"second": null, "minute": 600, "day": null}));
    assert_eq!((&edited["metadata"], &edited["id"]), (&acme["metadata"], &acme["id"]));
    // By another external ID it is the same customer.
    let patch = json!({"externalId": "acme-2", "metadata": null});
    let moved = program.patch("/customers/external:acme", &patch).await.json();
    assert_eq!((&moved["id"], &moved["metadata"]), (&acme["id"], &json!({})));
    assert_eq!(program.get("/customers/external:acme").await.status, 404);
}

#[tokio::test]
async fn a_suspended_customers_keys_are_refused_at_once_and_gateways_learn_whose_key_it_is() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "admin", &[]).await;
    create(&program, "acme/7 ü").await;
    let (key, token) = create_key(&app, &program, "external:acme/7 ü").await;
    assert_eq!(key["customer"]["externalId"], "acme/7 ü");
    let with_metadata = json!({"metadata": {"seats": 3}});
    let path = format!("/keys/{}", key["id"].as_str().unwrap());
    assert_eq!(
        program.patch(&path, &with_metadata).await.json()["metadata"],
        json!({"seats": 3})
    );

    let asked = json!({"key": token, "endpoint": "chat"});
    let verified = app.verify(&asked).await.json();
    assert_eq!(verified["metadata"], json!({"seats": 3}));
    assert_eq!(
        verified["customer"],
        json!({
            "id": key["customer"]["id"],
            "externalId": "acme/7 ü",
            "name": "acme/7 ü",
            "metadata": {"plan": "pro"},
        })
    );
    let allowed = app.authorize(&token, "POST", CHAT).await;
    assert_eq!(allowed.header("x-latchkey-customer"), Some("acme%2F7%20%C3%BC"));

    let id = key["customer"]["id"].as_str().unwrap();
    let suspended = program
        .patch(&format!("/customers/{id}"), &json!({"status": "suspended"}))
        .await;
    assert_eq!(
        (suspended.status, &suspended.json()["status"]),
        (200, &json!("suspended"))
    );
    let refused = app.verify(&asked).await.json();
    assert_eq!(
        (&refused["code"], &refused["valid"]),
        (&json!("SUSPENDED"), &json!(false))
    );
    let refused = app.authorize(&token, "POST", CHAT).await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (403, "ERR_CUSTOMER_SUSPENDED")
    );
    let change = suspended.header("latchkey-change").unwrap();
    let proof = program.get(&format!("/changes/{change}/proof")).await.json();
    assert_eq!(proof["inForce"], true, "{proof}");

    let resumed = program
        .patch(&format!("/customers/{id}"), &json!({"status": "active"}))
        .await;
    assert_eq!(resumed.json()["suspendedAt"], json!(null));
    assert_eq!(app.verify(&asked).await.json()["code"], "VALID");
}

#[tokio::test]
async fn a_key_without_a_customer_has_nothing_of_it() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let key = program.create_key("Shop").await;
    assert_eq!((&key["customer"], &key["metadata"]), (&json!(null), &json!({})));
    let token = key["token"].as_str().unwrap();
    app.provisioned(token).await;
    let verified = app.verify(&json!({"key": token, "endpoint": "chat"})).await.json();
    let fields = verified.as_object().unwrap();
    assert!(
        !fields.contains_key("customer") && !fields.contains_key("metadata"),
        "{verified}"
    );
    let allowed = app.authorize(token, "POST", CHAT).await;
    assert_eq!(allowed.header("x-latchkey-customer"), Some(""));
}

#[tokio::test]
async fn customers_and_their_keys_are_listed_page_by_page() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "admin", &[]).await;
    for name in ["gamma", "acme", "beta"] {
        create(&program, name).await;
    }
    let (key, _) = create_key(&app, &program, "external:beta").await;
    program.create_key("Other").await;
    let first = program.get("/customers?limit=2").await.json();
    let names = |page: &serde_json::Value| -> Vec<String> {
        let rows = page["data"].as_array().unwrap().iter();
        rows.map(|row| row["externalId"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&first), ["acme", "beta"]);
    assert_eq!(
        (&first["data"][1]["keys"], &first["data"][1]["activeKeys"]),
        (&json!(1), &json!(1))
    );
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = program.get(&format!("/customers?limit=2&cursor={cursor}")).await.json();
    assert_eq!(
        (names(&second), &second["nextCursor"]),
        (vec!["gamma".to_owned()], &json!(null))
    );
    assert_eq!(names(&program.get("/customers?search=be").await.json()), ["beta"]);
    program
        .patch("/customers/external:acme", &json!({"status": "suspended"}))
        .await;
    assert_eq!(
        names(&program.get("/customers?status=suspended").await.json()),
        ["acme"]
    );

    let keys = program.get("/keys?customer=external:beta").await.json();
    assert_eq!(keys["data"].as_array().unwrap().len(), 1);
    assert_eq!(keys["data"][0]["id"], key["id"]);
    assert_eq!(
        program.get("/keys?customer=external:nobody").await.json()["data"],
        json!([])
    );
}

#[tokio::test]
async fn shared_limits_are_told_beside_those_of_the_key() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    create(&program, "acme").await;
    program
        .patch("/customers/external:acme", &json!({"rateLimit": {"day": 2}}))
        .await;
    let new = json!({
        "name": "Shop", "environment": "default", "customer": "external:acme", "rateLimit": {"day": 100},
    });
    let key = program.post("/keys", &new).await.json();
    let token = key["token"].as_str().unwrap();
    app.provisioned(token).await;
    let mut last = app.authorize(token, "POST", CHAT).await;
    while last.status == 200 {
        last = app.authorize(token, "POST", CHAT).await;
    }
    assert_eq!((last.status, last.problem().as_str()), (429, "ERR_TOO_MANY_REQUESTS"));
    assert!(last.body.contains("shared rate limit"), "{}", last.body);
    assert_eq!(
        last.header("ratelimit-policy"),
        Some("\"day\";q=100;w=86400, \"customer-day\";q=2;w=86400")
    );
    assert!(last.header("retry-after").is_some());
}

#[tokio::test]
async fn usage_is_that_of_the_customer() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let acme = create(&program, "acme").await;
    let (_, token) = create_key(&app, &program, "external:acme").await;
    let plain = app.create_key(model::endpoint::Grant::All).await;
    let report = async |query: String| {
        let answer = program.get(&format!("/usage?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        answer.json()
    };
    let id = acme["id"].as_str().unwrap();
    let before = report(format!("customer={id}")).await;
    assert_eq!(app.code(&token, "chat").await, "VALID");
    assert_eq!(app.code(&plain.token, "chat").await, "VALID");
    for named in [id, "external:acme"] {
        let after = report(format!("customer={named}")).await;
        let allowed = |report: &serde_json::Value| report["total"]["allowed"].as_u64().unwrap();
        assert_eq!(allowed(&after), allowed(&before) + 1, "{named}");
        assert_eq!(after["keys"], json!([]));
        assert!(
            after["endpoints"]
                .as_array()
                .unwrap()
                .iter()
                .any(|used| used["endpoint"] == "chat")
        );
    }
    let elsewhere = report(format!("customer={id}&environment=nowhere")).await;
    assert_eq!(elsewhere["total"]["allowed"], 0);
    let of_nobody = report("customer=cus_0000000000".to_owned()).await;
    assert_eq!(of_nobody["total"]["allowed"], 0);
}
