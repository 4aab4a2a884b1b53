//! The link no longer works.

use backend::audit::Actor;
use model::list::ListQuery;
use model::role::Role;
use model::time::DAY;

use super::{join, link};
use crate::common::{TestApp, email};

async fn assert_refused(app: &TestApp, link: &str) {
    for answer in [app.get(link).await, join(app, link).await] {
        assert_eq!(answer.status, 403, "{link}");
        assert_eq!(answer.set_cookies(), [""; 0], "{link}");
        assert!(
            answer.body.contains("This link was used already, or it is too old."),
            "{}",
            answer.body
        );
        assert!(!answer.body.contains("<form"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_link_works_once() {
    let app = TestApp::new().await.with_owner().await;
    let link = link(&app, Role::Viewer).await;
    assert_eq!(join(&app, &link).await.status, 303);
    app.forget_cookies();
    assert_refused(&app, &link).await;
}

#[tokio::test]
async fn guessed_and_old_links_and_links_for_another_purpose_do_not_work() {
    let app = TestApp::new().await.with_owner().await;
    let id = app
        .services
        .accounts
        .find_by_email(&backend::Actor::command_line(), &email(Role::Owner))
        .await
        .unwrap();
    let old = link(&app, Role::Viewer).await;
    app.pass(7 * DAY).await;
    let by = Actor::command_line();
    let reset = app.services.accounts.issue_reset_link(&by, &id, "").await.unwrap().url;
    for link in [
        old,
        "/invite?link=guessed".to_owned(),
        "/invite".to_owned(),
        reset.replace("/reset", "/invite"),
    ] {
        assert_refused(&app, &link).await;
    }
}

#[tokio::test]
async fn revoked_and_replaced_links_do_not_work() {
    let app = TestApp::new().await.with_owner().await;
    let owner = app.cookies();
    let replaced = link(&app, Role::Owner).await;
    app.use_cookies(owner);
    let revoked = link(&app, Role::Viewer).await;
    assert_refused(&app, &replaced).await;
    let open = app
        .services
        .accounts
        .list(&backend::Actor::command_line(), &ListQuery::default())
        .await
        .unwrap()
        .invitations;
    let by = Actor::command_line();
    app.services.accounts.revoke_invitation(&by, &open[0].id).await.unwrap();
    assert_refused(&app, &revoked).await;
}
