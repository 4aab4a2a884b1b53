//! There is no such key, or it was deleted.

use super::Form;
use crate::common::TestApp;

#[tokio::test]
async fn a_key_that_was_deleted_meanwhile_cannot_be_edited() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let form = Form::open(&app, &key.id).await.with("name", "Store");
    assert_eq!(app.post(&format!("/keys/{}/delete", key.id)).await.status, 303);
    let page = form.send(&app).await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("It may have been deleted."), "{}", page.body);
}

#[tokio::test]
async fn a_malformed_key_id_is_an_unknown_key() {
    let app = TestApp::new().await.with_owner().await;
    for id in ["key_0000000000", "nonsense", "%3Cscript%3Ealert(1)%3C%2Fscript%3E"] {
        let fields = [("name", "Store"), ("expires", "keep")];
        let page = app.post_form(&format!("/keys/{id}/edit"), &fields).await;
        assert_eq!(page.status, 404, "{id}");
        assert!(!page.body.contains("<script>alert"), "{id}");
    }
}
