//! The session had ended when the form arrived. Nothing is created, and the typed text is not lost.

use model::role::Role;

use super::form;
use crate::common::TestApp;

#[tokio::test]
async fn the_answer_has_the_typed_text_in_a_form_to_send_again() {
    let app = TestApp::new().await;
    app.add_user(Role::Owner).await;
    let fields = form(&[
        ("name", "Shop \"7\" <b>"),
        ("endpoint", "image"),
        ("expires", "90"),
        ("form_id", "form-1"),
        ("limit_day", "1000"),
        ("allowed_addresses", "203.0.113.0/24"),
    ]);
    let page = app.post_form("/keys/new", &fields).await;
    assert_eq!(page.status, 401);
    assert!(page.body.contains("Your session has ended"));
    let values = page.attributes("value");
    for value in [
        "Shop &quot;7&quot; &lt;b&gt;",
        "default",
        "image",
        "90",
        "form-1",
        "1000",
        "203.0.113.0/24",
    ] {
        assert!(values.contains(&value), "{value} not in {values:?}");
    }
    app.log_in(Role::Owner).await;
    assert!(
        app.get("/keys").await.body.contains("Create your first API key"),
        "no key was created"
    );
    assert_eq!(app.post_form("/keys/new", &fields).await.status, 200);
}
