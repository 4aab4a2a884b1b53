//! The link no longer works, so the page has no form.

use model::role::Role;
use model::time::DAY;

use super::{link, reset};
use crate::common::{PASSWORD, TestApp};

async fn assert_gone(app: &TestApp, link: &str) {
    let page = app.get(link).await;
    assert_eq!(page.status, 410, "{link}");
    assert!(
        page.body.contains("This link was used already, or it is too old."),
        "{}",
        page.body
    );
    assert!(page.body.contains("Ask an owner for a new link"), "{}", page.body);
    assert!(!page.body.contains("<form"), "{}", page.body);
}

#[tokio::test]
async fn a_used_link_shows_no_form() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    let link = link(&app).await;
    assert_eq!(reset(&app, &link, PASSWORD).await.status, 303);
    app.forget_cookies();
    assert_gone(&app, &link).await;
}

#[tokio::test]
async fn an_old_guessed_missing_or_foreign_link_does_nothing() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    let old = link(&app).await;
    app.pass(DAY).await;
    let setup = app.services.accounts.issue_setup_link().await.unwrap();
    let other = format!("/reset?link={}", setup.secret());
    for link in [old.as_str(), "/reset?link=guessed", "/reset?link=", "/reset", &other] {
        assert_gone(&app, link).await;
    }
}
