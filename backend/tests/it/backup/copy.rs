//! Copies of the database at hand: what is in them, and which files are refused.

use std::fs;
use std::sync::Arc;

use super::{key, number, open};
use crate::common::{MASTER_KEY, TestBackend, code, create, decide, new_key};
use backend::audit::Actor;
use backend::{Backups, Error};
use model::endpoint::Grant;
use model::id::EnvironmentId;
use model::key_list::KeyQuery;
use model::list::ListQuery;
use model::verify::Code;
use sea_orm::{ConnectionTrait, Database};

const OTHER: &str = "quite another key, just as long as it";

/// The first environment, and its key.
async fn environment_key(test: &TestBackend) -> (EnvironmentId, String) {
    let (environments, by) = (&test.services.environments, Actor::command_line());
    let mut listed = environments.list(&by, &ListQuery::default()).await.unwrap();
    let id = listed.environments.remove(0).id;
    let token = environments.reveal_key(&by, &id).await.unwrap().token;
    (id, token)
}

#[tokio::test]
async fn a_backup_has_everything_and_opens_with_its_master_key() {
    let test = TestBackend::serving().await;
    let shop = test.active_key(&new_key("Shop", Grant::All)).await;
    let by = Actor::command_line();
    let (environment, token) = environment_key(&test).await;
    let events = test.events().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("it's a \"copy\"?.db");
    test.services.backups.create(&file).await.unwrap();
    Backups::check(&file, &key(MASTER_KEY), None).await.unwrap();

    // Later changes are not in the backup.
    test.services.keys.delete(&by, &shop.id).await.unwrap();
    let copy = open(&test, &file).await;
    copy.cluster.load_index().await.unwrap();
    assert_eq!(code(&copy, &shop.token, "chat"), Code::Valid);
    assert_eq!(decide(&copy, &token, "chat").code, Code::Valid);
    assert_eq!(
        copy.environments.reveal_key(&by, &environment).await.unwrap().token,
        token
    );
    let check = copy.audit.verify_chain(&Actor::command_line()).await.unwrap();
    assert_eq!((check.events, check.broken), (events + 1, None));
    assert_eq!(code(&test.services, &shop.token, "chat"), Code::NotFound);
}

#[tokio::test]
async fn a_backup_is_consistent_while_others_write() {
    let test = TestBackend::new().await;
    let other = Arc::new(test.another(2).await);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let writer = Arc::clone(&other);
    let writing = tokio::spawn(async move {
        let mut written = 0_i64;
        while !*stopped.borrow() {
            create(&writer, &new_key("Shop", Grant::Only(vec!["chat".to_owned()]))).await;
            written += 1;
        }
        written
    });
    let folder = tempfile::tempdir().unwrap();
    let mut last = 0;
    for copy in 0..5 {
        let file = folder.path().join(format!("{copy}.db"));
        test.services.backups.create(&file).await.unwrap();
        let keys = number(&file, "SELECT count(*) FROM api_keys").await;
        assert!(keys >= last);
        last = keys;
        assert_eq!(number(&file, "SELECT count(*) FROM api_key_endpoints").await, keys);
        assert_eq!(number(&file, "SELECT change_number FROM head").await, keys + 1);
        let opened = open(&test, &file).await;
        let check = opened.audit.verify_chain(&Actor::command_line()).await.unwrap();
        assert_eq!((check.events, check.broken), (keys + 1, None));
        opened.close().await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    stop.send_replace(true);
    let written = writing.await.unwrap();
    assert!(
        written > 0 && last > 0,
        "nothing was written during the backup: {written}"
    );
    assert_eq!(
        test.services
            .keys
            .list(&Actor::command_line(), &KeyQuery::default())
            .await
            .unwrap()
            .total,
        u64::try_from(written).unwrap()
    );
}

#[tokio::test]
async fn an_existing_file_is_not_overwritten() {
    let test = TestBackend::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    fs::write(&file, "Do not lose this.").unwrap();
    test.services.backups.create(&file).await.unwrap_err();
    assert_eq!(fs::read_to_string(&file).unwrap(), "Do not lose this.");
    let copy = folder.path().join("copy.db");
    test.services.backups.create(&copy).await.unwrap();
    let bytes = fs::read(&copy).unwrap();
    test.services.backups.create(&copy).await.unwrap_err();
    assert_eq!(fs::read(&copy).unwrap(), bytes);
    test.services
        .backups
        .create(&folder.path().join("no/such/folder.db"))
        .await
        .unwrap_err();
    // The command line creates an empty file first.
    let empty = folder.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    test.services.backups.create(&empty).await.unwrap();
    Backups::check(&empty, &key(MASTER_KEY), None).await.unwrap();
}

#[tokio::test]
async fn a_backup_contains_neither_the_master_key_nor_a_token() {
    let test = TestBackend::new().await;
    let shop = create(&test.services, &new_key("Shop", Grant::All)).await;
    let (_, own) = environment_key(&test).await;
    let file = test.database.folder().join("copy.db");
    test.services.backups.create(&file).await.unwrap();
    let bytes = fs::read(&file).unwrap();
    for secret in [shop.token.reveal(), &own, MASTER_KEY] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}

#[tokio::test]
async fn a_file_that_is_not_a_backup_is_refused() {
    let test = TestBackend::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(
        path("text"),
        "This is a text, and longer than the sixteen bytes of a header. ".repeat(100),
    )
    .unwrap();
    fs::write(path("empty"), "").unwrap();
    fs::write(path("short"), "SQLite").unwrap();
    test.services.backups.create(&path("whole")).await.unwrap();
    let whole = fs::read(path("whole")).unwrap();
    fs::write(path("header"), &whole[..16]).unwrap();
    fs::write(path("half"), &whole[..4_096]).unwrap();
    let foreign = Box::pin(Database::connect(format!(
        "sqlite://{}?mode=rwc",
        path("foreign").display()
    )))
    .await
    .unwrap();
    foreign
        .execute_unprepared("CREATE TABLE songs (title varchar)")
        .await
        .unwrap();
    foreign.close().await.unwrap();
    let no_head = Box::pin(Database::connect(format!(
        "sqlite://{}?mode=rwc",
        path("no head").display()
    )))
    .await
    .unwrap();
    no_head
        .execute_unprepared("CREATE TABLE head (id integer)")
        .await
        .unwrap();
    no_head.close().await.unwrap();
    for name in ["text", "empty", "short", "header", "half", "foreign", "no head"] {
        let refused = Backups::check(&path(name), &key(MASTER_KEY), None).await.unwrap_err();
        assert!(matches!(refused, Error::RefusedStart(_)), "{name}: {refused:?}");
        assert_eq!(refused.to_string(), "this is not a backup of Latchkey", "{name}");
    }
    fs::create_dir(path("folder")).unwrap();
    Backups::check(&path("folder"), &key(MASTER_KEY), None)
        .await
        .unwrap_err();
}

#[tokio::test]
async fn a_backup_under_another_master_key_is_refused() {
    let test = TestBackend::new().await;
    let file = test.database.folder().join("copy.db");
    test.services.backups.create(&file).await.unwrap();
    let refused = Backups::check(&file, &key(OTHER), None).await.unwrap_err();
    assert!(matches!(refused, Error::RefusedStart(_)), "{refused:?}");
    assert!(refused.to_string().contains("this is not the master key"), "{refused}");
    Backups::check(&file, &key(MASTER_KEY), None).await.unwrap();
}
