//! Programs get a problem, never a page.

use crate::common::TestApp;

#[tokio::test]
async fn an_unknown_path_gets_a_problem_with_every_method() {
    let app = TestApp::new().await;
    for path in [
        "/v1",
        "/v1/",
        "/v1/keys",
        "/v1/keys/verify/",
        "/v1/authorized",
        "/v1/a/b/c",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = app.get(path).method(method).header("accept", "text/html").await;
            assert_eq!(answer.status, 404, "{method} {path}");
            assert_eq!(answer.problem(), "ERR_NOT_FOUND", "{method} {path}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{method} {path}");
        }
    }
}
