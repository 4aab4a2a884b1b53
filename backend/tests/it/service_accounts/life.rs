//! The life of a service account: created, edited, disabled, deleted. Its keys outlive it.

use backend::audit::Actor;
use backend::error::{Conflict, Forbidden, NotFound};
use backend::service_accounts::TokenTerms;
use backend::{Error, Services};
use model::audit::AuditQuery;
use model::endpoint::Grant;
use model::id::KeyId;
use model::key_list::KeyQuery;
use model::list::ListQuery;
use model::role::Role;
use model::suggest::Choice;
use model::time::MINUTE;

use super::{actor, add, form};
use crate::common::database::texts;
use crate::common::{TestBackend, error_of, new_key};

/// Creates a key as this actor.
async fn create_key(services: &Services, by: &Actor) -> Result<KeyId, Error> {
    let mut keys = services.keys.create_many(by, &new_key("Shop", Grant::All), 1).await?;
    Ok(keys.remove(0).id)
}

#[tokio::test]
async fn only_an_owner_with_a_recent_password_manages_service_accounts() {
    let test = TestBackend::new().await;
    let accounts = &test.services.service_accounts;
    let known = add(&test, "known", "viewer", &[]).await;
    for role in [Role::Viewer, Role::Developer, Role::Admin] {
        let (_, by) = test.add_person(role).await;
        let refused = [
            accounts.list(&by, &ListQuery::default()).await.map(|_| ()),
            accounts.find(&by, &known.account).await.map(|_| ()),
            accounts.find_called(&by, "known").await.map(|_| ()),
            accounts.list_all(&by).await.map(|_| ()),
            accounts
                .create(&by, &form("new", "viewer", &[]), &TokenTerms::default())
                .await
                .map(|_| ()),
            accounts
                .edit(&by, &known.account, &form("new", "viewer", &[]))
                .await
                .map(|_| ()),
            accounts
                .add_token(&by, &known.account, &TokenTerms::default())
                .await
                .map(|_| ()),
            accounts.end_token(&by, &known.id).await.map(|_| ()),
            accounts.disable(&by, &known.account).await.map(|_| ()),
            accounts.enable(&by, &known.account).await.map(|_| ()),
            accounts.delete(&by, &known.account).await.map(|_| ()),
        ];
        for outcome in refused {
            assert!(matches!(outcome, Err(Error::Forbidden(_))), "{role:?} {outcome:?}");
        }
    }
    let (_, owner) = test.add_person(Role::Owner).await;
    let created = accounts
        .create(&owner, &form("new", "viewer", &[]), &TokenTerms::default())
        .await
        .unwrap();
    let shown = accounts.find(&owner, &created.account).await.unwrap();
    assert_eq!(shown.created_by, "owner");
    test.clock.advance(16 * MINUTE);
    let refused = accounts.add_token(&owner, &known.account, &TokenTerms::default()).await;
    assert!(matches!(refused, Err(Error::PasswordNeeded)), "{refused:?}");
    // Taking something away needs no password.
    accounts.disable(&owner, &known.account).await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field() {
    let test = TestBackend::new().await;
    add(&test, "billing", "developer", &[]).await;
    let by = Actor::command_line();
    let accounts = &test.services.service_accounts;
    for (wrong, field) in [
        (form("", "viewer", &[]), "name"),
        (form("Billing", "viewer", &[]), "name"),
        (form("system\u{202e}", "viewer", &[]), "name"),
        (form(&"x".repeat(101), "viewer", &[]), "name"),
        (form("new", "owner", &[]), "role"),
        (form("new", "", &[]), "role"),
        (form("new", "viewer", &["nowhere"]), "environments"),
    ] {
        let refused = accounts.create(&by, &wrong, &TokenTerms::default()).await;
        assert!(!error_of(refused, field).is_empty(), "{wrong:?}");
    }
    assert_eq!(accounts.list_all(&by).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_changed_role_holds_from_the_next_request_on_and_also_for_one_under_way() {
    let test = TestBackend::new().await;
    let new = add(&test, "billing", "developer", &[]).await;
    let before = actor(&test.services, &new.token).await.unwrap();
    create_key(&test.services, &before).await.unwrap();
    let by = Actor::command_line();
    let accounts = &test.services.service_accounts;
    let edit = form("billing", "viewer", &[]);
    assert!(accounts.edit(&by, &new.account, &edit).await.unwrap().is_some());
    assert!(
        accounts.edit(&by, &new.account, &edit).await.unwrap().is_none(),
        "nothing is different"
    );
    let refused = create_key(&test.services, &before).await;
    assert!(
        matches!(
            refused,
            Err(Error::Forbidden(Forbidden::Role { role: Role::Viewer, .. }))
        ),
        "{refused:?}"
    );
    // The environments are read again, too.
    let former = actor(&test.services, &new.token).await.unwrap();
    accounts
        .edit(&by, &new.account, &form("billing", "admin", &["default"]))
        .await
        .unwrap();
    let mut former = former;
    former.role = Role::Admin;
    let refused = create_key(&test.services, &former).await;
    assert!(
        matches!(refused, Err(Error::Conflict(Conflict::ServiceAccountChanged))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_keys_of_a_disabled_and_of_a_deleted_service_account_go_on() {
    let test = TestBackend::serving().await;
    let new = add(&test, "billing", "developer", &[]).await;
    let program = actor(&test.services, &new.token).await.unwrap();
    let id = create_key(&test.services, &program).await.unwrap();
    let by = Actor::command_line();
    let accounts = &test.services.service_accounts;
    assert_eq!(accounts.find(&by, &new.account).await.unwrap().keys, 1);

    accounts.disable(&by, &new.account).await.unwrap();
    assert!(actor(&test.services, &new.token).await.is_none());
    let refused = create_key(&test.services, &program).await;
    assert!(matches!(refused, Err(Error::SignedOut)), "{refused:?}");
    let more = accounts.add_token(&by, &new.account, &TokenTerms::default()).await;
    assert!(
        matches!(more, Err(Error::Conflict(Conflict::ServiceAccountDisabled(_)))),
        "{more:?}"
    );
    accounts.enable(&by, &new.account).await.unwrap();
    assert!(actor(&test.services, &new.token).await.is_some());

    accounts.delete(&by, &new.account).await.unwrap();
    assert!(actor(&test.services, &new.token).await.is_none());
    let gone = accounts.find(&by, &new.account).await;
    assert!(
        matches!(gone, Err(Error::NotFound(NotFound::ServiceAccount(_)))),
        "{gone:?}"
    );
    // Its name is free again, and the key still names it.
    add(&test, "Billing", "viewer", &[]).await;
    let rows = test.services.keys.list(&by, &KeyQuery::default()).await.unwrap().rows;
    assert_eq!((rows[0].id.clone(), rows[0].creator.as_str()), (id, "billing"));
}

#[tokio::test]
async fn a_developer_account_changes_its_own_keys_only() {
    let test = TestBackend::new().await;
    let new = add(&test, "billing", "developer", &[]).await;
    let program = actor(&test.services, &new.token).await.unwrap();
    let other = add(&test, "other", "developer", &[]).await;
    let other = actor(&test.services, &other.token).await.unwrap();
    let (_, person) = test.add_person(Role::Developer).await;
    let own = create_key(&test.services, &program).await.unwrap();
    let others = [
        create_key(&test.services, &other).await.unwrap(),
        create_key(&test.services, &person).await.unwrap(),
        create_key(&test.services, &Actor::command_line()).await.unwrap(),
    ];
    test.services.keys.disable(&program, &own).await.unwrap();
    for id in others {
        let refused = test.services.keys.disable(&program, &id).await;
        assert!(
            matches!(refused, Err(Error::Forbidden(Forbidden::NotOwnKey(Role::Developer)))),
            "{refused:?}"
        );
    }
    for by in [&other, &person] {
        assert!(test.services.keys.enable(by, &own).await.is_err());
    }
}

#[tokio::test]
async fn the_audit_log_names_the_service_account() {
    let test = TestBackend::new().await;
    let new = add(&test, "billing", "developer", &[]).await;
    let program = actor(&test.services, &new.token).await.unwrap();
    create_key(&test.services, &program).await.unwrap();
    test.events().await;
    let db = test.connect_directly().await;
    let actors = texts(
        &db,
        "SELECT actor_kind || ' ' || actor_id || ' ' || actor_name || ' ' || address FROM audit_events
         WHERE action = 'key.created'",
    )
    .await;
    assert_eq!(actors, [format!("service_account {} billing 192.0.2.7", new.account)]);
    let query = AuditQuery {
        actor: new.account.to_string(),
        ..AuditQuery::default()
    };
    let events = test
        .services
        .audit
        .list(&Actor::command_line(), &query)
        .await
        .unwrap()
        .events;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].action.as_str(), events[0].actor.as_str()),
        ("key.created", "billing")
    );
    let suggested = test
        .services
        .suggestions
        .find(&Actor::command_line(), Choice::Actor, "bill")
        .await
        .unwrap();
    assert_eq!(suggested[0].value, new.account.as_str());
    let with_token = AuditQuery {
        actor: new.token,
        ..AuditQuery::default()
    };
    let refused = test.services.audit.list(&Actor::command_line(), &with_token).await;
    assert!(matches!(refused, Err(Error::InvalidQuery(_))), "{refused:?}");
}

#[tokio::test]
async fn what_needs_a_person_is_refused() {
    let test = TestBackend::new().await;
    let new = add(&test, "billing", "admin", &[]).await;
    let program = actor(&test.services, &new.token).await.unwrap();
    let environments = test
        .services
        .environments
        .list(&program, &ListQuery::default())
        .await
        .unwrap()
        .environments;
    let revealed = test
        .services
        .environments
        .reveal_key(&program, &environments[0].id)
        .await;
    assert!(
        matches!(revealed, Err(Error::Forbidden(Forbidden::NeedsPerson))),
        "{revealed:?}"
    );
}
