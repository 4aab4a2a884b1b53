//! After the password, the page has the form for the code.

use super::Protected;

#[tokio::test]
async fn after_the_password_the_page_has_a_form_for_the_code() {
    let protected = Protected::new().await;
    protected.enter_password().await;
    let page = protected.app.get("/login/code").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Enter your code"), "{}", page.body);
    assert_eq!(page.field("code"), "");
    assert!(page.attributes("inputmode").contains(&"numeric"));
    assert!(page.attributes("autocomplete").contains(&"one-time-code"));
    assert!(page.attributes("href").contains(&"/login"), "a link to start again");
}

#[tokio::test]
async fn the_code_field_accepts_letters_on_a_phone() {
    let protected = Protected::new().await;
    protected.enter_password().await;
    let page = protected.app.get("/login/code").await;
    let link = "/login/code?with=recovery";
    assert!(page.attributes("href").contains(&link));
    let page = protected.app.get(link).await;
    assert_eq!(page.status, 200);
    assert!(page.attributes("inputmode").contains(&"text"));
    assert!(
        page.attributes("action").contains(&link),
        "the same keyboard after an error"
    );
}
