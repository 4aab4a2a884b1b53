//! The role does not permit the request.

use model::endpoint::Grant;
use model::role::Role;

use super::{TestSubjects, functions};
use crate::common::TestApp;

#[tokio::test]
async fn a_role_without_the_permission_is_refused_with_a_sentence() {
    for role in [Role::Viewer, Role::Developer] {
        let app = TestApp::new().await.with_user(role).await;
        let key = app.create_key(Grant::All).await;
        let subjects = TestSubjects::create(&app, &key).await;
        let change = *app.services.cluster.watch_changes().borrow();
        let refused: Vec<_> = functions(&subjects)
            .into_iter()
            .filter(|function| function.lowest_role > role)
            .collect();
        assert!(!refused.is_empty(), "{role:?}");
        for function in refused {
            let answer = function.send(&app).await;
            assert_eq!(answer.status, 403, "{role:?} {}: {}", function.path, answer.body);
            let sentence = answer.error("forbidden");
            let start = format!("{}s can't", role.title());
            assert!(sentence.starts_with(&start), "{}: {sentence}", function.path);
        }
        assert_eq!(app.code(&key.token, "chat").await, "VALID", "{role:?}");
        assert_eq!(
            *app.services.cluster.watch_changes().borrow(),
            change,
            "nothing was changed"
        );
    }
}

#[tokio::test]
async fn a_developer_changes_only_their_own_keys() {
    let app = TestApp::new().await.with_owner().await;
    let owners = app.create_own_key("Shop").await;
    let app = app.with_user(Role::Developer).await;
    let subjects = TestSubjects::create(&app, &owners).await;
    let change = *app.services.cluster.watch_changes().borrow();
    let changing: Vec<_> = functions(&subjects)
        .into_iter()
        .filter(|function| function.lowest_role == Role::Developer && TestSubjects::has_one_subject(function))
        // Every developer may change customers.
        .filter(|function| !function.path.contains("customers/"))
        .collect();
    assert_eq!(changing.len(), 9, "requests about one thing");
    for function in changing {
        let answer = function.send(&app).await;
        assert_eq!(answer.status, 403, "{}: {}", function.path, answer.body);
    }
    assert_eq!(app.code(&owners.token, "chat").await, "VALID");
    assert_eq!(
        *app.services.cluster.watch_changes().borrow(),
        change,
        "nothing was changed"
    );
}
