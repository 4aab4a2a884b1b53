//! The screens. The server renders them completely, so that they work without scripts.

use model::endpoint::Grant;
use model::role::Role;

use crate::common::{Answer, TestApp, new_key, only};
use crate::customers_new::{add, key_of};
use crate::profiles_new::{create, key_with, named};

#[tokio::test]
async fn each_screen_has_its_heading() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_key(Grant::All).await;
    let profile = create(&app, &named("Strict")).await;
    let customer = add(&app, &[("external_id", "acme"), ("name", "Acme")]).await;
    for (path, heading) in [
        ("/", "AI Console"),
        ("/keys", "API Keys"),
        (&format!("/keys/{}", key.id), "Shop"),
        ("/customers", "Customers"),
        (&format!("/customers/{customer}"), "Acme"),
        ("/profiles", "Bias Profiles"),
        ("/reference", "API Reference"),
        (&format!("/profiles/{profile}"), "Strict"),
    ] {
        let page = app.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.header("content-type")
                .is_some_and(|kind| kind.starts_with("text/html")),
            "{path}"
        );
        let headings: Vec<&str> = page.body.split("<h1").skip(1).collect();
        assert_eq!(headings.len(), 1, "{path}");
        let text = headings[0].split("</h1>").next().unwrap();
        let text = text.replace("<!>", "");
        // What people named has its own direction.
        let text = text.strip_prefix(" dir=\"auto\"").unwrap_or(&text);
        assert_eq!(text, format!(">{heading}"), "{path}");
    }
}

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

/// Browsers with scripts take the content of a `<noscript>` as text, which ends at its end tag, even within an attribute.
#[tokio::test]
async fn no_name_ends_the_noscript_of_a_menu() {
    let app = TestApp::new().await.with_owner().await;
    app.create_key(Grant::All).await;
    let hostile = "</noscript><b>Acme</b>";
    create(&app, &named(hostile)).await;
    add(&app, &[("external_id", "acme"), ("name", hostile)]).await;
    let list = app.get("/keys?search=%3C/noscript%3E%3Cb%3EAcme").await;
    assert!(list.body.contains("&lt;/noscript&gt;&lt;b&gt;Acme"), "{}", list.body);
    assert!(!list.body.contains("</noscript><b>"), "{}", list.body);
    let menus = list.body.split("<noscript>").skip(1);
    let contents: Vec<_> = menus.filter_map(|menu| menu.split("</noscript>").next()).collect();
    for content in ["name=\"status\"", "name=\"customer\"", "name=\"profile\"", "Log out"] {
        assert!(
            contents.iter().any(|menu| menu.contains(content)),
            "no menu has {content}: {contents:?}"
        );
    }
}

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
async fn each_dialog_is_shown_over_the_list_with_its_title() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_key(Grant::All).await;
    for (dialog, title) in [
        ("new", "Create API Key"),
        (&format!("{}/edit", key.id), "Edit API Key"),
        (&format!("{}/rotate", key.id), "Rotate API Key"),
        (&format!("{}/delete", key.id), "Delete API Key"),
    ] {
        let page = app.get(&format!("/keys/{dialog}")).await;
        assert_eq!(page.status, 200, "{dialog}");
        let html = page.body.replace("<!>", "");
        assert!(html.contains(&format!(">{title}</h2>")), "{dialog}: {html}");
        assert!(page.body.contains(">API Keys</h1>"), "{dialog}");
    }
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
async fn names_are_shown_as_text() {
    let app = TestApp::new().await.with_owner().await;
    let mut new = new_key(Grant::All);
    new.name = "</script><script>alert(1)</script>\"'&🛒".to_owned();
    let key = app.create(&new).await;
    let mut paths = vec!["/keys".to_owned()];
    paths.extend(["", "/edit", "/rotate", "/delete"].map(|screen| format!("/keys/{}{screen}", key.id)));
    for path in paths {
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
async fn a_name_cannot_end_the_title_element_that_contains_it() {
    let app = TestApp::new().await.with_owner().await;
    let name = "</title><meta http-equiv=refresh content=0;//evil.example>";
    let mut new = new_key(Grant::All);
    new.name = name.to_owned();
    let key = app.create(&new).await;
    let profile = create(&app, &named(name)).await;
    for path in [format!("/keys/{}", key.id), format!("/profiles/{profile}")] {
        let page = app.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        let head = page.body.split("</head>").next().unwrap();
        assert!(!head.contains("<meta http-equiv=refresh"), "{path}: {head}");
        assert_eq!(head.matches("</title>").count(), 1, "{path}: {head}");
    }
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
async fn a_viewer_sees_keys_but_no_controls() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    let key = app.create_key(Grant::All).await;
    let page = app.get("/keys").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(&key.id));
    for control in [
        "Create API Key",
        "Select Shop",
        "Disable Shop",
        "Edit Shop",
        "Rotate Shop",
        "Delete Shop",
    ] {
        assert!(!page.body.contains(control), "{control}");
    }
    let screen = app.get(&format!("/keys/{}", key.id)).await;
    assert_eq!(screen.status, 200);
    let controls = screen
        .attributes("href")
        .into_iter()
        .filter(|href| href.starts_with("/keys/key_") && href.matches('/').count() > 2);
    assert_eq!(controls.count(), 0, "{}", screen.body);
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

#[tokio::test]
async fn the_navigation_offers_what_a_role_may_see() {
    for role in Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        let page = app.get("/settings/security").await;
        let hrefs = page.attributes("href");
        for (href, least) in [
            ("/keys", Role::Viewer),
            ("/usage", Role::Viewer),
            ("/settings", Role::Viewer),
            ("/settings/endpoints", Role::Viewer),
            ("/audit", Role::Admin),
            ("/settings/nodes", Role::Admin),
            ("/settings/users", Role::Owner),
        ] {
            assert_eq!(hrefs.contains(&href), role >= least, "{role:?} {href}");
        }
    }
}
