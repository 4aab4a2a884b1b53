//! The form is invalid. Nothing is created, and the typed text stays.

use model::profile_form::ProfileForm;

use super::{create, named, post};
use crate::common::{Answer, TestApp};

/// A valid form in which the test makes one mistake.
fn form_with_mistake(change: impl FnOnce(&mut ProfileForm)) -> ProfileForm {
    let mut form = named("Strict");
    change(&mut form);
    form
}

fn assert_at_field(page: &Answer, field: &str, message: &str) {
    assert_eq!(page.status, 422, "{message}");
    assert!(page.body.contains(message), "{message}: {}", page.body);
    let error = format!("{field}-error");
    for attribute in ["id", "aria-describedby"] {
        assert!(
            page.attributes(attribute).contains(&error.as_str()),
            "no {attribute}={error}: {}",
            page.body
        );
    }
}

/// The text of the opening tag that begins with `start` and contains `with`.
fn tag<'a>(page: &'a Answer, start: &str, with: &str) -> &'a str {
    page.body
        .split(start)
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap())
        .find(|tag| tag.contains(with))
        .unwrap()
}

#[tokio::test]
async fn each_mistake_is_shown_at_its_field() {
    let app = TestApp::new().await.with_owner().await;
    let number = "a threshold is a whole number from 0 to 100.";
    for (form, field, message) in [
        (
            form_with_mistake(|form| form.name.clear()),
            "name",
            "Give the profile a name.",
        ),
        (
            form_with_mistake(|form| form.name = "x".repeat(61)),
            "name",
            "A name has at most 60 characters; this one has 61.",
        ),
        (
            form_with_mistake(|form| form.name = "a\r\nb".to_owned()),
            "name",
            "A name cannot have the character U+000D: it is a control character.",
        ),
        (
            form_with_mistake(|form| form.name = "None".to_owned()),
            "name",
            "is what a key without a profile has",
        ),
        (
            form_with_mistake(|form| form.description = "x".repeat(501)),
            "description",
            "A description has at most 500 characters; this one has 501.",
        ),
        (
            form_with_mistake(|form| form.threshold[2] = "101".to_owned()),
            "threshold-gender",
            number,
        ),
        (
            form_with_mistake(|form| form.threshold[0] = "-1".to_owned()),
            "threshold-age",
            number,
        ),
        (
            form_with_mistake(|form| form.threshold[8].clear()),
            "threshold-socioeconomic_status",
            number,
        ),
        (
            form_with_mistake(|form| form.action[8] = "shred".to_owned()),
            "threshold-socioeconomic_status",
            "choose Allow, Flag or Block.",
        ),
    ] {
        assert_at_field(&post(&app, "/profiles/new", &form).await, field, message);
    }
    assert!(
        app.get("/profiles")
            .await
            .body
            .contains("Create your first bias profile"),
        "no profile was created"
    );
}

#[tokio::test]
async fn a_name_of_another_bias_profile_is_refused_in_any_case() {
    let app = TestApp::new().await.with_owner().await;
    create(&app, &named("Strict")).await;
    let page = post(&app, "/profiles/new", &named(" sTRICT ")).await;
    assert_at_field(&page, "name", "Another profile has this name.");
}

#[tokio::test]
async fn an_unknown_category_is_refused() {
    let app = TestApp::new().await.with_owner().await;
    let page = post(
        &app,
        "/profiles/new",
        &form_with_mistake(|form| form.on = ["shoes".to_owned()].into_iter().collect()),
    )
    .await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("There is no category"), "{}", page.body);
}

#[tokio::test]
async fn the_typed_text_stays_in_the_form() {
    let app = TestApp::new().await.with_owner().await;
    let form = form_with_mistake(|form| {
        form.description = "For the shop.".to_owned();
        form.on = form.on.iter().filter(|slug| *slug != "religion").cloned().collect();
        form.threshold[2] = "101".to_owned();
        form.action[2] = "block".to_owned();
    });
    let page = post(&app, "/profiles/new", &form).await;
    assert_eq!(page.status, 422);
    let values = page.attributes("value");
    assert!(values.contains(&"Strict") && values.contains(&"101"), "{values:?}");
    assert!(page.body.contains("For the shop.</textarea>"), "{}", page.body);
    assert!(tag(&page, "<input", "value=\"gender\"").contains("checked"));
    assert!(!tag(&page, "<input", "value=\"religion\"").contains("checked"));
    let gender = page.body.split("Gender action").nth(1).unwrap();
    let block = gender.split("value=\"block\"").nth(1).unwrap();
    assert!(block.split('>').next().unwrap().contains("selected"), "{block}");
}

#[tokio::test]
async fn markup_in_a_refused_form_is_text() {
    let app = TestApp::new().await.with_owner().await;
    let form = form_with_mistake(|form| {
        form.name = format!("\"><script>alert(1)</script>{}", "x".repeat(60));
        form.description = "</textarea><script>alert(2)</script>".to_owned();
        form.on = ["<script>alert(3)</script>".to_owned()].into_iter().collect();
        form.threshold[0] = "\"><script>alert(4)</script>".to_owned();
    });
    let page = post(&app, "/profiles/new", &form).await;
    assert_eq!(page.status, 422);
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
}

#[tokio::test]
async fn an_empty_form_is_refused_with_its_errors() {
    let app = TestApp::new().await.with_owner().await;
    assert_eq!(app.post_form("/profiles/new", &[]).await.status, 422);
    assert_eq!(app.post("/profiles/new").body("%zz=%ff&&&").await.status, 422);
}
