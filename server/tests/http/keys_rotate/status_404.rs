//! There is no such key, or it was deleted.

use super::rotate;
use crate::common::TestApp;

#[tokio::test]
async fn rotating_an_unknown_key_shows_no_token() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    assert_eq!(app.post(&format!("/keys/{}/delete", key.id)).await.status, 303);
    for id in [key.id.as_str(), "key_0000000000", "nonsense"] {
        let page = rotate(&app, id, "24h").await;
        assert_eq!(page.status, 404, "{id}");
        assert!(page.body.contains("It may have been deleted."), "{id}: {}", page.body);
        assert!(!page.body.contains("sk_live_"), "{id}");
    }
}
