//! The screen of a key, and the dialogs over it.

use model::endpoint::Grant;

use crate::common::{Answer, TestApp, new_key, only};
use crate::customers_new::{add, key_of};
use crate::profiles_new::{create, named};

#[tokio::test]
async fn a_key_shows_whose_it_is() {
    let app = TestApp::new().await.with_owner().await;
    let id = add(
        &app,
        &[
            ("external_id", "acme-7"),
            ("name", "Acme"),
            ("metadata", "{\"plan\":\"pro\"}"),
        ],
    )
    .await;
    let key = key_of(&app, &id).await;
    let list = app.get(&format!("/keys?environment=&customer={id}")).await;
    assert!(list.body.contains("default · Acme · "), "{}", list.body);
    assert!(list.body.replace("<!>", "").contains("Customer: Acme"), "{}", list.body);
    assert!(
        list.attributes("href").contains(&"/keys?environment="),
        "the filter is removable"
    );
    let kept = format!("<input type=\"hidden\" name=\"customer\" value=\"{id}\">");
    assert!(list.body.contains(&kept), "a search keeps the filter: {}", list.body);
    let screen = app.get(&format!("/keys/{}", key.id)).await;
    let link = format!("/customers/{id}");
    assert!(screen.attributes("href").contains(&link.as_str()), "{}", screen.body);
    let delete = app.get(&format!("/keys/{}/delete", key.id)).await;
    assert!(delete.body.replace("<!>", "").contains(" of Acme"), "{}", delete.body);
    let edit = app.get(&format!("/keys/{}/edit", key.id)).await;
    assert_eq!(typed_customer(&edit), "acme-7");
    for customer in [id.as_str(), "acme-7", "external:acme-7"] {
        let create = app.get(&format!("/keys/new?customer={customer}")).await;
        assert_eq!(typed_customer(&create), "acme-7", "{customer}");
    }
    assert_eq!(typed_customer(&app.get("/keys/new?customer=nobody").await), "");
}

/// The value of the field Customer in a dialog. The list behind it has fields of this name, too.
fn typed_customer(page: &Answer) -> &str {
    let field = page.body.split("<input id=\"customer\"").nth(1).unwrap();
    let field = field.split('>').next().unwrap();
    field
        .split(" value=\"")
        .nth(1)
        .map_or("", |rest| rest.split('"').next().unwrap())
}

#[tokio::test]
async fn the_screen_of_a_key_shows_everything_about_it() {
    let app = TestApp::new().await.with_owner().await;
    let profile = create(&app, &named("Strict")).await;
    let mut new = new_key(only("image"));
    new.profile = Some(profile.clone());
    new.expires_at = Some(app.services.now().plus(90 * model::time::DAY));
    let key = app.create(&new).await;
    assert_eq!(app.code(&key.token, "image").await, "VALID");
    assert_eq!(app.code(&key.token, "chat").await, "FORBIDDEN");
    let page = app.get(&format!("/keys/{}", key.id)).await;
    assert_eq!(page.status, 200);
    let last_four = &key.token[key.token.len() - 4..];
    for text in [
        key.id.as_str(),
        &format!("sk_live_…{last_four}"),
        "default",
        "command line",
        "20 Feb 2027",
        "203.0.113.7",
        "Strict v1",
        "GET, POST /api/v1/img",
        "http://latchkey.test/v1/authorize/api/v1/img",
        "Nodes ready",
    ] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(!page.body.contains(&key.token));
    let hrefs = page.attributes("href");
    for action in ["edit", "rotate", "delete"] {
        let link = format!("/keys/{}/{action}?from=key", key.id);
        assert!(hrefs.contains(&link.as_str()), "{link}: {hrefs:?}");
    }
}

#[tokio::test]
async fn the_screen_of_a_key_offers_only_what_its_status_allows() {
    let app = TestApp::new().await;
    let mut new = new_key(Grant::All);
    new.expires_at = Some(app.services.now().plus(model::time::DAY));
    let key = app.create(&new).await;
    app.pass(model::time::DAY).await;
    let app = app.with_owner().await;
    let page = app.get(&format!("/keys/{}", key.id)).await;
    assert!(page.body.contains("Expired"), "{}", page.body);
    let hrefs = page.attributes("href");
    let offers = |action: &str| {
        let start = format!("/keys/{}/{action}", key.id);
        hrefs.iter().any(|href| href.starts_with(&start))
    };
    assert!(offers("delete") && !offers("edit") && !offers("rotate"), "{hrefs:?}");
}
