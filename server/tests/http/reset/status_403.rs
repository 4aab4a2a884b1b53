//! The link no longer works.

use model::role::Role;
use model::time::DAY;

use super::{link, reset};
use crate::common::{PASSWORD, TestApp};

async fn assert_refused(app: &TestApp, link: &str) {
    let answer = reset(app, link, PASSWORD).await;
    assert_eq!(answer.status, 403, "{link}");
    assert_eq!(answer.set_cookies(), [""; 0], "{link}");
    assert!(
        answer.body.contains("This link was used already, or it is too old."),
        "{}",
        answer.body
    );
    assert!(!answer.body.contains("<form"), "{}", answer.body);
}

#[tokio::test]
async fn a_link_works_once() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    let link = link(&app).await;
    assert_eq!(reset(&app, &link, PASSWORD).await.status, 303);
    app.forget_cookies();
    assert_refused(&app, &link).await;
}

#[tokio::test]
async fn guessed_and_old_links_and_links_for_another_purpose_do_not_work() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    let old = link(&app).await;
    app.pass(DAY).await;
    let setup = app.services.accounts.issue_setup_link().await.unwrap();
    for link in [
        old,
        "/reset?link=guessed".to_owned(),
        "/reset".to_owned(),
        format!("/reset?link={}", setup.secret()),
    ] {
        assert_refused(&app, &link).await;
    }
}
