//! The screen of the key shows the result of each check.

use model::address::AllowedAddresses;
use model::role::Role;
use serde_json::{Value, json};

use crate::common::{Key, TestApp, new_key, only};

const CHAT: &str = "/api/v1/chat/completions";

/// The address from which the requests of the tests come.
const HERE: &str = "203.0.113.7";

/// Creates a key that may call only `chat`, and only from the network of the tests' requests.
async fn key(app: &TestApp) -> Key {
    key_from(app, "203.0.113.0/24").await
}

async fn key_from(app: &TestApp, network: &str) -> Key {
    let mut new = new_key(only("chat"));
    new.addresses = AllowedAddresses::read(network).unwrap();
    app.create(&new).await
}

async fn explained(app: &TestApp, key: &Key, form: Value) -> Value {
    let request = json!({ "id": key.id, "form": form });
    app.post_json("/api/keys/explain", &request).await.json()
}

#[tokio::test]
async fn each_check_is_shown_and_the_deciding_check_is_highlighted() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let key = key(&app).await;
    let page = app
        .get(&format!(
            "/keys/{}?method=POST&path=/api/v1/img%3Fa%3D%3Cb%3E&address=198.51.100.7",
            key.id
        ))
        .await;
    assert_eq!(page.status, 200);
    let section = page.body.split("aria-labelledby=\"why\"").nth(1).unwrap();
    let section = section.split("</section>").next().unwrap();
    let checks: Vec<&str> = section.split("<li").skip(1).collect();
    let said: Vec<[bool; 3]> = checks
        .iter()
        .map(|check| ["Passed", "Denied here", "Failed"].map(|word| check.contains(&format!(">{word}<"))))
        .collect();
    let (passed, decides, failed) = ([true, false, false], [false, true, false], [false, false, true]);
    assert_eq!(said, [passed, passed, passed, decides, failed, passed], "{section}");
    assert!(
        checks[3].contains("endpoint image, which the key does not hold"),
        "{section}"
    );
    assert!(section.contains(">FORBIDDEN<"), "{section}");
    assert!(section.contains(">403 ERR_NO_PERMISSION<"), "{section}");
    // The form keeps the values of the question.
    let values = page.attributes("value");
    for value in ["/api/v1/img?a=&lt;b&gt;", "198.51.100.7"] {
        assert!(values.contains(&value), "{value} not in {values:?}");
    }
}

#[tokio::test]
async fn the_unused_form_holds_a_request_that_the_key_may_make() {
    let app = TestApp::new().await.with_owner().await;
    let key = key(&app).await;
    let page = app.get(&format!("/keys/{}?tab=why", key.id)).await;
    assert_eq!(page.field("path"), CHAT);
    assert!(!page.body.contains("Denied here") && !page.body.contains("Verify answers"));
}

#[tokio::test]
async fn an_error_is_shown_at_its_field() {
    let app = TestApp::new().await.with_owner().await;
    let key = key(&app).await;
    let page = app
        .get(&format!("/keys/{}?method=&path=chat&address=here&time=now", key.id))
        .await;
    assert_eq!(page.status, 200);
    let described = page.attributes("aria-describedby");
    for error in ["method-error", "path-error", "address-error", "time-error"] {
        assert!(described.contains(&error), "{error}: {described:?}");
        assert!(page.attributes("id").contains(&error), "{error}");
    }
    assert!(!page.body.contains("Verify answers"), "{}", page.body);
}

#[tokio::test]
async fn the_explanation_agrees_with_authorize() {
    let app = TestApp::new().await.with_owner().await;
    let key_here = key(&app).await;
    let disabled = key(&app).await;
    assert_eq!(app.post(&format!("/keys/{}/disable", disabled.id)).await.status, 303);
    let elsewhere = key_from(&app, "198.51.100.0/24").await;
    for (key, path) in [
        (&key_here, CHAT),
        (&key_here, "/api/v1/img"),
        (&key_here, "/nowhere"),
        (&key_here, "/api/../etc"),
        (&disabled, CHAT),
        (&elsewhere, CHAT),
    ] {
        let form = json!({ "method": "POST", "path": path, "address": HERE });
        let explanation = explained(&app, key, form).await;
        let code: model::verify::Code = serde_json::from_value(explanation["Done"]["code"].clone()).unwrap();
        let sent = app.authorize(&key.token, "POST", path).await;
        let problem = (sent.status != 200).then(|| sent.problem());
        assert_eq!(code.http(), (sent.status, problem.as_deref()), "{path}: {explanation}");
    }
}

#[tokio::test]
async fn a_question_does_not_count_as_use_of_the_key() {
    let app = TestApp::new().await.with_owner().await;
    let key = key(&app).await;
    let id = json!({ "id": key.id });
    let before = app.post_json("/api/keys/details", &id).await.json();
    let form = json!({ "method": "POST", "path": CHAT, "address": HERE });
    assert_eq!(explained(&app, &key, form).await["Done"]["code"], "VALID");
    let after = app.post_json("/api/keys/details", &id).await.json();
    for field in ["day", "month", "token_used_at"] {
        assert_eq!(before[field], after[field], "{field}");
    }
}
