//! The customer is created, and the answer redirects to its screen.

use model::role::Role;
use serde_json::json;

use super::{acme, add, delivered, key_of};
use crate::common::TestApp;

#[tokio::test]
async fn the_customer_is_in_the_list_and_has_a_screen() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let fields = [
        ("external_id", "acme-7"),
        ("name", "Acme & Co"),
        ("metadata", "{\"plan\": \"pro\"}"),
        ("limit_minute", "600"),
        ("version", ""),
    ];
    let id = add(&app, &fields).await;
    let list = app.get("/customers").await;
    assert_eq!(list.status, 200);
    for text in ["Acme &amp; Co", "acme-7", id.as_str(), "1 customer", "Active"] {
        assert!(list.body.contains(text), "{text}: {}", list.body);
    }
    let screen = app.get(&format!("/customers/{id}")).await;
    assert_eq!(screen.status, 200);
    for text in [
        "Acme &amp; Co",
        "acme-7",
        "600 a minute",
        "over all its keys and all nodes",
        "&quot;plan&quot;: &quot;pro&quot;",
        "No keys yet",
        "<span>Created",
    ] {
        assert!(
            screen.body.contains(text) || screen.body.replace('"', "&quot;").contains(text),
            "{text}: {}",
            screen.body
        );
    }
    let links = screen.attributes("href");
    let create = format!("/keys/new?customer={id}");
    assert!(links.contains(&create.as_str()), "{links:?}");
    // A developer may change customers, but not suspend them.
    assert!(links.contains(&format!("/customers/{id}/edit?from=customer").as_str()));
    assert!(!links.iter().any(|link| link.contains("/suspend")));
}

#[tokio::test]
async fn the_verifier_delivers_the_customer_with_its_key() {
    let app = TestApp::new().await.with_owner().await;
    let id = add(
        &app,
        &[
            ("external_id", "acme"),
            ("name", "Acme"),
            ("metadata", "{\"plan\":\"pro\"}"),
        ],
    )
    .await;
    let key = key_of(&app, &id).await;
    let expected = json!({ "id": id.as_str(), "externalId": "acme", "name": "Acme", "metadata": { "plan": "pro" } });
    assert_eq!(delivered(&app, &key).await, expected);
}

#[tokio::test]
async fn the_screen_lists_the_keys_of_the_customer_only() {
    let app = TestApp::new().await.with_owner().await;
    let id = acme(&app).await;
    let key = key_of(&app, &id).await;
    let other = app.create_own_key("Other").await;
    for path in [
        format!("/customers/{id}"),
        format!("/keys?customer={id}"),
        "/keys?customer=acme".to_owned(),
    ] {
        let page = app.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.body.contains(&key.id) && !page.body.contains(&other.id),
            "{path}: {}",
            page.body
        );
    }
    let list = app.get("/customers").await;
    assert!(list.body.contains("1 active of 1 keys of Acme"), "{}", list.body);
}

#[tokio::test]
async fn the_list_is_searched_and_filtered() {
    let app = TestApp::new().await.with_owner().await;
    let acme = acme(&app).await;
    let other = add(&app, &[("external_id", "zulu"), ("name", "Other")]).await;
    app.post(&format!("/customers/{other}/suspend")).await;
    for (query, found) in [
        ("search=ACM", &acme),
        ("search=zul", &other),
        (&format!("search={acme}"), &acme),
        ("status=suspended", &other),
    ] {
        let page = app.get(&format!("/customers?{query}")).await;
        let missing = if *found == acme { &other } else { &acme };
        assert!(page.body.contains(found.as_str()), "{query}: {}", page.body);
        assert!(!page.body.contains(missing.as_str()), "{query}: {}", page.body);
        assert!(page.body.contains("1 customer"), "{query}");
    }
    let nothing = app.get("/customers?search=nobody").await;
    assert!(nothing.body.contains("No customer matches"), "{}", nothing.body);
}

#[tokio::test]
async fn without_a_session_nothing_is_created() {
    let app = TestApp::new().await.with_owner().await;
    let cookies = app.cookies();
    app.forget_cookies();
    let answer = app
        .post_form("/customers/new", &[("external_id", "acme"), ("name", "Acme")])
        .await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/login")));
    app.use_cookies(cookies);
    assert!(app.get("/customers").await.body.contains("Create your first customer"));
}
