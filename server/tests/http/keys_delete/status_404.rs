//! There is no such key, or it was deleted.

use crate::common::TestApp;

#[tokio::test]
async fn a_deleted_key_cannot_be_deleted_again() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let path = format!("/keys/{}/delete", key.id);
    assert_eq!(app.post(&path).await.status, 303);
    let page = app.post(&path).await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("It may have been deleted."), "{}", page.body);
}

#[tokio::test]
async fn a_malformed_key_id_is_an_unknown_key() {
    let app = TestApp::new().await.with_owner().await;
    for id in [
        "key_0000000000",
        "nonsense",
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "usr_0000000000",
    ] {
        let page = app.post(&format!("/keys/{id}/delete")).await;
        assert_eq!(page.status, 404, "{id}");
        assert!(!page.body.contains("<script>alert"), "{id}");
    }
}
