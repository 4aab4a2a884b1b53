//! The screens, rendered whole on the server: they say everything without scripts.

use model::endpoint::Grant;
use model::role::Role;

use crate::common::{TestApp, new_key};

#[tokio::test]
async fn each_screen_has_its_heading() {
    let app = TestApp::new().await.with_owner().await;
    for (path, heading) in [("/", "AI Console"), ("/keys", "API Keys")] {
        let page = app.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.header("content-type")
                .is_some_and(|kind| kind.starts_with("text/html")),
            "{path}"
        );
        assert!(page.body.contains(&format!(">{heading}</h1>")), "{path}: {}", page.body);
    }
}

#[tokio::test]
async fn the_list_shows_keys_masked() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_key(Grant::All).await;
    let page = app.get("/keys").await;
    assert!(page.body.contains(&key.id));
    let last_four = &key.token[key.token.len() - 4..];
    assert!(page.body.contains(&format!("sk_live_…{last_four}")));
    assert!(!page.body.contains(&key.token));
}

#[tokio::test]
async fn the_list_is_searched_by_its_address() {
    let app = TestApp::new().await.with_owner().await;
    let shop = app.create_key(Grant::All).await;
    let mut other = new_key(Grant::All);
    other.name = "Depot".to_owned();
    let depot = app.create(&other).await;
    for (search, found, missed) in [
        ("sho", &shop, &depot),
        ("DEP", &depot, &shop),
        (shop.id.as_str(), &shop, &depot),
    ] {
        let page = app.get(&format!("/keys?search={search}")).await;
        assert!(page.body.contains(&found.id), "{search}");
        assert!(!page.body.contains(&missed.id), "{search}");
    }
    let page = app.get("/keys?search=%25%5F%27%22%3C").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("No key matches"));
}

#[tokio::test]
async fn names_are_shown_as_text() {
    let app = TestApp::new().await.with_owner().await;
    let mut new = new_key(Grant::All);
    new.name = "</script><script>alert(1)</script>\"'&🛒".to_owned();
    let key = app.create(&new).await;
    for path in ["/keys".to_owned(), format!("/keys/{}/delete", key.id)] {
        let page = app.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.body.contains("<script>alert"), "{path}: {}", page.body);
        assert!(
            page.body.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
            "{path}: {}",
            page.body
        );
        assert!(page.body.contains('🛒'), "{path}");
    }
}

#[tokio::test]
async fn a_chosen_environment_is_remembered() {
    let app = TestApp::new().await.with_owner().await;
    let page = app.get("/keys?environment=default").await;
    assert_eq!(
        page.set_cookies(),
        ["latchkey_environment=default; Path=/; Max-Age=31536000; SameSite=Lax"]
    );
    let hostile = app.get("/keys?environment=a%3B%20Domain%3Devil%0D%0A").await;
    assert_eq!(hostile.set_cookies().len(), 1);
    assert!(hostile.set_cookies()[0].starts_with("latchkey_environment=a%3B%20Domain%3Devil%0D%0A; Path=/;"));
}

#[tokio::test]
async fn a_viewer_sees_keys_and_no_controls() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let key = app.create_key(Grant::All).await;
    let page = app.get("/keys").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(&key.id));
    for control in ["Create API Key", "Disable Shop", "Delete "] {
        assert!(!page.body.contains(control), "{control}");
    }
}

#[tokio::test]
async fn nonsense_in_an_address_is_no_failure() {
    let app = TestApp::new().await.with_owner().await;
    app.create_key(Grant::All).await;
    let endless = format!("search={}", "x".repeat(10_000));
    for query in [
        "after=nonsense",
        "after=-1-",
        "status=bogus",
        "endpoint=%00",
        "environment=no-such",
        "%zz=%ff&&",
        &endless,
    ] {
        let page = app.get(&format!("/keys?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        assert!(page.body.contains(">API Keys</h1>"), "{query}");
    }
}
