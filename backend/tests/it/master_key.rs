//! Changing the master key: secrets and the audit chain continue under the new one.

use std::sync::Arc;

use crate::common::people::{App, browser, expect_session};
use crate::common::{MASTER_KEY, PASSWORD, TestBackend, code, create, decide, new_key, open_under};
use backend::accounts::Admission;
use backend::audit::Actor;
use backend::crypto::master_key::{MasterKey, mac};
use backend::{Error, Services, Settings};
use model::audit::{AuditQuery, Breakage};
use model::endpoint::Grant;
use model::environment::EnvironmentForm;
use model::id::EnvironmentId;
use model::list::ListQuery;
use model::role::Role;
use model::rotate_form::RotateKeyForm;
use model::time::MINUTE;
use model::verify::Code;
use sea_orm::{ConnectionTrait, Statement};

const SECOND: &str = "the second master key, as long as it";
const THIRD: &str = "the third master key, as long as they";

fn by() -> Actor {
    Actor::command_line()
}

/// Opens the database with this master key and, perhaps, the previous master key.
async fn open(test: &TestBackend, key: &str, previous: Option<&str>) -> backend::Result<Services> {
    let settings = Settings::default();
    open_under(&test.folder, &test.clock, (key, previous), 7, settings).await
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

async fn broken(services: &Services) -> Option<(i64, Breakage)> {
    let check = services.audit.verify_chain(&by()).await.unwrap();
    check.broken.map(|broken| (broken.number, broken.how))
}

async fn changes(test: &TestBackend) -> usize {
    test.details_of("master_key.changed").await.len()
}

async fn execute_directly(test: &TestBackend, statements: &[&str]) {
    let db = test.connect_directly().await;
    for sql in statements {
        db.execute_unprepared(sql).await.unwrap();
    }
}

#[tokio::test]
async fn sealed_secrets_and_the_audit_chain_continue_under_the_new_key() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let staging = EnvironmentForm {
        name: "staging".to_owned(),
        kind: "test".to_owned(),
    };
    test.clock.advance(1);
    test.services.environments.create(&by(), &staging).await.unwrap();
    let ids: Vec<EnvironmentId> = test
        .services
        .environments
        .list(&by(), &ListQuery::default())
        .await
        .unwrap()
        .environments
        .into_iter()
        .map(|row| row.id)
        .collect();
    let mut tokens = Vec::new();
    for id in &ids {
        tokens.push(test.services.environments.reveal_key(&by(), id).await.unwrap().token);
    }
    let old = tokens[0].clone();
    let grace = RotateKeyForm {
        grace: "7d".to_owned(),
        ..RotateKeyForm::default()
    };
    test.services
        .environments
        .rotate_key(&by(), &ids[0], &grace)
        .await
        .unwrap();
    tokens[0] = reveal(&test.services).await;
    let before = intact(&test.services).await;

    let changed = change(&test, MASTER_KEY, SECOND).await;
    assert_eq!(intact(&changed).await, before + 1);
    for (id, token) in ids.iter().zip(&tokens) {
        let revealed = changed.environments.reveal_key(&by(), id).await.unwrap();
        assert_eq!(&revealed.token, token);
    }
    changed.cluster.load_index().await.unwrap();
    for token in tokens.iter().chain([&old]) {
        assert_eq!(decide(&changed, token, "chat").code, Code::Valid);
    }
    assert_eq!(code(&changed, &key.token, "chat"), Code::Valid);
    create(&changed, &new_key("Mail", Grant::All)).await;
    assert_eq!(intact(&changed).await, before + 4);
    let page = changed.audit.list(&by(), &AuditQuery::default()).await.unwrap();
    let event = page
        .events
        .iter()
        .find(|event| event.action == "master_key.changed")
        .unwrap();
    assert_eq!(
        (event.number, event.actor.as_str(), event.details.as_str()),
        (before + 1, "Latchkey", "")
    );

    // From now on, the new key alone is enough.
    let again = open(&test, SECOND, None).await.unwrap();
    assert_eq!(intact(&again).await, before + 4);
    assert_eq!(reveal(&again).await, tokens[0]);
}

#[tokio::test]
async fn nothing_stays_sealed_under_the_old_key() {
    let test = TestBackend::new().await;
    let sealed = async || -> Vec<Vec<u8>> {
        let db = test.connect_directly().await;
        let sql = "SELECT sealed FROM environment_keys WHERE sealed IS NOT NULL
             UNION ALL SELECT sealed FROM audit_chain_keys UNION ALL SELECT totp_sealed FROM users WHERE totp_sealed IS NOT NULL";
        let rows = db
            .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
            .await
            .unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    };
    let id = |text: &str| MasterKey::from_text(text).unwrap().derive("latchkey master key id")[..8].to_vec();
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    test.set_up_second_factor(&ada).await;
    assert_eq!(sealed().await.len(), 2);
    for (round, (from, to)) in [(MASTER_KEY, SECOND), (SECOND, THIRD)].into_iter().enumerate() {
        change(&test, from, to).await;
        let sealed = sealed().await;
        assert_eq!(sealed.len(), 3 + round);
        for sealed in sealed {
            assert_eq!(sealed[..8], id(to));
        }
    }
}

#[tokio::test]
async fn a_second_change_and_a_third_work_like_the_first() {
    let test = TestBackend::new().await;
    let token = reveal(&test.services).await;
    let mut keys = vec![MASTER_KEY];
    for (next, name) in [(SECOND, "Shop"), (THIRD, "Mail"), (MASTER_KEY, "Depot")] {
        let services = change(&test, keys.last().unwrap(), next).await;
        create(&services, &new_key(name, Grant::All)).await;
        intact(&services).await;
        assert_eq!(reveal(&services).await, token);
        keys.push(next);
    }
    assert_eq!(changes(&test).await, 3);
    // Two changes in a row, without an event between them.
    change(&test, MASTER_KEY, SECOND).await;
    let services = change(&test, SECOND, THIRD).await;
    intact(&services).await;
    // The events under each master key form a part of the log. A change in any part is found.
    let last = intact(&services).await;
    execute_directly(&test, &["DROP TRIGGER audit_events_no_update"]).await;
    for number in 1..=last {
        let sql = |sign| format!("UPDATE audit_events SET at = at {sign} 1 WHERE number = {number}");
        execute_directly(&test, &[&sql('+')]).await;
        assert_eq!(broken(&services).await, Some((number, Breakage::Changed)));
        execute_directly(&test, &[&sql('-')]).await;
    }
    intact(&services).await;
}

#[tokio::test]
async fn an_event_removed_from_before_the_change_of_the_key_is_noticed() {
    let test = TestBackend::new().await;
    for name in ["Shop", "Mail", "Depot"] {
        create(&test.services, &new_key(name, Grant::All)).await;
    }
    let services = change(&test, MASTER_KEY, SECOND).await;
    create(&services, &new_key("Till", Grant::All)).await;
    assert_eq!(intact(&services).await, 6);
    execute_directly(
        &test,
        &[
            "DROP TRIGGER audit_events_no_update",
            "DROP TRIGGER audit_events_no_delete",
            "DELETE FROM audit_events WHERE number = 3",
        ],
    )
    .await;
    assert_eq!(broken(&services).await, Some((3, Breakage::Missing)));
    // The log is cut off before the change of the master key. This is found, even if the row about that change is deleted, too.
    let cut = [
        "DELETE FROM audit_events WHERE number > 2",
        "UPDATE head SET audit_number = 2, audit_mac = (SELECT mac FROM audit_events WHERE number = 2)",
    ];
    execute_directly(&test, &cut).await;
    assert_eq!(broken(&services).await, Some((3, Breakage::CutOff)));
    execute_directly(&test, &["DELETE FROM audit_chain_keys"]).await;
    assert!(broken(&services).await.is_some());
}

#[tokio::test]
async fn the_old_key_cannot_rewrite_the_log() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("Shop", Grant::All)).await;
    create(&test.services, &new_key("Mail", Grant::All)).await;
    let services = change(&test, MASTER_KEY, SECOND).await;
    // The last event under the old key gets another name, and the MAC that the old key gives for it.
    let db = test.connect_directly().await;
    let all = Statement::from_string(db.get_database_backend(), "SELECT * FROM audit_events ORDER BY number");
    let rows = db.query_all_raw(all).await.unwrap();
    let column_text = |column: &str| rows[2].try_get::<Option<String>>("", column).unwrap();
    let previous: Vec<u8> = rows[1].try_get("", "mac").unwrap();
    let at: i64 = rows[2].try_get("", "at").unwrap();
    let link = |name: Option<String>| {
        let fields = serde_json::json!([
            3,
            at,
            column_text("actor_kind"),
            column_text("actor_id"),
            column_text("actor_name"),
            column_text("address"),
            column_text("action"),
            column_text("subject_id"),
            name,
            column_text("details"),
        ]);
        let key = MasterKey::from_text(MASTER_KEY).unwrap().derive("latchkey audit chain");
        mac(&key, &[&previous, fields.to_string().as_bytes()])
    };
    let stored: Vec<u8> = rows[2].try_get("", "mac").unwrap();
    assert_eq!(
        link(column_text("subject_name")).to_vec(),
        stored,
        "the test computes MACs correctly"
    );
    let forged = link(Some("Nothing".to_owned()));
    let hex = forged
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let sql = format!("UPDATE audit_events SET subject_name = 'Nothing', mac = x'{hex}' WHERE number = 3");
    execute_directly(&test, &["DROP TRIGGER audit_events_no_update", &sql]).await;
    // The row itself is consistent. The next one, under the new key, shows that it was changed.
    assert_eq!(broken(&services).await, Some((4, Breakage::Changed)));
}

#[tokio::test]
async fn the_old_key_alone_is_refused_afterwards() {
    let test = TestBackend::new().await;
    change(&test, MASTER_KEY, SECOND).await;
    for (key, previous) in [
        (MASTER_KEY, None),
        (THIRD, None),
        (THIRD, Some(MASTER_KEY)),
        (MASTER_KEY, Some(THIRD)),
        (MASTER_KEY, Some(MASTER_KEY)),
    ] {
        let refused = open(&test, key, previous).await.unwrap_err();
        assert!(matches!(refused, Error::RefusedStart(_)), "{refused:?}");
        let sentence = refused.to_string();
        assert!(
            sentence.starts_with("this is not the master key that the database was made with"),
            "{sentence}"
        );
        assert!(sentence.contains("LATCHKEY_MASTER_KEY_PREVIOUS"), "{sentence}");
        assert!(!sentence.contains(key), "{sentence}");
    }
    assert_eq!(changes(&test).await, 1);
    let fine = open(&test, SECOND, None).await.unwrap();
    intact(&fine).await;
}

#[tokio::test]
async fn a_previous_key_is_ignored_after_the_change() {
    let test = TestBackend::new().await;
    let token = reveal(&test.services).await;
    let events = intact(&change(&test, MASTER_KEY, SECOND).await).await;
    // The configured previous key is still the old key, or a wrong key, or equal to the new key.
    for previous in [MASTER_KEY, THIRD, SECOND] {
        let services = open(&test, SECOND, Some(previous)).await.unwrap();
        assert_eq!(intact(&services).await, events, "{previous}");
    }
    assert_eq!(changes(&test).await, 1);
    assert_eq!(reveal(&open(&test, SECOND, None).await.unwrap()).await, token);
}

#[tokio::test]
async fn two_servers_that_start_with_the_new_key_change_it_once() {
    let test = TestBackend::new().await;
    let token = reveal(&test.services).await;
    let (one, two) = tokio::join!(
        open(&test, SECOND, Some(MASTER_KEY)),
        open(&test, SECOND, Some(MASTER_KEY))
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(changes(&test).await, 1);
    intact(&two).await;
    assert_eq!((reveal(&one).await, reveal(&two).await), (token.clone(), token));
}

#[tokio::test]
async fn a_fresh_database_does_not_need_the_previous_key() {
    let test = TestBackend::new().await;
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::default();
    let fresh = open_under(&folder, &test.clock, (SECOND, Some(MASTER_KEY)), 1, settings).await;
    assert_eq!(intact(&fresh.unwrap()).await, 1);
}

#[tokio::test]
async fn a_change_that_fails_leaves_everything_under_the_old_key() {
    let test = TestBackend::new().await;
    let token = reveal(&test.services).await;
    execute_directly(
        &test,
        &["CREATE TRIGGER full BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'full'); END"],
    )
    .await;
    let failed = open(&test, SECOND, Some(MASTER_KEY)).await.unwrap_err();
    assert!(matches!(failed, Error::Database(_)), "{failed:?}");
    execute_directly(&test, &["DROP TRIGGER full"]).await;
    intact(&test.services).await;
    assert_eq!(reveal(&test.services).await, token);
    assert_eq!(reveal(&change(&test, MASTER_KEY, SECOND).await).await, token);
}

#[tokio::test]
async fn a_damaged_sealed_value_stops_the_change_of_the_key() {
    let test = TestBackend::new().await;
    execute_directly(&test, &["UPDATE environment_keys SET sealed = sealed || x'00'"]).await;
    let failed = open(&test, SECOND, Some(MASTER_KEY)).await.unwrap_err();
    assert!(matches!(failed, Error::Internal(_)), "{failed:?}");
    assert_eq!(changes(&test).await, 0);
    open(&test, MASTER_KEY, None).await.unwrap();
}

#[tokio::test]
async fn a_node_with_the_old_key_keeps_answering_but_changes_nothing() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let token = reveal(&test.services).await;
    let id = environment(&test.services).await;
    let new = change(&test, MASTER_KEY, SECOND).await;
    let old = &test.services;
    let by = by();
    let form = EnvironmentForm {
        name: "staging".to_owned(),
        kind: "test".to_owned(),
    };
    let refused = [
        old.environments.create(&by, &form).await.map(drop).unwrap_err(),
        old.environments.reveal_key(&by, &id).await.map(drop).unwrap_err(),
        old.endpoints.retire(&by, "chat").await.map(drop).unwrap_err(),
        old.keys
            .create_many(&by, &new_key("Mail", Grant::All), 1)
            .await
            .map(drop)
            .unwrap_err(),
        old.keys.delete(&by, &key.id).await.map(drop).unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(error, Error::Conflict(_)), "{error:?}");
        assert_eq!(
            error.to_string(),
            "The master key was changed while this node was running. Restart it with the new one; until then nothing \
             can be changed here."
        );
    }
    // The server answers, follows changes of others, and stores its uses.
    for token in [token.as_str(), key.token.reveal()] {
        assert_eq!(decide(old, token, "chat").code, Code::Valid);
    }
    new.keys.disable(&by, &key.id).await.unwrap();
    crate::common::until(old, &key.token, Code::Inactive).await;
    old.usage.flush().await.unwrap();
    test.clock.advance(MINUTE);
    assert!(test.details(&key.id).await.row.last_used_at.is_some());
    // The server cannot check the log, but does not report that it was changed.
    let cannot = old.audit.verify_chain(&by).await.unwrap_err();
    assert!(matches!(cannot, Error::Internal(_)), "{cannot:?}");
    assert!(cannot.to_string().contains("another master key"), "{cannot}");
    intact(&new).await;
    new.environments.create(&by, &form).await.unwrap();
}

#[tokio::test]
async fn people_log_in_as_before() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    test.add_named("ben", Role::Viewer).await;
    let ada = test.log_in_with_password("ada").await;
    let (app, codes): (App, Vec<String>) = test.set_up_second_factor(&ada).await;
    test.clock.advance(MINUTE);

    let services = Arc::new(change(&test, MASTER_KEY, SECOND).await);
    assert!(
        services.accounts.session(ada.session.token()).await.unwrap().is_some(),
        "sessions stay valid"
    );
    let log_in = async |name: &str| {
        let login = backend::accounts::Login {
            email: format!("{name}@example.com"),
            password: PASSWORD.into(),
            browser: browser(),
            device: None,
        };
        services.accounts.log_in(login).await.unwrap()
    };
    let ticket = async || match log_in("ada").await {
        Admission::CodeNeeded(ticket) => ticket.value().to_owned(),
        Admission::In(_) => panic!("the login asked for no code"),
    };
    let code = app.code(test.now());
    services
        .accounts
        .log_in_with_code(&ticket().await, &code, browser())
        .await
        .unwrap();
    services
        .accounts
        .log_in_with_code(&ticket().await, &codes[0], browser())
        .await
        .unwrap();
    expect_session(log_in("ben").await);
    intact(&services).await;
}
