//! A button that fills in the form, without scripts: the form comes again, and nothing is created.

use model::role::Role;

use super::named;
use crate::common::{Answer, TestApp};

/// Presses a button of the form, with these thresholds and actions for all.
async fn press(app: &TestApp, path: &str, fill: &str, all: (&str, &str)) -> Answer {
    let form = named("  Shop & more ");
    let mut fields = vec![
        ("name", form.name.as_str()),
        ("description", "For <b>the</b> shop"),
        ("on", "age"),
        ("version", ""),
        ("all_threshold", all.0),
        ("all_action", all.1),
        ("fill", fill),
    ];
    for _ in &form.threshold {
        fields.push(("threshold", "nonsense"));
        fields.push(("action", "allow"));
    }
    app.post_form(path, &fields).await
}

/// How many categories are ticked.
fn ticked(page: &Answer) -> usize {
    let inputs = page.body.split("<input").skip(1);
    let inputs = inputs.map(|rest| rest.split('>').next().unwrap());
    inputs
        .filter(|input| input.contains("name=\"on\"") && input.contains(" checked"))
        .count()
}

fn thresholds(page: &Answer, value: &str) -> usize {
    let inputs = page.body.split("<input").skip(1);
    let inputs = inputs.map(|rest| rest.split('>').next().unwrap());
    let value = format!(" value=\"{value}\"");
    inputs
        .filter(|input| input.contains("name=\"threshold\"") && input.contains(&value))
        .count()
}

#[tokio::test]
async fn a_preset_fills_in_all_categories_and_loses_nothing_else() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let events = app.audit_events().await;
    for (preset, threshold, action) in [
        ("lenient", "71", "flag"),
        ("balanced", "31", "flag"),
        ("strict", "31", "block"),
    ] {
        let page = press(&app, "/profiles/new", preset, ("7", "allow")).await;
        assert_eq!(page.status, 200, "{preset}: {}", page.body);
        assert_eq!((ticked(&page), thresholds(&page, threshold)), (9, 9), "{preset}");
        let gender = page.body.split("Gender action").nth(1).unwrap();
        let option = gender.split(&format!("value=\"{action}\"")).nth(1).unwrap();
        assert!(
            option.split('>').next().unwrap().contains("selected"),
            "{preset}: {option}"
        );
        assert_eq!(page.field("name"), "  Shop &amp; more ");
        assert!(
            page.body.contains("For &lt;b&gt;the&lt;/b&gt; shop</textarea>"),
            "{}",
            page.body
        );
        assert_eq!(page.field("all_threshold"), "7");
        assert!(!page.body.contains("field__error"), "{}", page.body);
    }
    assert_eq!(app.audit_events().await, events, "nothing is created");
}

#[tokio::test]
async fn one_value_for_all_keeps_the_ticks() {
    let app = TestApp::new().await.with_owner().await;
    let page = press(&app, "/profiles/new", "all", (" 40 ", "block")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!((ticked(&page), thresholds(&page, "40")), (1, 9));
}

#[tokio::test]
async fn what_is_no_value_for_all_is_named_and_changes_nothing() {
    let app = TestApp::new().await.with_owner().await;
    let page = press(&app, "/profiles/new", "all", ("101", "block")).await;
    assert_eq!(page.status, 422);
    assert!(
        page.body.contains("A threshold is a whole number from 0 to 100."),
        "{}",
        page.body
    );
    assert_eq!((ticked(&page), thresholds(&page, "nonsense")), (1, 9));
    assert_eq!(page.field("all_threshold"), "101");
}

#[tokio::test]
async fn a_person_who_may_not_change_profiles_fills_in_nothing() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    let page = press(&app, "/profiles/new", "strict", ("", "")).await;
    assert_eq!(page.status, 403, "{}", page.body);
}
