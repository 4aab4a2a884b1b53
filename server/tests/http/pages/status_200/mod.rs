//! The screens. The server renders them completely, so that they work without scripts.

mod key_screen;
mod list;

use model::endpoint::Grant;
use model::role::Role;

use crate::common::{TestApp, new_key};
use crate::customers_new::add;
use crate::profiles_new::{create, named};

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
