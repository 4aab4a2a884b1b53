//! The form is invalid, or a clock differs too much. Nothing is changed.

use backend::Settings;
use model::endpoint::Grant;
use model::time::DAY;

use super::rotate;
use crate::common::{Setup, TestApp};

#[tokio::test]
async fn a_form_without_a_grace_changes_nothing() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    for grace in ["", "never", "<script>alert(1)</script>"] {
        let page = rotate(&app, &key.id, grace).await;
        assert_eq!(page.status, 422, "{grace}");
        assert!(
            page.body.contains("Choose when the old token ends."),
            "{grace}: {}",
            page.body
        );
        assert!(page.attributes("id").contains(&"grace-error"), "{}", page.body);
        assert!(!page.body.contains("<script>alert"), "{}", page.body);
    }
    let nothing = app.post(&format!("/keys/{}/rotate", key.id)).body("%zz=%ff&&&").await;
    assert_eq!(nothing.status, 422);
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}

#[tokio::test]
async fn a_browser_clock_that_differs_too_much_changes_nothing() {
    let settings = Settings {
        // The test's clock is within this tolerance of the database's clock, but the year 1970 is not.
        clock_tolerance: 20 * 365 * DAY,
        ..Settings::default()
    };
    let setup = Setup {
        settings,
        ..Setup::default()
    };
    let app = TestApp::with(setup).await.with_owner().await;
    let key = app.create_key(Grant::All).await;
    let fields = [("grace", "now"), ("browser_time", "0"), ("form_id", "form-1")];
    let page = app.post_form(&format!("/keys/{}/rotate", key.id), &fields).await;
    assert_eq!(page.status, 422);
    assert!(
        page.body
            .contains("Set right the one that is wrong: nothing was changed."),
        "{}",
        page.body
    );
    assert_eq!(page.field("form_id"), "form-1", "the form can be sent again");
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}

#[tokio::test]
async fn a_malformed_form_id_is_refused() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let fields = [("grace", "now"), ("form_id", &"x".repeat(65))];
    let page = app.post_form(&format!("/keys/{}/rotate", key.id), &fields).await;
    assert_eq!(page.status, 422);
    assert!(
        page.body.contains("This form did not come from this page."),
        "{}",
        page.body
    );
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
}
