//! The list of keys.

use model::endpoint::Grant;

use crate::common::{TestApp, new_key, only};
use crate::customers_new::add;
use crate::profiles_new::{create, key_with, named};

#[tokio::test]
async fn the_list_of_keys_offers_the_customers() {
    let app = TestApp::new().await.with_owner().await;
    app.create_key(Grant::All).await;
    assert!(
        !app.get("/keys")
            .await
            .attributes("popovertarget")
            .contains(&"filter-customer")
    );
    let id = add(&app, &[("external_id", "acme-7"), ("name", "Acme")]).await;
    let list = app.get("/keys").await;
    assert!(
        list.attributes("popovertarget").contains(&"filter-customer"),
        "{}",
        list.body
    );
    assert_eq!(list.field("customer"), id.as_str());
    let nobodys = app.get("/keys?customer=acme").await;
    assert!(
        nobodys.body.contains("No key matches"),
        "a name finds its customer, who has no key"
    );
    assert!(
        nobodys.body.replace("<!>", "").contains("Customer: Acme"),
        "{}",
        nobodys.body
    );
    let unknown = app.get("/keys?customer=nobody").await;
    assert!(
        unknown.body.replace("<!>", "").contains("Customer: nobody"),
        "{}",
        unknown.body
    );
}

#[tokio::test]
async fn the_query_string_filters_the_list() {
    let app = TestApp::new().await.with_owner().await;
    let profile = create(&app, &named("Strict")).await;
    let strict = key_with(&app, &profile).await;
    let image = app.create_key(only("image")).await;
    app.post(&format!("/keys/{}/disable", image.id)).await;
    for (query, found, missed) in [
        (&format!("profile={profile}"), &strict, &image),
        (&"profile=none".to_owned(), &image, &strict),
        (&"status=inactive".to_owned(), &image, &strict),
        (&"status=active&status=failed".to_owned(), &strict, &image),
        (&"endpoint=chat".to_owned(), &strict, &image),
    ] {
        let page = app.get(&format!("/keys?{query}")).await;
        assert!(page.body.contains(&found.id), "{query}");
        assert!(!page.body.contains(&missed.id), "{query}");
    }
}

#[tokio::test]
async fn the_query_string_sorts_the_list() {
    let app = TestApp::new().await.with_owner().await;
    let mut new = new_key(Grant::All);
    for name in ["Mail", "Shop", "Depot"] {
        new.name = name.to_owned();
        app.create(&new).await;
        app.pass(1).await;
    }
    for (sort, order) in [
        ("", ["Depot", "Shop", "Mail"]),
        ("oldest", ["Mail", "Shop", "Depot"]),
        ("name", ["Depot", "Mail", "Shop"]),
        ("-name", ["Shop", "Mail", "Depot"]),
        ("nonsense", ["Depot", "Shop", "Mail"]),
    ] {
        let page = app.get(&format!("/keys?sort={sort}")).await;
        let places = order.map(|name| page.body.find(&format!("Delete {name}\"")).unwrap());
        assert!(places.is_sorted(), "{sort}: {places:?}");
    }
}

#[tokio::test]
async fn a_long_list_has_links_from_page_to_page() {
    let app = TestApp::new().await.with_owner().await;
    let by = backend::audit::Actor::command_line();
    app.services
        .keys
        .create_many(&by, &new_key(Grant::All), 120)
        .await
        .unwrap();
    let mut path = "/keys?sort=name".to_owned();
    let mut seen = std::collections::BTreeSet::new();
    let mut pages = 0;
    loop {
        let page = app.get(&path).await;
        pages += 1;
        for href in page.attributes("href") {
            if let Some(id) = href.strip_prefix("/keys/key_") {
                seen.insert(id.split(['/', '?']).next().unwrap().to_owned());
            }
        }
        let hrefs = page.attributes("href");
        let next = hrefs
            .iter()
            .find(|href| href.starts_with("/keys?") && href.contains("after="));
        match next {
            Some(href) if pages < 10 => {
                assert!(href.contains("sort=name"), "{href}");
                path = href.replace("&amp;", "&");
            }
            _ => break,
        }
    }
    assert_eq!((pages, seen.len()), (3, 120));
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
async fn the_query_string_searches_the_list() {
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
async fn an_environment_in_the_query_string_is_shown_but_not_remembered() {
    let app = TestApp::new().await.with_owner().await;
    for address in [
        "/keys?environment=default",
        "/usage?environment=default",
        "/?environment=",
    ] {
        let page = app.get(address).await;
        assert_eq!((page.status, page.set_cookies().len()), (200, 0), "{address}");
    }
    let page = app.get("/keys?environment=default").await;
    assert!(
        page.body.contains("<option value=\"default\" selected>"),
        "{}",
        page.body
    );
    // The scripts store the choice in a cookie with the name that the server reads.
    let instance = format!("data-instance=\"{}\"", app.services.instance());
    assert!(page.body.contains(&instance), "{}", page.body);
}

#[tokio::test]
async fn nonsense_in_the_query_string_does_not_fail() {
    let app = TestApp::new().await.with_owner().await;
    app.create_key(Grant::All).await;
    let endless = format!("search={}", "x".repeat(10_000));
    for query in [
        "after=nonsense",
        "after=-1-",
        "after=~",
        "sort=bogus",
        "sort=name&after=%00~%00",
        "attention=bogus",
        "profile=bogus",
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
