//! The link no longer works, so the page has no form.

use model::time::DAY;

use crate::common::TestApp;

#[tokio::test]
async fn a_link_that_no_longer_works_shows_no_form() {
    let app = TestApp::new().await;
    let replaced = app.services.accounts.issue_setup_link().await.unwrap();
    let old = app.services.accounts.issue_setup_link().await.unwrap();
    app.pass(DAY).await;
    for secret in ["guessed", replaced.secret(), old.secret()] {
        let page = app.get(&format!("/setup?link={secret}")).await;
        assert_eq!(page.status, 410, "{secret}");
        assert!(
            page.body.contains("This link was used already, or it is too old."),
            "{}",
            page.body
        );
        assert!(
            page.body.contains("Restart the server and it prints a new one."),
            "{}",
            page.body
        );
        assert!(!page.body.contains("<form"), "{}", page.body);
    }
}
