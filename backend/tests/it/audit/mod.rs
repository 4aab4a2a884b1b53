//! The audit log: one event per mutation, filtered by subject, and chained so that nobody can rewrite it.

mod anchor;
mod chain;
mod export;
mod filters;
mod mutations;
mod pages;
mod refusals;

use crate::common::TestBackend;
use crate::common::database::{execute, number};
use backend::Services;
use backend::audit::Actor;
use model::audit::{AuditPage, AuditQuery, Breakage};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement};
use serde_json::json;

fn by() -> Actor {
    Actor::command_line()
}

async fn run(db: &DatabaseConnection, statements: &[&str]) {
    for sql in statements {
        execute(db, sql).await.unwrap();
    }
}

async fn ask(db: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_all_raw(statement).await.unwrap()
}

/// The number of the first broken event and how it is broken, or `None` if the chain is intact.
async fn broken(services: &Services) -> Option<(i64, Breakage)> {
    let check = services.audit.verify_chain(&by()).await.unwrap();
    if let Some(broken) = &check.broken {
        assert!(check.events < broken.number, "{check:?}");
    }
    check.broken.map(|broken| (broken.number, broken.how))
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

async fn page(test: &TestBackend, query: &AuditQuery) -> AuditPage {
    test.services.audit.list(&by(), query).await.unwrap()
}

/// The actions and subjects of the events that a query finds, latest first.
async fn found(test: &TestBackend, query: AuditQuery) -> Vec<(String, String)> {
    let page = page(test, &query).await;
    let events = page.events.into_iter();
    events
        .map(|event| (event.action, event.subject_name.unwrap_or_default()))
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(action, subject)| ((*action).to_owned(), (*subject).to_owned()))
        .collect()
}

fn query(field: &str, value: &str) -> AuditQuery {
    let mut query = json!({});
    query[field] = json!(value);
    serde_json::from_value(query).unwrap()
}
