//! What a full disk leaves behind. SQLite then ends a transaction by itself, as `RAISE(ROLLBACK)` does.

use backend::audit::Actor;
use model::endpoint::Grant;
use sea_orm::ConnectionTrait;

use crate::common::{TestBackend, create, new_key};

/// Lets inserts into a table fail in this way: ABORT ends the statement, ROLLBACK the transaction.
async fn refuse(db: &impl ConnectionTrait, table: &str, way: &str) {
    let trigger = format!(
        "DROP TRIGGER IF EXISTS full_disk;
         CREATE TRIGGER full_disk BEFORE INSERT ON {table} BEGIN SELECT RAISE({way}, 'full'); END"
    );
    db.execute_unprepared(&trigger).await.unwrap();
}

async fn accept(db: &impl ConnectionTrait) {
    db.execute_unprepared("DROP TRIGGER full_disk").await.unwrap();
}

#[tokio::test]
async fn keys_can_be_created_again_once_there_is_room() {
    let test = TestBackend::on_sqlite().await;
    let db = test.connect_directly().await;
    let (actor, key) = (Actor::command_line(), new_key("Shop", Grant::All));
    refuse(&db, "api_keys", "ROLLBACK").await;
    for _ in 0..3 {
        let refused = test.services.keys.create_many(&actor, &key, 1).await;
        assert!(refused.unwrap_err().to_string().contains("full"));
    }
    accept(&db).await;
    create(&test.services, &key).await;
}

#[tokio::test]
async fn a_heartbeat_that_failed_holds_no_lock() {
    let test = TestBackend::on_sqlite().await;
    let (cluster, db) = (&test.services.cluster, test.connect_directly().await);
    cluster.join().await.unwrap();
    cluster.load_index().await.unwrap();
    // Its acknowledgement waits.
    create(&test.services, &new_key("Shop", Grant::All)).await;
    for way in ["ROLLBACK", "ABORT"] {
        refuse(&db, "node_acknowledgements", way).await;
        // As many as there are connections, and more.
        for _ in 0..8 {
            assert!(cluster.join().await.unwrap_err().to_string().contains("full"));
        }
    }
    accept(&db).await;
    cluster.join().await.unwrap();
    create(&test.services, &new_key("Shop", Grant::All)).await;
}
