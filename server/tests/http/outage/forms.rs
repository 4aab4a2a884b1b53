//! Plain forms: what was typed is kept, and no secret.

use model::role::Role;

use super::{assert_outage, take_database_away, without_database};
use crate::common::{PASSWORD, TestApp, email};
use crate::customers_import::import;

const NOTHING_CHANGED: &str = "The console cannot reach its database. Nothing was changed. Try again in a moment.";

#[tokio::test]
async fn a_form_for_a_key_comes_back_with_all_that_was_typed() {
    let app = without_database().await;
    let typed = [
        ("name", "Shop <b>"),
        ("environment", "default"),
        ("endpoints", "only"),
        ("endpoint", "chat"),
        ("endpoint", "image"),
        ("addresses", "203.0.113.0/24\r\n2001:db8::/32"),
    ];
    let page = app.post_form("/keys/new?search=a", &typed).await;
    assert_outage(&page, "/keys/new");
    // A page that a form has made must not load again by itself.
    assert_eq!(page.header("refresh"), None);
    assert!(page.body.contains(">Nothing was changed yet</h1>"), "{}", page.body);
    assert!(page.body.contains(NOTHING_CHANGED), "{}", page.body);
    assert_eq!(page.attributes("action"), ["/keys/new?search=a"]);
    assert_eq!(page.field("name"), "Shop &lt;b&gt;");
    assert_eq!(page.field("environment"), "default");
    assert_eq!(page.field("addresses"), "203.0.113.0/24\r\n2001:db8::/32");
    for endpoint in ["chat", "image"] {
        let field = format!("name=\"endpoint\" value=\"{endpoint}\"");
        assert!(page.body.contains(&field), "{field} in {}", page.body);
    }
}

#[tokio::test]
async fn a_button_without_fields_can_be_pressed_again() {
    let app = without_database().await;
    for path in ["/keys/key_0000000000/disable", "/keys/key_0000000000/delete", "/logout"] {
        let page = app.post_form(path, &[("person", "usr_1")]).await;
        assert_outage(&page, path);
        assert_eq!(page.attributes("action"), [path]);
        assert_eq!(page.field("person"), "usr_1");
        assert!(page.body.contains(">Send again</button>"), "{}", page.body);
    }
}

#[tokio::test]
async fn a_login_keeps_the_address_and_not_the_password() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    take_database_away(&app).await;
    let owner = email(Role::Owner);
    let form = [("email", owner.as_str()), ("password", PASSWORD)];
    let page = app.post_form("/login", &form).await;
    assert_eq!(
        (page.status, page.header("retry-after")),
        (503, Some("5")),
        "{}",
        page.body
    );
    assert!(page.body.contains(NOTHING_CHANGED), "{}", page.body);
    assert_eq!((page.field("email"), page.field("password")), (owner.as_str(), ""));
    assert!(!page.body.contains(PASSWORD), "{}", page.body);
}

/// The session cannot be read, so not even the login can be shown as it is.
#[tokio::test]
async fn a_login_of_a_browser_with_a_session_keeps_the_address_and_not_the_password() {
    let app = without_database().await;
    let form = [("email", "grace@example.com"), ("password", PASSWORD), ("other", "x")];
    let page = app.post_form("/login", &form).await;
    assert_outage(&page, "/login");
    assert_eq!(page.attributes("action"), ["/login"]);
    assert_eq!((page.field("email"), page.field("password")), ("grace@example.com", ""));
    assert!(page.body.contains("type=\"password\""), "{}", page.body);
    for left_out in [PASSWORD, "other"] {
        assert!(!page.body.contains(left_out), "{}", page.body);
    }
}

#[tokio::test]
async fn an_invited_person_keeps_the_name_and_enters_the_password_again() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    take_database_away(&app).await;
    let form = [("name", "Grace Hopper"), ("password", PASSWORD)];
    let page = app.post_form("/invite?link=secret", &form).await;
    assert_outage(&page, "/invite");
    assert_eq!((page.field("name"), page.field("password")), ("Grace Hopper", ""));
    assert!(!page.body.contains(PASSWORD), "{}", page.body);
}

#[tokio::test]
async fn the_lines_of_an_import_come_back() {
    let app = without_database().await;
    let lines = "external_id,name\nacme,\"Acme & Co\"\n";
    let page = import(&app, &[("lines", lines), ("file", ""), ("confirm", "yes")]).await;
    assert_outage(&page, "/customers/import");
    assert_eq!(page.field("lines").replace("&quot;", "\"").replace("&amp;", "&"), lines);
    assert!(page.body.contains("enctype=\"multipart/form-data\""), "{}", page.body);
    assert!(
        !page.body.contains("name=\"confirm\""),
        "it is not known what would happen now"
    );
}
