//! A file with the customers.

use http_body_util::BodyExt as _;
use model::role::Role;
use model::time::SECOND;

use crate::common::TestApp;
use crate::customers_import::import;
use crate::customers_new::add;

#[tokio::test]
async fn the_file_has_every_customer_in_the_form_that_was_asked_for() {
    let app = TestApp::new().await.with_user(Role::Admin).await;
    let metadata = ("metadata", "{\"plan\": \"pro\"}");
    add(
        &app,
        &[
            ("external_id", "acme"),
            ("name", "Acme"),
            metadata,
            ("limit_minute", "600"),
        ],
    )
    .await;
    let beta = add(&app, &[("external_id", "beta"), ("name", "=Beta")]).await;
    assert_eq!(app.post(&format!("/customers/{beta}/suspend")).await.status, 303);
    app.add_user(Role::Viewer).await;
    app.log_in(Role::Viewer).await;
    let events = app.audit_events().await;
    let csv = app.get("/customers/export").await;
    assert_eq!(
        (csv.status, csv.header("content-type")),
        (200, Some("text/csv; charset=utf-8; header=present"))
    );
    let name = csv.header("content-disposition").unwrap();
    assert!(
        name.starts_with("attachment; filename=\"latchkey-customers-20") && name.ends_with(".csv\""),
        "{name}"
    );
    assert_eq!(csv.header("cache-control"), Some("no-store"));
    assert_eq!(
        csv.body,
        "external_id,name,metadata,limit_second,limit_minute,limit_day,status\n\
         beta,'=Beta,,,,,suspended\n\
         acme,Acme,\"{\"\"plan\"\":\"\"pro\"\"}\",,600,,active\n"
    );
    let lines = app.get("/customers/export?format=jsonl&search=AC&status=active").await;
    assert_eq!(lines.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(
        lines.body,
        "{\"externalId\":\"acme\",\"name\":\"Acme\",\"metadata\":{\"plan\":\"pro\"},\
         \"rateLimit\":{\"second\":null,\"minute\":600,\"day\":null},\"status\":\"active\"}\n"
    );
    assert_eq!(app.get("/customers/export?format=jsonl&search=zulu").await.body, "");
    assert_eq!(app.audit_events().await, events);

    // What was saved is imported again, and changes nothing.
    app.log_in(Role::Admin).await;
    for file in [csv.body, lines.body] {
        let page = import(&app, &[("file", &file)]).await;
        assert!(page.body.contains("Nothing would be changed"), "{}", page.body);
    }
}

#[tokio::test]
async fn an_export_stops_when_the_session_ends() {
    let app = TestApp::new().await.with_owner().await;
    let mut lines = vec!["external_id,name".to_owned()];
    lines.extend((0..1_000).map(|number| format!("c{number:04},C")));
    let file = lines.join("\n");
    assert_eq!(import(&app, &[("lines", &file), ("confirm", "yes")]).await.status, 200);
    add(&app, &[("external_id", "last"), ("name", "Zulu")]).await;
    let mut body = app.get("/customers/export").open().await.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    let first = String::from_utf8(first.to_vec()).unwrap();
    assert_eq!(first.lines().count(), 1_001, "one piece, not the whole export");
    assert_eq!(app.post("/logout").await.status, 303);
    app.pass_in_silence(SECOND);
    assert!(body.frame().await.unwrap().is_err());
    assert!(body.frame().await.is_none());
}
