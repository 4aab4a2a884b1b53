//! The key is created, and its token is shown once.

use model::role::Role;
use model::time::DAY;
use serde_json::json;

use super::form;
use crate::common::{Answer, TestApp};

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

#[tokio::test]
async fn a_new_key_says_what_it_is_for() {
    let app = TestApp::new().await.with_owner().await;
    let fields = form(&[
        ("description", "Reads orders"),
        ("tags", "eu billing EU"),
        ("location", "Vault"),
    ]);
    app.post_form("/keys/new", &fields).await.shown_token();
    let listed = app.get("/keys?tag=billing").await.body;
    let id = listed.split("/keys/key_").nth(1).unwrap().get(..10).unwrap().to_owned();
    let page = app.get(&format!("/keys/key_{id}")).await.body;
    for part in ["Reads orders", "Vault", "/keys?tag=eu", "/keys?tag=billing"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn a_form_for_a_copy_is_filled_with_the_settings_of_its_original() {
    let app = TestApp::new().await.with_owner().await;
    let fields = form(&[
        ("name", "Shop"),
        ("endpoint", "image"),
        ("tags", "billing"),
        ("limit_day", "9"),
        ("allowed_addresses", "203.0.113.0/24"),
    ]);
    let token = app.post_form("/keys/new", &fields).await.shown_token();
    app.provisioned(&token).await;
    let list = app.get("/keys").await.body;
    let id = list.split("/keys/key_").nth(1).unwrap().get(..10).unwrap().to_owned();
    let page = app.get(&format!("/keys/new?copy=key_{id}")).await;
    assert_eq!(page.field("name"), "Shop (copy)");
    assert_eq!((page.field("tags"), page.field("limit_day")), ("billing", "9"));
    assert_eq!(page.area("allowed_addresses"), "203.0.113.0/24");
    let image = page.body.split("value=\"image\"").nth(1).unwrap();
    assert!(image.split('>').next().unwrap().contains("checked"), "{image}");
    assert!(is_unfolded(&page), "limits with a value are not folded");
    // A plain form of that page makes the copy, and nothing of the address stays.
    let sent = form(&[("name", "Shop (copy)"), ("endpoint", "chat")]);
    let answer = app.post_form(&format!("/keys/new?copy=key_{id}"), &sent).await;
    assert_ne!(answer.shown_token(), token);
    assert!(!answer.body.contains("href=\"/keys?copy="), "{}", answer.body);
}

/// Whether the form shows its limits.
fn is_unfolded(page: &Answer) -> bool {
    let mut tags = page.body.split("<details").map(|rest| rest.split('>').next().unwrap());
    tags.any(|tag| tag.contains("fold") && tag.contains(" open"))
}

#[tokio::test]
async fn a_form_for_a_copy_of_no_key_says_so() {
    let app = TestApp::new().await.with_owner().await;
    let page = app.get("/keys/new?copy=key_0000000000").await;
    assert!(page.body.contains("There is no key key_0000000000."), "{}", page.body);
    // Another text is no key ID, so the form is that for any key.
    let page = app.get("/keys/new?copy=nonsense").await;
    assert!(page.field("name").starts_with("New key, "), "{}", page.body);
    assert!(!is_unfolded(&page), "{}", page.body);
}
