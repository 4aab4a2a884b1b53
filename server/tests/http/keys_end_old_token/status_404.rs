//! There is no such old token, or it has ended already.

use model::time::DAY;

use super::{Rotated, end};
use crate::common::TestApp;

#[tokio::test]
async fn a_token_that_has_ended_cannot_be_ended_again() {
    let app = TestApp::new().await.with_owner().await;
    let rotated = Rotated::own(&app).await;
    assert_eq!(rotated.end(&app).await.status, 303);
    let page = rotated.end(&app).await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("This old token has ended already."), "{}", page.body);
    let later = Rotated::own(&app).await;
    app.pass(7 * DAY).await;
    app.log_in(model::role::Role::Owner).await;
    assert_eq!(later.end(&app).await.status, 404, "its grace has ended");
}

#[tokio::test]
async fn a_value_that_names_no_old_token_of_this_key_ends_nothing() {
    let app = TestApp::new().await.with_owner().await;
    let (one, other) = (Rotated::own(&app).await, Rotated::own(&app).await);
    for token in [&other.field, "", "nonsense", &one.new, &one.key.token] {
        let page = end(&app, &one.key.id, token).await;
        assert_eq!(page.status, 404, "{token}");
        assert!(!page.attributes("value").iter().any(|value| value.starts_with("sk_")));
    }
    assert_eq!(
        app.post(&format!("/keys/{}/end-old-token", one.key.id)).await.status,
        404
    );
    for token in [&one.key.token, &one.new, &other.key.token, &other.new] {
        assert_eq!(app.code(token, "chat").await, "VALID");
    }
}

#[tokio::test]
async fn an_unknown_key_has_no_old_token() {
    let app = TestApp::new().await.with_owner().await;
    let rotated = Rotated::own(&app).await;
    for id in ["key_0000000000", "nonsense"] {
        let page = end(&app, id, &rotated.field).await;
        assert_eq!(page.status, 404, "{id}");
        assert!(page.body.contains("It may have been deleted."), "{id}: {}", page.body);
    }
    assert_eq!(app.code(&rotated.key.token, "chat").await, "VALID");
}
