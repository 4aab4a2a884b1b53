//! The form is invalid. The link still works.

use crate::common::{PASSWORD, TestApp};

#[tokio::test]
async fn an_error_is_shown_at_its_field_and_the_link_still_works() {
    let app = TestApp::new().await;
    let link = app.services.accounts.issue_setup_link().await.unwrap();
    let path = format!("/setup?link={}", link.secret());
    for (email, password, message) in [
        ("", PASSWORD, "Enter an e-mail address."),
        ("ada", PASSWORD, "That is not an e-mail address."),
        ("ada@example.com", "", "A password has 12 characters or more"),
        ("ada@example.com", "eleven char", "1 is missing."),
        (
            "ada@example.com",
            &"x".repeat(1025),
            "A password has at most 1024 characters.",
        ),
    ] {
        let answer = app.post_form(&path, &[("email", email), ("password", password)]).await;
        assert_eq!(answer.status, 422, "{message}");
        assert!(answer.body.contains(message), "{message}: {}", answer.body);
        assert!(
            answer.attributes("action").contains(&path.as_str()),
            "the form can be sent again"
        );
        assert_eq!(answer.set_cookies(), [""; 0], "{message}");
    }
    let answer = app
        .post_form(&path, &[("email", "ada@example.com"), ("password", PASSWORD)])
        .await;
    assert_eq!(answer.status, 303);
}

#[tokio::test]
async fn a_common_password_is_refused_and_not_sent_back() {
    let app = TestApp::new().await;
    let link = app.services.accounts.issue_setup_link().await.unwrap();
    let fields = [("email", "ada@example.com"), ("password", "Password1234!")];
    let answer = app.post_form(&format!("/setup?link={}", link.secret()), &fields).await;
    assert_eq!(answer.status, 422);
    assert!(!answer.body.contains("Password1234!"));
    assert_eq!(answer.attributes("value"), ["ada@example.com"]);
}
