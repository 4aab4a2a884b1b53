//! Bulk changes: a key that refuses does not stop the others.

use crate::common::{TestBackend, as_person, code, create, create_as, new_key};
use backend::Settings;
use backend::audit::Actor;
use backend::crypto::token::PlainToken;
use model::audit::AuditQuery;
use model::endpoint::Grant;
use model::id::KeyId;
use model::key_list::{BULK_NAMES, BulkAction, BulkOutcome, BulkPreview, KeyQuery};
use model::role::Role;
use model::time::{DAY, MINUTE, SECOND};
use model::verify::Code;

fn refusals(outcomes: &[BulkOutcome]) -> Vec<Option<&str>> {
    outcomes.iter().map(|outcome| outcome.refused.as_deref()).collect()
}

#[tokio::test]
async fn every_key_is_disabled_except_those_that_cannot_be() {
    // Created while no server runs, the first two keys are ACTIVE at once.
    let test = TestBackend::with(Settings {
        provisioning_min: DAY,
        ..Settings::default()
    })
    .await;
    let services = &test.services;
    let shop = create(services, &new_key("Shop", Grant::All)).await;
    let depot = create(services, &new_key("Depot", Grant::All)).await;
    crate::common::serve(services).await;
    let mail = create(services, &new_key("Mail", Grant::All)).await;
    let by = Actor::command_line();
    services.keys.disable(&by, &depot.id).await.unwrap();
    let unknown = KeyId::from_random("0000000000");

    let ids = [depot.id.clone(), mail.id, unknown.clone(), shop.id.clone()];
    let outcomes = services
        .keys
        .change_many(&by, ids.iter().cloned().collect(), BulkAction::Disable)
        .await
        .unwrap();
    let told: Vec<&KeyId> = outcomes.iter().map(|outcome| &outcome.id).collect();
    assert_eq!(
        told,
        ids.iter().collect::<Vec<_>>(),
        "one outcome for each key, in order"
    );
    let gone = format!("There is no key {unknown}. It may have been deleted.");
    assert_eq!(
        refusals(&outcomes),
        [
            Some("“Depot” is inactive and cannot be disabled."),
            Some("“Mail” is provisioning and cannot be disabled."),
            Some(gone.as_str()),
            None
        ]
    );
    assert_eq!(code(services, &shop.token, "chat"), Code::Inactive);
    assert_eq!(code(services, &mail.token, "chat"), Code::Provisioning);
}

#[tokio::test]
async fn each_key_is_deleted_whatever_its_status() {
    let test = TestBackend::serving().await;
    let services = &test.services;
    let shop = test.active_key(&new_key("Shop", Grant::All)).await;
    let depot = test.active_key(&new_key("Depot", Grant::All)).await;
    let kept = test.active_key(&new_key("Mail", Grant::All)).await;
    let by = Actor::command_line();
    services.keys.disable(&by, &depot.id).await.unwrap();
    // A key that is named twice is already deleted the second time.
    let ids = vec![shop.id.clone(), depot.id.clone(), shop.id.clone()];
    let outcomes = services
        .keys
        .change_many(&by, ids.into_iter().collect(), BulkAction::Delete)
        .await
        .unwrap();
    let gone = format!("There is no key {}. It may have been deleted.", shop.id);
    assert_eq!(refusals(&outcomes), [None, None, Some(gone.as_str())]);
    for key in [&shop, &depot] {
        assert_eq!(code(services, &key.token, "chat"), Code::NotFound);
    }
    assert_eq!(code(services, &kept.token, "chat"), Code::Valid);
}

#[tokio::test]
async fn each_changed_key_has_its_own_event() {
    let test = TestBackend::serving().await;
    let (shop, depot) = (
        test.active_key(&new_key("Shop", Grant::All)).await,
        test.active_key(&new_key("Depot", Grant::All)).await,
    );
    let by = Actor::command_line();
    let ids = vec![shop.id.clone(), depot.id.clone()];
    test.services
        .keys
        .change_many(&by, ids.into_iter().collect(), BulkAction::Disable)
        .await
        .unwrap();
    // The events: the first environment key; two keys created and activated, then disabled.
    assert_eq!(test.events().await, 1 + 6);
    for id in [&shop.id, &depot.id] {
        assert_eq!(test.details(id).await.history.unwrap()[0].title, "Disabled");
    }
}

#[tokio::test]
async fn a_bulk_change_of_a_developer_changes_only_their_own_keys() {
    let test = TestBackend::serving().await;
    let (viewer, developer) = test.add_person(Role::Developer).await;
    let others = test.active_key(&new_key("Shop", Grant::All)).await;
    let own = create_as(&test.services, &developer, &new_key("Mail", Grant::All)).await;
    crate::common::until(&test.services, &own.token, Code::Valid).await;

    let ids = test
        .services
        .keys
        .list_ids(&as_person(&viewer, Role::Developer), &KeyQuery::default())
        .await
        .unwrap();
    assert_eq!(
        ids,
        (vec![own.id.clone()], None),
        "keys of other people are not offered"
    );

    for action in [BulkAction::Disable, BulkAction::Delete] {
        let outcomes = test
            .services
            .keys
            .change_many(&developer, [&others.id, &own.id].into_iter().cloned().collect(), action)
            .await
            .unwrap();
        let refused = "Developers can change only keys that they created. Ask an admin.";
        assert_eq!(refusals(&outcomes), [Some(refused), None], "{action:?}");
    }
    // Each refused key is recorded as a single refusal.
    let noted = AuditQuery {
        action: "console.refused".to_owned(),
        ..AuditQuery::default()
    };
    let noted = test
        .services
        .audit
        .list(&Actor::command_line(), &noted)
        .await
        .unwrap()
        .events;
    let told: Vec<(&str, &str)> = noted
        .iter()
        .map(|event| (event.details.as_str(), event.actor.as_str()))
        .collect();
    let request = |verb: &str| format!("{verb} {} among others", others.id);
    assert_eq!(
        told,
        [
            (request("delete").as_str(), "developer"),
            (request("disable").as_str(), "developer")
        ]
    );
    assert_eq!(noted[0].person.as_deref(), Some("developer@example.com"));
    let asked = |token: &PlainToken| code(&test.services, token, "chat");
    assert_eq!((asked(&others.token), asked(&own.token)), (Code::Valid, Code::NotFound));
}

#[tokio::test]
async fn the_confirmation_names_the_newest_keys_and_counts_those_in_use() {
    let test = TestBackend::serving().await;
    let services = &test.services;
    let mut keys = Vec::new();
    for number in 1..=7 {
        // The database's clock does not move with this clock, so the difference must stay within the tolerance.
        test.pass(SECOND).await;
        keys.push(test.active_key(&new_key(&format!("Key {number}"), Grant::All)).await);
    }
    let (viewer, _) = test.add_person(Role::Owner).await;
    let ids: Vec<KeyId> = keys.iter().map(|key| key.id.clone()).collect();
    let preview = async || {
        let ids = ids.iter().cloned().collect();
        services
            .keys
            .preview_bulk(&as_person(&viewer, Role::Owner), ids)
            .await
            .unwrap()
    };
    let named = |numbers: [usize; BULK_NAMES], used_24h| BulkPreview {
        names: numbers.map(|number| format!("Key {number}")).to_vec(),
        used_24h,
    };
    assert_eq!(preview().await, named([7, 6, 5, 4, 3], 0));
    // Uses in memory count, too, and a key that was used twice counts once.
    for key in [&keys[0], &keys[0], &keys[6]] {
        assert_eq!(code(services, &key.token, "chat"), Code::Valid);
    }
    assert_eq!(preview().await, named([7, 6, 5, 4, 3], 2));
    test.pass(DAY).await;
    assert_eq!(code(services, &keys[1].token, "chat"), Code::Valid);
    test.pass(MINUTE).await;
    assert_eq!(preview().await, named([7, 6, 5, 4, 3], 1));
}

#[tokio::test]
async fn the_confirmation_leaves_out_keys_that_the_person_may_not_change() {
    let test = TestBackend::new().await;
    let services = &test.services;
    let (viewer, developer) = test.add_person(Role::Developer).await;
    let others = create(services, &new_key("Shop", Grant::All)).await;
    let mail = new_key("Mail", Grant::All);
    let own = create_as(services, &developer, &mail).await;
    services.cluster.load_index().await.unwrap();
    code(services, &others.token, "chat");
    let ids = [&others.id, &own.id].into_iter().cloned().collect();
    let preview = services
        .keys
        .preview_bulk(&as_person(&viewer, Role::Developer), ids)
        .await
        .unwrap();
    let expected = BulkPreview {
        names: vec!["Mail".to_owned()],
        used_24h: 0,
    };
    assert_eq!(preview, expected);
}
