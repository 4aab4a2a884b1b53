//! The key is created, and its token is shown once.

use model::role::Role;
use model::time::DAY;
use serde_json::json;

use super::form;
use crate::common::TestApp;

#[tokio::test]
async fn the_token_is_shown_once_and_works() {
    let app = TestApp::new().await.with_owner().await;
    let page = app.post_form("/keys/new", &form(&[])).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Save your API key"));
    assert!(page.body.contains("This key is shown only once."));
    let token = page.shown_token();
    assert!(model::token::check(&token).is_ok());
    assert!(["PROVISIONING", "VALID"].contains(&app.code(&token, "chat").await.as_str()));
    for path in ["/", "/keys", "/keys/new"] {
        assert!(!app.get(path).await.body.contains(&token), "{path}");
    }
}

#[tokio::test]
async fn the_curl_line_keeps_the_token_out_of_the_shells_history() {
    let app = TestApp::new().await.with_owner().await;
    let page = app.post_form("/keys/new", &form(&[("endpoint", "image")])).await;
    assert!(page.body.contains("curl -i http:"), "{}", page.body);
    assert!(
        page.body.contains("http://latchkey.test/v1/authorize/api/v1/img"),
        "{}",
        page.body
    );
    assert!(page.body.contains("$LATCHKEY_TOKEN"));
}

#[tokio::test]
async fn a_ticked_box_means_only_these_whatever_the_radio_says() {
    let app = TestApp::new().await.with_owner().await;
    let fields = form(&[("endpoints", "all"), ("endpoint", "image"), ("endpoint", "check-bias")]);
    let token = app.post_form("/keys/new", &fields).await.shown_token();
    app.provisioned(&token).await;
    assert_eq!(app.code(&token, "image").await, "VALID");
    assert_eq!(app.code(&token, "check-bias").await, "VALID");
    assert_eq!(app.code(&token, "chat").await, "FORBIDDEN");
}

#[tokio::test]
async fn an_end_date_is_stored() {
    let app = TestApp::new().await.with_owner().await;
    let token = app
        .post_form("/keys/new", &form(&[("expires", "30")]))
        .await
        .shown_token();
    app.provisioned(&token).await;
    app.pass(30 * DAY - 1).await;
    assert_eq!(app.code(&token, "chat").await, "VALID");
    app.pass(1).await;
    assert_eq!(app.code(&token, "chat").await, "EXPIRED");
}

#[tokio::test]
async fn limits_and_addresses_are_stored() {
    let app = TestApp::new().await.with_owner().await;
    let fields = form(&[
        ("limit_second", "10"),
        ("limit_minute", ""),
        ("limit_day", " 1000 "),
        ("allowed_addresses", "203.0.113.9/24\r\n2001:db8::/32\r\n"),
    ]);
    let token = app.post_form("/keys/new", &fields).await.shown_token();
    app.provisioned(&token).await;
    let asked = |ip| app.verify(&json!({ "key": token, "endpoint": "chat", "ip": ip }));
    assert_eq!(asked("198.51.100.7").await.json()["code"], "ADDRESS_NOT_ALLOWED");
    let allowed = asked("203.0.113.7").await.json();
    assert_eq!(allowed["code"], "VALID");
    let page = app.get(&format!("/keys/{}", allowed["keyId"].as_str().unwrap())).await;
    assert!(page.body.contains("10 a second, 1,000 a day"), "{}", page.body);
    assert!(page.body.contains("over all nodes"), "{}", page.body);
    for network in ["203.0.113.0/24", "2001:db8::/32"] {
        assert!(page.body.contains(&format!("<li>{network}<")), "{}", page.body);
    }
}

#[tokio::test]
async fn a_key_belongs_to_the_person_of_the_session_whatever_the_form_says() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    let app = app.with_user(Role::Developer).await;
    let fields = form(&[
        ("created_by", "owner"),
        ("creator", "owner"),
        ("user_id", "usr_0000000000"),
    ]);
    assert_eq!(app.post_form("/keys/new", &fields).await.status, 200);
    let list = app.post_json("/api/keys/list", &json!({ "query": {} })).await.json();
    assert_eq!(
        (&list["rows"][0]["creator"], &list["rows"][0]["may_change"]),
        (&json!("developer"), &json!(true))
    );
}

#[tokio::test]
async fn a_name_of_emoji_and_markup_is_text() {
    let app = TestApp::new().await.with_owner().await;
    for (name, shown) in [
        ("Shop 🛒👩‍👩‍👧", "Shop 🛒👩‍👩‍👧"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("</script><script>alert(1)//", "&lt;/script&gt;&lt;script&gt;alert(1)//"),
        ("\"><img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
    ] {
        let page = app.post_form("/keys/new", &form(&[("name", name)])).await;
        assert_eq!(page.status, 200, "{name}");
        for page in [page, app.get("/keys").await] {
            assert!(page.body.contains(shown), "{name}: {}", page.body);
            assert!(
                !page.body.contains("<script>alert") && !page.body.contains("<img src=x"),
                "{name}: {}",
                page.body
            );
        }
    }
}

#[tokio::test]
async fn names_need_not_be_unique() {
    let app = TestApp::new().await.with_owner().await;
    let first = app.create_own_key("Shop").await;
    let second = app.create_own_key("Shop").await;
    assert_ne!(first.id, second.id);
    assert_ne!(first.token, second.token);
}
