//! The page is shown while there is no owner.

use crate::common::TestApp;

#[tokio::test]
async fn without_the_link_the_page_says_where_the_link_is() {
    let page = TestApp::new().await.get("/setup").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Open the link from the log"));
    assert!(!page.body.contains("<form"));
}

#[tokio::test]
async fn the_link_shows_the_form_and_opening_it_does_not_use_it_up() {
    let app = TestApp::new().await;
    let link = app.services.accounts.issue_setup_link().await.unwrap();
    let path = format!("/setup?link={}", link.secret());
    for _ in 0..2 {
        let page = app.get(&path).await;
        assert_eq!(page.status, 200);
        assert!(page.attributes("action").contains(&path.as_str()), "{}", page.body);
        assert_eq!(
            page.header("referrer-policy"),
            Some("same-origin"),
            "the link does not leak to another site"
        );
    }
}
