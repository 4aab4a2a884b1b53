//! The form is invalid. The link still works.

use model::role::Role;

use super::{join, link};
use crate::common::{PASSWORD, TestApp};

#[tokio::test]
async fn an_error_is_shown_at_its_field_and_the_link_still_works() {
    let app = TestApp::new().await.with_owner().await;
    let link = link(&app, Role::Viewer).await;
    let long = "x".repeat(101);
    for (name, password, message) in [
        ("Grace", "short", "A password has 12 characters or more; 7 are missing."),
        ("Grace", "", "A password has 12 characters or more"),
        ("Grace", "grace@example.com", "one of the first things"),
        (&long, PASSWORD, "A name has at most 100 characters; this one has 101."),
        ("Nobody", PASSWORD, "“nobody” stands for what is no person"),
        ("Gra\u{202e}ce", PASSWORD, "A name cannot have the character U+202E"),
    ] {
        let answer = app.post_form(&link, &[("name", name), ("password", password)]).await;
        assert_eq!(answer.status, 422, "{message}");
        assert!(answer.body.contains(message), "{message}: {}", answer.body);
        assert!(answer.attributes("action").contains(&link.as_str()));
        assert_eq!(answer.field("name"), name, "the typed text stays");
        assert_eq!(answer.field("password"), "", "but a password");
        assert_eq!(answer.set_cookies(), [""; 0]);
    }
    assert_eq!(join(&app, &link).await.status, 303);
}
