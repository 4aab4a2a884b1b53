//! Changing the master key: secrets and the audit chain continue under the new one.

mod audit_log;
mod secrets;
mod start;

use crate::common::database::execute;
use crate::common::{TestBackend, open_under};
use backend::audit::Actor;
use backend::{Services, Settings};
use model::id::EnvironmentId;
use model::list::ListQuery;

const SECOND: &str = "the second master key, as long as it";
const THIRD: &str = "the third master key, as long as they";

fn by() -> Actor {
    Actor::command_line()
}

/// Opens the database with this master key and, perhaps, the previous master key.
async fn open(test: &TestBackend, key: &str, previous: Option<&str>) -> backend::Result<Services> {
    let settings = Settings::default();
    open_under(&test.database, &test.clock, (key, previous), 7, settings).await
}

async fn change(test: &TestBackend, from: &str, to: &str) -> Services {
    open(test, to, Some(from)).await.unwrap()
}

async fn environment(services: &Services) -> EnvironmentId {
    services
        .environments
        .list(&by(), &ListQuery::default())
        .await
        .unwrap()
        .environments
        .remove(0)
        .id
}

async fn reveal(services: &Services) -> String {
    let id = environment(services).await;
    services.environments.reveal_key(&by(), &id).await.unwrap().token
}

/// The number of events. Fails unless the chain is intact.
async fn intact(services: &Services) -> i64 {
    let check = services.audit.verify_chain(&by()).await.unwrap();
    assert_eq!(check.broken, None);
    check.events
}

async fn changes(test: &TestBackend) -> usize {
    test.details_of("master_key.changed").await.len()
}

async fn execute_directly(test: &TestBackend, statements: &[&str]) {
    let db = test.connect_directly().await;
    for sql in statements {
        execute(&db, sql).await.unwrap();
    }
}
