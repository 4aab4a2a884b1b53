//! Which changes have receipts, and what these say.

use super::{check, claims, receipt};
use crate::common::{TestBackend, new_key};
use backend::Error;
use backend::audit::Actor;
use backend::error::{Conflict, Forbidden, NotFound};
use backend::receipts::LastValid;
use model::edit_form::EditOutcome;
use model::endpoint::Grant;
use model::form_values::FormValues;
use model::role::{Permission, Role};
use model::rotate_form::RotateKeyForm;
use model::time::{MINUTE, SECOND};
use sea_orm::ConnectionTrait;

#[tokio::test]
async fn a_receipt_names_the_change_as_the_audit_log_does() {
    let test = TestBackend::serving().await;
    let (id, actor) = test.add_person(Role::Admin).await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let change = test.services.keys.disable(&actor, &key.id).await.unwrap().change;
    let claims = claims(&test.services, change).await;
    assert_eq!((claims.change, claims.action.as_str()), (change, "key.disabled"));
    assert_eq!(
        (claims.subject.id, claims.subject.name.as_str()),
        (key.id.to_string(), "Shop")
    );
    let actor = claims.actor;
    assert_eq!(
        (actor.kind.as_str(), actor.id, actor.name.as_str()),
        ("user", Some(id.to_string()), "admin")
    );
    assert_eq!(claims.instance, test.services.instance());
    assert_eq!(claims.iss, format!("urn:latchkey:{}", test.services.instance()));
    assert_eq!(claims.nodes.len(), 1);
    assert!(claims.nodes[0].applied_at.is_some_and(|at| at <= claims.in_force_at));
}

#[tokio::test]
async fn a_change_without_a_running_server_is_in_force_at_once() {
    let test = TestBackend::new().await;
    let key = crate::common::create(&test.services, &new_key("Shop", Grant::All)).await;
    let by = Actor::command_line();
    let change = test.services.keys.delete(&by, &key.id).await.unwrap().change;
    let claims = claims(&test.services, change).await;
    assert_eq!(claims.in_force_at, claims.at);
    assert_eq!((claims.actor.kind.as_str(), claims.actor.id), ("command_line", None));
    assert_eq!((claims.nodes, claims.last_valid_at), (Vec::new(), LastValid::Never));
}

#[tokio::test]
async fn what_is_no_revocation_says_nothing_of_the_last_use() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let (by, keys) = (Actor::command_line(), &test.services.keys);
    let mut actions = Vec::new();
    keys.disable(&by, &key.id).await.unwrap();
    let enabled = keys.enable(&by, &key.id).await.unwrap().change;
    let rotate = RotateKeyForm {
        grace: "1h".to_owned(),
        ..RotateKeyForm::default()
    };
    keys.rotate(&by, &key.id, &rotate).await.unwrap();
    let rotated = test.services.cluster.last_change().await.unwrap();
    let mut form = FormValues::default();
    form.set("name", "Store".to_owned());
    let edited = match keys.edit(&by, &key.id, &form).await.unwrap() {
        EditOutcome::Saved { change, .. } => change.unwrap(),
        other @ EditOutcome::Changed(_) => panic!("{other:?}"),
    };
    for change in [enabled, rotated, edited] {
        let claims = claims(&test.services, change).await;
        assert_eq!(claims.last_valid_at, LastValid::NotSaid);
        actions.push(claims.action);
    }
    assert_eq!(actions, ["key.enabled", "key.rotated", "key.edited"]);
}

#[tokio::test]
async fn each_change_of_a_mutation_has_its_own_event() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let mut form = FormValues::default();
    form.set("name", "Store".to_owned());
    form.set("status", "inactive".to_owned());
    let by = Actor::command_line();
    test.services.keys.edit(&by, &key.id, &form).await.unwrap();
    let last = test.services.cluster.last_change().await.unwrap();
    assert_eq!(claims(&test.services, last - 1).await.action, "key.edited");
    assert_eq!(claims(&test.services, last).await.action, "key.disabled");
}

#[tokio::test]
async fn the_first_receipt_is_given_again_for_ever_and_everywhere() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let by = Actor::command_line();
    let change = test.services.keys.disable(&by, &key.id).await.unwrap().change;
    let other = test.another(2).await;
    // Two at once.
    let (one, two) = tokio::join!(receipt(&test.services, change), receipt(&test.services, change));
    let first = one.unwrap();
    assert_eq!(two.unwrap(), first);
    test.pass(MINUTE).await;
    let url = Some("https://keys.example.com");
    assert_eq!(other.receipts.issue(&by, change, url).await.unwrap(), first);
    assert_eq!(check(&other, &first).await.change, change);
}

#[tokio::test]
async fn a_receipt_names_the_nodes_of_that_time_although_they_have_stopped() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let other = test.another(2).await;
    other.cluster.join().await.unwrap();
    other.cluster.load_index().await.unwrap();
    let by = Actor::command_line();
    let change = test.services.keys.disable(&by, &key.id).await.unwrap().change;
    test.clock.advance(10);
    // It applies the change, and tells that it stops.
    other.cluster.leave().await.unwrap();
    let claims = claims(&test.services, change).await;
    assert_eq!(claims.nodes.len(), 2, "{:#?}", claims.nodes);
    assert!(
        claims.nodes.iter().all(|node| node.applied_at.is_some()),
        "{:#?}",
        claims.nodes
    );
}

#[tokio::test]
async fn there_is_no_receipt_before_a_change_is_in_force() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let now = test.services.now().0;
    let silent = format!(
        "INSERT INTO nodes (instance_id, name, started_at, heartbeat_at, applied_number)
         VALUES ('node_silent0000', 'silent', {now}, {now}, 0)"
    );
    test.connect_directly().await.execute_unprepared(&silent).await.unwrap();
    let by = Actor::command_line();
    let change = test.services.keys.disable(&by, &key.id).await.unwrap().change;
    let refused = |outcome: backend::Result<String>| match outcome {
        Err(Error::Conflict(conflict)) => conflict,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(receipt(&test.services, change).await),
        Conflict::ReceiptTooEarly(change)
    );
    test.pass(5 * MINUTE - 1).await;
    assert_eq!(
        refused(receipt(&test.services, change).await),
        Conflict::ReceiptTooEarly(change)
    );
    test.pass(1).await;
    let claims = claims(&test.services, change).await;
    assert_eq!(claims.in_force_at.since(claims.at), 5 * MINUTE);
}

#[tokio::test]
async fn an_unknown_change_has_none() {
    let test = TestBackend::serving().await;
    for change in [0, -1, 1_000] {
        let refused = receipt(&test.services, change).await;
        assert!(
            matches!(refused, Err(Error::NotFound(NotFound::Change(number))) if number == change),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn people_get_the_receipts_of_what_they_may_see() {
    let test = TestBackend::serving().await;
    let (_, developer) = test.add_person(Role::Developer).await;
    let (_, viewer) = test.add_person(Role::Viewer).await;
    let (_, admin) = test.add_person(Role::Admin).await;
    let own = crate::common::create_as(&test.services, &developer, &new_key("Own", Grant::All)).await;
    let others = test.active_key(&new_key("Shop", Grant::All)).await;
    let settled = test
        .services
        .keys
        .settle(&admin, &own.id, std::time::Duration::from_secs(10));
    settled.await.unwrap();
    test.pass(SECOND).await;
    let keys = &test.services.keys;
    // An admin disabled the developer's key.
    let of_own_key = keys.disable(&admin, &own.id).await.unwrap().change;
    let of_others = keys.disable(&admin, &others.id).await.unwrap().change;
    let deleted = keys.delete(&developer, &own.id).await.unwrap().change;
    let issue = async |actor: &Actor, change| test.services.receipts.issue(actor, change, None).await;
    for change in [of_own_key, of_others, deleted] {
        issue(&admin, change).await.unwrap();
        let refused = issue(&viewer, change).await;
        assert!(
            matches!(
                refused,
                Err(Error::Forbidden(Forbidden::Role {
                    permission: Permission::ChangeOwnKeys,
                    ..
                }))
            ),
            "{refused:?}"
        );
    }
    issue(&developer, deleted).await.unwrap();
    // The key is gone, so nothing tells whose it was. Others made these changes.
    for change in [of_own_key, of_others] {
        let refused = issue(&developer, change).await;
        assert!(
            matches!(
                refused,
                Err(Error::Forbidden(Forbidden::Role {
                    permission: Permission::SeeAudit,
                    ..
                }))
            ),
            "{refused:?}"
        );
    }
}
