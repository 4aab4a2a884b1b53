//! The form is invalid. No customer is created, and the typed text stays.

use super::acme;
use crate::common::TestApp;

#[tokio::test]
async fn each_mistake_is_shown_at_its_field() {
    let app = TestApp::new().await.with_owner().await;
    for (field, typed, message) in [
        ("external_id", "", "Enter the customer&#x27;s ID in your own system."),
        ("external_id", "cus_0123456789", "cannot begin with cus_"),
        ("name", " ", "Give the customer a name."),
        ("metadata", "[1]", "Metadata is a JSON object"),
        ("limit_day", "1,000", "Requests a day: write a whole number"),
    ] {
        let mut fields = vec![("external_id", "acme"), ("name", "Acme"), ("limit_second", "7")];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, typed));
        let page = app.post_form("/customers/new", &fields).await;
        assert_eq!(page.status, 422, "{field} {typed:?}");
        let error = format!("{field}-error");
        assert!(
            page.attributes("id").contains(&error.as_str()),
            "{field}: {}",
            page.body
        );
        let html = page.body.replace('\'', "&#x27;");
        assert!(html.contains(message), "{message}: {html}");
        assert_eq!(page.field("limit_second"), "7", "the typed text stays");
    }
    assert!(app.get("/customers").await.body.contains("Create your first customer"));
}

#[tokio::test]
async fn an_external_id_belongs_to_one_customer() {
    let app = TestApp::new().await.with_owner().await;
    acme(&app).await;
    let page = app
        .post_form("/customers/new", &[("external_id", "acme"), ("name", "Another")])
        .await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("has this external ID already."), "{}", page.body);
    assert_eq!(page.field("name"), "Another");
}
