//! A node of the older version that starts on the schema of the next version.

use backend::audit::Actor;
use backend::error::RefusedStart;
use backend::{Backups, Error};
use model::endpoint::Grant;
use model::verify::Code;

use super::migrate;
use super::next_version::{BreakingVersion, NextVersion};
use crate::common::database::{execute, on_postgres};
use crate::common::{MASTER_KEY, TestBackend, code, create, new_key, open};

#[tokio::test]
async fn an_old_node_starts_on_a_schema_that_was_only_added_to() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    migrate::<NextVersion>(&test.database).await;
    let node = test.another(2).await;
    node.cluster.load_index().await.unwrap();
    node.cluster.join().await.unwrap();
    assert_eq!(code(&node, &key.token, "chat"), Code::Valid);
    node.keys.disable(&Actor::command_line(), &key.id).await.unwrap();
    assert_eq!(code(&node, &key.token, "chat"), Code::Inactive);
    let check = node.audit.verify_chain(&Actor::command_line()).await.unwrap();
    assert_eq!(check.broken, None);
}

#[tokio::test]
async fn an_old_node_does_not_start_on_a_schema_that_breaks_it() {
    let test = TestBackend::new().await;
    migrate::<BreakingVersion>(&test.database).await;
    let refused = open(&test.database, &test.clock, MASTER_KEY, 2).await.unwrap_err();
    assert!(
        matches!(refused, Error::RefusedStart(RefusedStart::NewerSchema)),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("start the newer version"), "{refused}");
}

#[tokio::test]
async fn a_database_with_a_part_of_a_newer_schema_is_refused() {
    let test = TestBackend::new().await;
    migrate::<NextVersion>(&test.database).await;
    let db = test.connect_directly().await;
    let sql = format!(
        "DELETE FROM seaql_migrations WHERE version = '{}'",
        migrations::LAST_WITHOUT_RULE
    );
    execute(&db, &sql).await.unwrap();
    let refused = open(&test.database, &test.clock, MASTER_KEY, 2).await.unwrap_err();
    assert!(
        matches!(refused, Error::RefusedStart(RefusedStart::NewerSchema)),
        "{refused:?}"
    );
}

/// On SQLite, a backup is the whole file, whatever is in it.
#[tokio::test]
async fn a_copy_that_would_lack_what_a_newer_version_added_is_refused() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("Shop", Grant::All)).await;
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = (folder.path().join("before.db"), folder.path().join("after.db"));
    test.services.backups.create(&before).await.unwrap();
    migrate::<NextVersion>(&test.database).await;
    let copied = test.services.backups.create(&after).await;
    if !on_postgres() {
        copied.unwrap();
        let kept = "SELECT count(*) FROM pragma_table_info('api_keys') WHERE name = 'team_id'";
        assert_eq!(crate::backup::number(&after, kept).await, 1);
        return;
    }
    assert!(
        matches!(copied, Err(Error::RefusedStart(RefusedStart::NewerCopy))),
        "{copied:?}"
    );
    assert!(!after.exists());
    let backend::Location::Postgres(url) = test.database.location() else {
        panic!("the tests run on PostgreSQL")
    };
    let replaced = Backups::replace(&url, &before, &after, &*test.clock).await;
    assert!(
        matches!(replaced, Err(Error::RefusedStart(RefusedStart::NewerCopy))),
        "{replaced:?}"
    );
}
