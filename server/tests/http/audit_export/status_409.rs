//! The query names a day that does not exist.

use crate::common::TestApp;

#[tokio::test]
async fn an_invalid_day_gets_an_error_and_no_event() {
    let app = TestApp::new().await.with_owner().await;
    let events = app.audit_events().await;
    for (query, sentence) in [
        ("from=2027-02-30", "From is not a day; write it like 2027-02-20.\n"),
        ("to=tomorrow", "To is not a day; write it like 2027-02-20.\n"),
        (
            "before=last",
            "This page of the log does not exist. Start with the newest events.\n",
        ),
    ] {
        let answer = app.get(&format!("/audit/export?{query}")).await;
        assert_eq!((answer.status, answer.body.as_str()), (409, sentence), "{query}");
        assert_eq!(answer.header("content-disposition"), None);
    }
    assert_eq!(app.audit_events().await, events);
}
