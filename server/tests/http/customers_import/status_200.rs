//! What would happen, and what has happened.

use model::role::Role;

use super::{count, import};
use crate::common::TestApp;
use crate::customers_new::add;

const FILE: &str = "external_id,name,limit_day\r\nacme,Acme & Co,5\r\nknown,Known Ltd.,\r\n";

#[tokio::test]
async fn a_file_is_imported_after_it_was_shown_what_would_happen() {
    let app = TestApp::new().await.with_user(Role::Developer).await;
    add(&app, &[("external_id", "known"), ("name", "Known")]).await;
    let start = app.get("/customers/import").await;
    assert_eq!(start.status, 200);
    assert!(!start.body.contains("name=\"confirm\""), "{}", start.body);
    let person = start.attributes("data-person")[0].to_owned();
    let events = app.audit_events().await;

    let shown = import(&app, &[("person", &person), ("file", FILE), ("lines", "")]).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    let told = "1 customer would be created, and 1 changed. Nothing is imported yet.";
    assert!(shown.body.contains(told), "{}", shown.body);
    assert!(shown.body.contains("Name: Known → Known Ltd."), "{}", shown.body);
    assert!(shown.body.contains("Import 2 customers"), "{}", shown.body);
    // The page has the lines of the file, which are sent with the confirmation.
    let lines = shown.area("lines").trim_start_matches('\n').replace("&amp;", "&");
    assert_eq!(lines, FILE);
    assert_eq!((count(&app).await, app.audit_events().await), (1, events));

    let done = import(
        &app,
        &[("person", &person), ("file", ""), ("lines", &lines), ("confirm", "yes")],
    )
    .await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert!(
        done.body.contains("Imported: 1 customer created, and 1 changed."),
        "{}",
        done.body
    );
    assert_eq!((count(&app).await, app.audit_events().await), (2, events + 2));

    let again = import(&app, &[("lines", &lines)]).await;
    assert!(
        again
            .body
            .contains("Nothing would be changed: 2 are as their lines say already."),
        "{}",
        again.body
    );
    assert!(!again.body.contains("name=\"confirm\""), "{}", again.body);
}

#[tokio::test]
async fn a_file_that_nobody_has_seen_checked_is_not_imported() {
    let app = TestApp::new().await.with_owner().await;
    let page = import(&app, &[("file", FILE), ("lines", "external_id\n"), ("confirm", "yes")]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Nothing is imported yet."), "{}", page.body);
    assert_eq!(count(&app).await, 0);
}

#[tokio::test]
async fn the_largest_file_is_read() {
    let app = TestApp::new().await.with_owner().await;
    let metadata = format!("{{\"a\":\"{}\"}}", "x".repeat(900));
    let line = |number| format!("{{\"externalId\":\"c{number}\",\"name\":\"C\",\"metadata\":{metadata}}}");
    let lines = (0..1_000).map(line).collect::<Vec<_>>().join("\n");
    assert!((900_000..1_048_576).contains(&lines.len()), "{}", lines.len());
    let page = import(&app, &[("file", &lines), ("lines", &lines)]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Import 1,000 customers"));
    let done = import(&app, &[("lines", &lines), ("confirm", "yes")]).await;
    assert!(done.body.contains("Imported: 1,000 customers created"));
    assert_eq!(count(&app).await, 1_000);
}

#[tokio::test]
async fn each_line_that_is_refused_is_told_and_nothing_is_imported() {
    let app = TestApp::new().await.with_owner().await;
    let file = "external_id,name\ngood,Good\ncus_x,X\nshort\n";
    for confirm in [false, true] {
        let mut parts = vec![("lines", file)];
        parts.extend(confirm.then_some(("confirm", "yes")));
        let page = import(&app, &parts).await;
        assert_eq!(page.status, 200);
        for sentence in [
            "2 of 3 customers cannot be imported",
            "An external ID cannot begin with cus_",
            "This line has 1 cell, and the header has 2.",
        ] {
            assert!(page.body.contains(sentence), "{sentence}: {}", page.body);
        }
        assert_eq!(page.area("lines").trim_start_matches('\n'), file);
        assert!(!page.body.contains("name=\"confirm\""), "{}", page.body);
    }
    assert_eq!(count(&app).await, 0);
}
