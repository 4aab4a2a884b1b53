//! The database answers and stores nothing, or it is lost while it stores.

use serde_json::json;

use crate::common::TestApp;
use crate::common::database::{execute, on_postgres, refuse_rows};

const FORM: [(&str, &str); 4] = [
    ("name", "Shop"),
    ("environment", "default"),
    ("endpoints", "all"),
    ("expires", "never"),
];

#[tokio::test]
async fn a_full_disk_refuses_a_change_and_pages_are_still_shown() {
    // A trigger of SQLite cannot say that the disk is full. A unit test has a real SQLite database that is full.
    if !on_postgres() {
        return;
    }
    let app = TestApp::new().await.with_owner().await;
    refuse_rows(&app.connect_directly().await, "audit_events").await;
    let sentence = "The database stores nothing at present: its disk is full, or it is read-only. Nothing was changed.";

    let page = app.post_form("/keys/new", &FORM).await;
    assert_eq!(page.status, 503, "{}", page.body);
    assert!(page.body.contains(sentence), "{}", page.body);
    // This is the dialog itself, since everything it shows can be read.
    assert!(page.body.contains(">Create API Key</h2>"), "{}", page.body);
    assert_eq!(page.field("name"), "Shop");

    let answer = app
        .post_form("/keys/new", &FORM)
        .header("accept", "application/json")
        .await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
    assert_eq!(answer.error("unavailable"), sentence);
    assert_eq!(app.get("/keys").await.status, 200);
}

#[tokio::test]
async fn a_database_that_another_process_keeps_busy_refuses_a_change() {
    let app = TestApp::new().await.with_owner().await;
    let db = app.connect_directly().await;
    let lock = if on_postgres() {
        "BEGIN; SELECT id FROM head WHERE id = 1 FOR UPDATE"
    } else {
        "BEGIN IMMEDIATE"
    };
    execute(&db, lock).await.unwrap();
    let page = app.post_form("/keys/new", &FORM).await;
    assert_eq!(page.status, 503, "{}", page.body);
    assert!(
        page.body.contains("The database is busy with another change."),
        "{}",
        page.body
    );
    assert_eq!(page.field("name"), "Shop");
    execute(&db, "ROLLBACK").await.unwrap();
    assert_eq!(app.post_form("/keys/new", &FORM).await.status, 200);
}

#[tokio::test]
async fn nobody_claims_to_know_the_outcome_of_a_commit_that_was_not_answered() {
    // SQLite has no connection that could break.
    if !on_postgres() {
        return;
    }
    let app = TestApp::new().await.with_owner().await;
    // The database ends the connection in the middle of the commit.
    let end = "CREATE FUNCTION end_connection() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
               CREATE CONSTRAINT TRIGGER end_connection AFTER INSERT ON audit_events DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION end_connection()";
    execute(&app.connect_directly().await, end).await.unwrap();

    let page = app.post_form("/keys/new", &FORM).await;
    assert_eq!(page.status, 503, "{}", page.body);
    assert!(
        page.body.contains(">Not known whether it was done</h1>"),
        "{}",
        page.body
    );
    assert!(
        page.body.contains("It is not known whether the change was made"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("Nothing was changed"), "{}", page.body);
    assert_eq!(page.field("name"), "Shop");

    let form = json!({ "form": { "name": "embed", "title": "Embed", "patterns": "POST /embed" } });
    let answer = app.post_json("/api/endpoints/create", &form).await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    let sentence = answer.error("unavailable");
    assert!(
        sentence.contains("It is not known whether the change was made"),
        "{sentence}"
    );
}
