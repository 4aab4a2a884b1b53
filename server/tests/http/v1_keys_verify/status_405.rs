//! The request has another method than POST.

use crate::common::TestApp;

#[tokio::test]
async fn another_method_gets_a_problem_that_names_the_right_one() {
    let app = TestApp::new().await;
    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "PURGE"] {
        let answer = app
            .get("/v1/keys/verify?key=sk_live_x&endpoint=chat")
            .method(method)
            .await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.problem(), "ERR_METHOD_NOT_ALLOWED", "{method}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{method}");
        // RFC 9110, section 15.5.6.
        assert_eq!(answer.header("allow"), Some("POST"), "{method}");
    }
}
