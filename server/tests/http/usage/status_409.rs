//! The environment, endpoint or key in the URL does not exist.

use crate::common::TestApp;

#[tokio::test]
async fn an_invalid_question_gets_an_error_and_stays_in_the_form() {
    let app = TestApp::new().await.with_owner().await;
    for (query, sentence) in [
        (
            "range=fortnight",
            "There is no such range. Choose 24h, 7d, 30d or 400d.",
        ),
        (
            "key=Shop",
            "No key is called “Shop”. Choose one from the list, or enter a key ID like key_8fQ2nLw0Zz.",
        ),
        (
            "customer=nobody",
            "There is no customer “nobody”, or several have this name. Choose one from the list, or enter its external ID or its ID.",
        ),
        (
            "customer=cus_0123456789&key=key_0123456789",
            "Requests are counted by key and by customer, but not by both at once. Choose a key or a customer.",
        ),
    ] {
        let page = app.get(&format!("/usage?{query}")).await;
        assert_eq!(page.status, 409, "{query}");
        assert!(page.body.contains(sentence), "{query}");
        assert!(page.body.contains("aria-label=\"Usage\""), "the form is there");
    }
}
