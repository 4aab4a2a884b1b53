//! There is no such bias profile, or it was deleted.

use model::profile_form::ProfileForm;

use super::strict;
use crate::common::TestApp;
use crate::profiles_new::{named, post};

#[tokio::test]
async fn a_deleted_bias_profile_cannot_be_edited() {
    let app = TestApp::new().await.with_owner().await;
    let (id, path, form) = strict(&app).await;
    assert_eq!(app.post(&format!("/profiles/{id}/delete")).await.status, 303);
    let page = post(&app, &path, &form).await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("It may have been deleted."), "{}", page.body);
    assert_eq!(app.get(&format!("/profiles/{id}")).await.status, 404);
}

#[tokio::test]
async fn a_malformed_profile_id_is_an_unknown_profile() {
    let app = TestApp::new().await.with_owner().await;
    for id in [
        "prof_0000000000",
        "nonsense",
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "key_0000000000",
    ] {
        let page = post(&app, &format!("/profiles/{id}/edit"), &named("Strict")).await;
        assert_eq!(page.status, 404, "{id}");
        assert!(!page.body.contains("<script>alert"), "{id}");
    }
}

#[tokio::test]
async fn a_profile_comes_before_the_form() {
    let app = TestApp::new().await.with_owner().await;
    for id in ["prof_0000000000", "nonsense"] {
        let page = post(&app, &format!("/profiles/{id}/edit"), &ProfileForm::default()).await;
        assert_eq!(page.status, 404, "{id}");
    }
}
