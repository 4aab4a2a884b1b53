use serde_json::{Value, json};

use crate::common::TestApp;
use crate::manage::Program;

fn outcomes(answer: &Value) -> Vec<&str> {
    let customers = answer["customers"].as_array().unwrap();
    customers.iter().map(|line| line["outcome"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn customers_are_created_and_changed_and_a_second_time_nothing_is() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "admin", &[]).await;
    let known = json!({"externalId": "known", "name": "Known", "metadata": {"plan": "pro"}, "rateLimit": {"day": 9}});
    assert_eq!(program.post("/customers", &known).await.status, 201);
    let body = json!({"customers": [
        {"externalId": "new", "name": "New", "rateLimit": {"minute": 600}, "status": "suspended"},
        {"externalId": "known", "name": "Known Ltd.", "metadata": null},
    ]});
    let events = app.audit_events().await;
    let dry = program.post("/customers/import?dryRun=true", &body).await;
    assert_eq!(dry.status, 200, "{}", dry.body);
    assert!(dry.header("latchkey-change").is_some());
    let dry = dry.json();
    assert_eq!(
        (&dry["dryRun"], &dry["created"], &dry["changed"]),
        (&json!(true), &json!(1), &json!(1))
    );
    assert_eq!(
        (&dry["customers"][0]["id"], &dry["customers"][0]["line"]),
        (&json!(null), &json!(1))
    );
    assert_eq!(app.audit_events().await, events, "a dry run writes nothing");

    let answer = program.post("/customers/import", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let change: i64 = answer.header("latchkey-change").unwrap().parse().unwrap();
    let made = answer.json();
    assert_eq!(outcomes(&made), ["created", "changed"]);
    let id = made["customers"][0]["id"].as_str().unwrap();
    let read = program.get(&format!("/customers/{id}")).await.json();
    assert_eq!(
        (&read["externalId"], &read["status"]),
        (&json!("new"), &json!("suspended"))
    );
    assert_eq!(read["rateLimit"], json!({"second": null, "minute": 600, "day": null}));
    let read = program.get("/customers/external:known").await.json();
    assert_eq!((&read["name"], &read["metadata"]), (&json!("Known Ltd."), &json!({})));
    assert_eq!(read["rateLimit"]["day"], 9, "it was left out");
    let proof = program.get(&format!("/changes/{change}/proof")).await.json();
    assert_eq!(proof["change"], change);

    let events = app.audit_events().await;
    let again = program.post("/customers/import", &body).await.json();
    assert_eq!(outcomes(&again), ["unchanged", "unchanged"]);
    assert_eq!(again["customers"][0]["id"], made["customers"][0]["id"]);
    assert_eq!(app.audit_events().await, events);
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let body = json!({"customers": [{"externalId": "acme", "name": "Acme"}]});
    for path in ["/customers/import?dryRun=true", "/customers/import"] {
        let ask = || program.post(path, &body).header("idempotency-key", path);
        let (first, second) = (ask().await, ask().await);
        assert_eq!(first.status, 200, "{}", first.body);
        assert_eq!(outcomes(&first.json()), ["created"]);
        assert_eq!((first.body, first.status), (second.body, second.status), "{path}");
    }
}

#[tokio::test]
async fn a_dry_run_names_what_is_wrong_with_each_line() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let body = json!({"customers": [
        {"externalId": "good", "name": "Good"},
        {"externalId": "good", "name": "Again"},
        {"externalId": "bad", "name": "Bad", "rateLimit": {"second": 0}},
    ]});
    let answer = program.post("/customers/import?dryRun=true", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let told = answer.json();
    assert_eq!(outcomes(&told), ["created", "invalid", "invalid"]);
    assert_eq!(told["refused"], 2);
    assert_eq!(told["customers"][1]["errors"][0]["field"], "externalId");
    assert_eq!(told["customers"][2]["errors"][0]["field"], "rateLimit.second");
}
