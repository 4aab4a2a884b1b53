//! SIGTERM: the server stores what it has counted and ends within ten seconds, whatever happens.

use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, Statement};

use super::{Server, ask};

const TEN_SECONDS: Duration = Duration::from_secs(10);

/// A server whose only key was used three times.
fn server_with_used_key() -> Server {
    let mut server = Server::start(&[]);
    let token = server.run(&["key", "create", "--environment", "default", "--name", "Shop"]);
    let console = server.console();
    for _ in 0..3 {
        let body = format!(r#"{{"key": "{}", "endpoint": "chat"}}"#, token.trim());
        let answer = ask(&console, "POST /v1/keys/verify HTTP/1.1", &body);
        assert!(answer.contains("\"VALID\""), "{answer}");
    }
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn uses_are_stored_at_shutdown() {
    let mut server = server_with_used_key();
    let (status, took) = tokio::task::block_in_place(|| server.stop());
    assert!(status.success() && took < TEN_SECONDS, "{took:?} {:#?}", server.log());
    let url = format!("sqlite://{}", server.database().display());
    let db = Box::pin(Database::connect(url)).await.unwrap();
    let sum = Statement::from_string(db.get_database_backend(), "SELECT SUM(count) FROM usage_hours");
    let row = db.query_one_raw(sum).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 3);
    assert!(
        !server.log().iter().any(|line| line.contains("lost")),
        "{:#?}",
        server.log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_store_uses_ends_in_time_and_says_how_many_are_lost() {
    let mut server = server_with_used_key();
    // Another process holds the lock of SQLite, and does not give it back.
    let mut options = ConnectOptions::new(format!("sqlite://{}", server.database().display()));
    options.max_connections(1);
    let db = Box::pin(Database::connect(options)).await.unwrap();
    db.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let (status, took) = tokio::task::block_in_place(|| server.stop());
    assert_eq!(status.code(), Some(1), "{:#?}", server.log());
    assert!(took < TEN_SECONDS, "{took:?} {:#?}", server.log());
    let line = server.wait_for("were not stored in time and are lost");
    assert!(line.contains("keys=1") && line.contains("requests=3"), "{line}");
}
