//! The query is invalid.

use serde_json::json;

use crate::common::TestApp;

#[tokio::test]
async fn an_invalid_day_or_page_gets_an_error() {
    let app = TestApp::new().await.with_owner().await;
    for (query, sentence) in [
        (
            json!({ "from": "yesterday" }),
            "From is not a day; write it like 2027-02-20.",
        ),
        (
            json!({ "to": "2027-02-30" }),
            "To is not a day; write it like 2027-02-20.",
        ),
        (
            json!({ "before": "last" }),
            "This page of the log does not exist. Start with the newest events.",
        ),
    ] {
        let answer = app.post_json("/api/audit/list", &json!({ "query": query })).await;
        assert_eq!(answer.status, 409, "{query}");
        assert_eq!(answer.error("invalid_query"), sentence, "{query}");
    }
}
