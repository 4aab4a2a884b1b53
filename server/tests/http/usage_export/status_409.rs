//! The query names something that does not exist.

use crate::common::TestApp;

#[tokio::test]
async fn an_unknown_name_gets_an_error() {
    let app = TestApp::new().await.with_owner().await;
    for (query, sentence) in [
        (
            "range=fortnight",
            "There is no such range. Choose 24h, 7d, 30d or 400d.\n",
        ),
        (
            "key=Shop",
            "No key is called “Shop”. Choose one from the list, or enter a key ID like key_8fQ2nLw0Zz.\n",
        ),
        (
            "customer=cus_0123456789&key=key_0123456789",
            "Requests are counted by key and by customer, but not by both at once. Choose a key or a customer.\n",
        ),
    ] {
        let answer = app.get(&format!("/usage/export?{query}")).await;
        assert_eq!((answer.status, answer.body.as_str()), (409, sentence), "{query}");
        assert_eq!(answer.header("content-disposition"), None);
    }
}
