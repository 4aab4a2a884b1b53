//! Changes that the database itself refuses.

use crate::common::database::{drop_triggers, number, replace};
use crate::common::{TestBackend, create, new_key};
use backend::audit::Actor;
use model::audit::Breakage;
use model::endpoint::Grant;
use model::rotate_form::RotateKeyForm;
use sea_orm::{ConnectionTrait, DatabaseConnection};

async fn refusal(db: &DatabaseConnection, sql: &str) -> String {
    db.execute_unprepared(sql).await.expect_err(sql).to_string()
}

#[tokio::test]
async fn the_endpoints_of_a_key_never_change() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::Only(vec!["chat".to_owned()]))).await;
    let db = test.connect_directly().await;
    let id = &key.id;
    for sql in [
        format!("INSERT INTO api_key_endpoints VALUES ('{id}', 'image')"),
        format!("UPDATE api_key_endpoints SET endpoint_name = 'image' WHERE key_id = '{id}'"),
        format!("DELETE FROM api_key_endpoints WHERE key_id = '{id}'"),
        format!("UPDATE api_keys SET all_endpoints = NOT all_endpoints WHERE id = '{id}'"),
    ]
    .into_iter()
    .chain(replace(&format!("api_keys SELECT * FROM api_keys WHERE id = '{id}'")))
    {
        assert!(
            refusal(&db, &sql).await.contains("the endpoints of a key never change"),
            "{sql}"
        );
    }
}

#[tokio::test]
async fn a_key_with_endpoints_can_be_deleted() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::Only(vec!["chat".to_owned()]))).await;
    test.services
        .keys
        .delete(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    let db = test.connect_directly().await;
    assert_eq!(number(&db, "SELECT count(*) FROM api_key_endpoints").await, 0);
}

#[tokio::test]
async fn the_patterns_of_an_endpoint_never_change() {
    let test = TestBackend::new().await;
    let db = test.connect_directly().await;
    for sql in [
        "INSERT INTO endpoint_patterns VALUES ('chat', 9, 'POST', '/{*all}')",
        "UPDATE endpoint_patterns SET path = '/{*all}'",
        "DELETE FROM endpoint_patterns",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(replace("endpoint_patterns VALUES ('chat', 0, 'POST', '/{*all}')"))
    {
        assert!(
            refusal(&db, &sql)
                .await
                .contains("the patterns of an endpoint never change"),
            "{sql}"
        );
    }
}

#[tokio::test]
async fn a_version_of_a_bias_profile_never_changes() {
    let test = TestBackend::new().await;
    let id = test.add_profile("Strict").await;
    let db = test.connect_directly().await;
    for sql in [
        "UPDATE profile_versions SET settings = '[]'",
        "UPDATE profile_versions SET name = 'Mild'",
        "DELETE FROM profile_versions",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(replace("profile_versions SELECT * FROM profile_versions"))
    {
        let why = refusal(&db, &sql).await;
        assert!(
            why.contains("a version of a bias profile never changes"),
            "{sql}: {why}"
        );
    }
    // PostgreSQL finds the primary key taken, where SQLite would also allow to replace the row.
    let again = refusal(&db, "INSERT INTO profile_versions SELECT * FROM profile_versions").await;
    assert!(
        again.contains("never changes") || again.contains("unique constraint"),
        "{again}"
    );
    assert_eq!(
        test.services
            .profiles
            .details(&Actor::command_line(), &id, None)
            .await
            .unwrap()
            .versions
            .len(),
        1
    );
}

#[tokio::test]
async fn a_bias_profile_that_a_key_uses_cannot_be_deleted() {
    let test = TestBackend::new().await;
    let id = test.add_profile("Strict").await;
    let mut new = new_key("Shop", Grant::All);
    new.profile = Some(id.clone());
    let key = create(&test.services, &new).await;
    let db = test.connect_directly().await;
    for sql in [
        format!("DELETE FROM profiles WHERE id = '{id}'"),
        format!("UPDATE profiles SET id = 'prof_other' WHERE id = '{id}'"),
        "UPDATE api_keys SET profile_id = 'prof_no_such'".to_owned(),
    ] {
        let why = refusal(&db, &sql).await;
        assert!(why.to_lowercase().contains("foreign key constraint"), "{sql}: {why}");
    }
    test.services
        .keys
        .delete(&Actor::command_line(), &key.id)
        .await
        .unwrap();
    test.services
        .profiles
        .delete(&Actor::command_line(), &id)
        .await
        .unwrap();
    assert_eq!(number(&db, "SELECT count(*) FROM profile_versions").await, 0);
}

#[tokio::test]
async fn deleting_a_key_deletes_everything_about_it_except_its_counts() {
    let test = TestBackend::serving().await;
    let key = test
        .active_key(&new_key("Shop", Grant::Only(vec!["chat".to_owned()])))
        .await;
    crate::common::decide(&test.services, key.token.reveal(), "chat");
    let form = RotateKeyForm {
        grace: "7d".to_owned(),
        ..RotateKeyForm::default()
    };
    let by = Actor::command_line();
    test.services.keys.rotate(&by, &key.id, &form).await.unwrap();
    let db = test.connect_directly().await;
    let tables = ["api_key_endpoints", "api_key_endpoint_uses", "old_tokens"];
    for table in tables {
        let rows = number(&db, &format!("SELECT count(*) FROM {table}")).await;
        assert!(rows > 0, "{table}");
    }
    test.services.keys.delete(&by, &key.id).await.unwrap();
    for table in tables {
        let rows = number(&db, &format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(rows, 0, "{table}");
    }
    // Its counts stay until the retention ends, like other counts.
    assert!(number(&db, "SELECT count(*) FROM usage_hours").await > 0);
}

#[tokio::test]
async fn an_audit_event_cannot_be_changed_or_removed() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("Shop", Grant::All)).await;
    let db = test.connect_directly().await;
    for sql in [
        "UPDATE audit_events SET actor_name = 'nobody'",
        "DELETE FROM audit_events",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(replace("audit_events SELECT * FROM audit_events"))
    {
        assert!(refusal(&db, &sql).await.contains("only ever added to"), "{sql}");
    }
}

#[tokio::test]
async fn no_token_is_in_the_database() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    assert!(test.stores(key.id.as_str()).await);
    assert!(!test.stores(key.token.reveal()).await);
}

#[tokio::test]
async fn another_master_key_is_refused() {
    let test = TestBackend::new().await;
    let error = crate::common::open(&test.database, &test.clock, "quite another key, just as long as it", 3).await;
    assert!(error.unwrap_err().to_string().contains("not the master key"));
}

#[tokio::test]
async fn events_cut_off_at_the_end_are_noticed() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("Shop", Grant::All)).await;
    create(&test.services, &new_key("Mail", Grant::All)).await;
    let db = test.connect_directly().await;
    drop_triggers(&db, "audit_events").await;
    for sql in [
        "DELETE FROM audit_events WHERE number > 1",
        "UPDATE head SET audit_number = 1, audit_mac = (SELECT mac FROM audit_events WHERE number = 1)",
    ] {
        db.execute_unprepared(sql).await.unwrap();
    }
    let broken = test
        .services
        .audit
        .verify_chain(&Actor::command_line())
        .await
        .unwrap()
        .broken
        .unwrap();
    assert_eq!((broken.number, broken.how), (2, Breakage::CutOff));
}
