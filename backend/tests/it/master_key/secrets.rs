//! Everything works as before under the new master key, and nothing stays sealed under the old one.

use std::sync::Arc;

use super::{SECOND, THIRD, by, change, intact, open, reveal};
use crate::common::people::{App, browser, expect_session};
use crate::common::{MASTER_KEY, PASSWORD, TestBackend, code, create, decide, new_key};
use backend::accounts::Admission;
use backend::crypto::master_key::MasterKey;
use model::audit::AuditQuery;
use model::endpoint::Grant;
use model::environment::EnvironmentForm;
use model::id::EnvironmentId;
use model::list::ListQuery;
use model::role::Role;
use model::rotate_form::RotateKeyForm;
use model::time::MINUTE;
use model::verify::Code;
use sea_orm::{ConnectionTrait, Statement};

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
