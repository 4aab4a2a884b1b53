//! Query strings that are too long, or have too many fields.

use crate::access::screen_addresses;
use crate::common::TestApp;

#[tokio::test]
async fn a_query_string_that_is_too_long_is_refused_on_every_screen() {
    let app = TestApp::new().await.with_owner().await;
    let long = "a".repeat(17_000);
    for path in screen_addresses(&app).await {
        let answer = app.get(&format!("{path}?search={long}")).await;
        // An entry page redirects people who are logged in.
        assert!(matches!(answer.status, 414 | 303), "{path}: {}", answer.status);
    }
    for path in ["/audit/export", "/usage/export"] {
        assert_eq!(app.get(&format!("{path}?actor={long}")).await.status, 414, "{path}");
    }
}

#[tokio::test]
async fn a_query_string_with_too_many_fields_is_refused() {
    let app = TestApp::new().await.with_owner().await;
    for field in ["status", "endpoint", "profile", "x"] {
        let many = vec![format!("{field}=a"); 300].join("&");
        assert_eq!(app.get(&format!("/keys?{many}")).await.status, 400, "{field}");
        let some = vec![format!("{field}=a"); 100].join("&");
        assert_eq!(app.get(&format!("/keys?{some}")).await.status, 200, "{field}");
    }
}
