//! Nodes that were running before the schema was changed.

use std::sync::Arc;
use std::time::Duration;

use backend::Services;
use backend::audit::Actor;
use model::edit_form::EditOutcome;
use model::endpoint::Grant;
use model::key_list::KeyQuery;
use model::list::ListQuery;
use model::rotate_form::{RotateKeyForm, RotateOutcome};
use model::time::{MINUTE, SECOND};
use model::usage::UsageQuery;
use model::verify::Code;

use super::migrate;
use super::next_version::NextVersion;
use crate::common::database::{execute, number};
use crate::common::{TestBackend, ask, code, create, decide, new_key, serve, until};
use backend::verifier::Target;

fn by() -> Actor {
    Actor::command_line()
}

/// What a node does all day. Its connections keep the statements that they have prepared, so everything is done both before
/// and after the schema is changed: PostgreSQL refuses a statement that would now answer with other columns ("cached plan
/// must not change result type").
async fn work(test: &TestBackend, node: &Arc<Services>, other: &Arc<Services>, who: &str) {
    // Several at a time, so that several connections are used.
    let requests = (0..6).map(|_| async {
        node.keys.list(&by(), &KeyQuery::default()).await.unwrap();
        node.audit.verify_chain(&by()).await.unwrap();
    });
    futures_util::future::join_all(requests).await;

    let key = create(node, &new_key("Shop", Grant::Only(vec!["chat".to_owned()]))).await;
    until(other, &key.token, Code::Valid).await;
    until(node, &key.token, Code::Valid).await;
    assert_eq!(code(node, &key.token, "image"), Code::Forbidden);
    node.keys.disable(&by(), &key.id).await.unwrap();
    until(other, &key.token, Code::Inactive).await;
    node.keys.enable(&by(), &key.id).await.unwrap();
    until(other, &key.token, Code::Valid).await;

    let mut form = node.keys.editing_options(&by(), &key.id).await.unwrap().form;
    form.set("name", who.to_owned());
    let edited = node.keys.edit(&by(), &key.id, &form).await.unwrap();
    assert!(matches!(edited, EditOutcome::Saved { .. }), "{edited:?}");
    let rotate = RotateKeyForm {
        grace: "now".to_owned(),
        ..RotateKeyForm::default()
    };
    let rotated = node.keys.rotate(&by(), &key.id, &rotate).await.unwrap();
    let RotateOutcome::Rotated(rotated) = rotated else {
        panic!("{rotated:?}")
    };
    assert_eq!(decide(node, &rotated.token, "chat").code, Code::Valid);

    let id = test.add_named(who, model::role::Role::Owner).await;
    let login = test.log_in_with_password(who).await;
    assert!(test.is_in(&login.session).await);
    let link = node
        .accounts
        .issue_reset_link(&login.actor, &id, "http://latchkey.test")
        .await;
    link.unwrap();
    test.services
        .accounts
        .log_out(login.session.token(), None)
        .await
        .unwrap();

    node.usage.flush().await.unwrap();
    node.usage.apply_retention().await.unwrap();
    let report = node.usage.report(&by(), &UsageQuery::default()).await.unwrap();
    assert!(report.total().total() > 0);
    crate::common::details(node, &key.id).await;
    let environments = node.environments.list(&by(), &ListQuery::default()).await.unwrap();
    let environment = &environments.environments[0].id;
    node.environments.reveal_key(&by(), environment).await.unwrap();
    test.add_profile(who).await;
    node.cluster.tidy_nodes().await.unwrap();
    node.cluster.exchange_limits().await.unwrap();
    node.cluster.list_nodes(&by()).await.unwrap();

    // The change is proven: both nodes have acknowledged it.
    let change = node.keys.delete(&by(), &key.id).await.unwrap().change;
    let (proof, _) = node
        .cluster
        .wait_until_proven(&by(), change, Duration::from_secs(10))
        .await
        .unwrap();
    assert!(proof.in_force && proof.nodes.len() == 2, "{proof:?}");
    assert_eq!(decide(other, &rotated.token, "chat").code, Code::NotFound);
    node.receipts.issue(&by(), change, None).await.unwrap();
    let check = node.audit.verify_chain(&by()).await.unwrap();
    assert_eq!(check.broken, None);
}

#[tokio::test]
async fn old_nodes_do_everything_after_a_newer_one_has_changed_the_schema() {
    let test = TestBackend::serving().await;
    let other = Arc::new(test.another(2).await);
    serve(&other).await;
    work(&test, &test.services, &other, "ada").await;
    work(&test, &other, &test.services, "ben").await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;

    migrate::<NextVersion>(&test.database).await;
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    work(&test, &test.services, &other, "eve").await;
    work(&test, &other, &test.services, "dan").await;
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);

    // What the newer version stores in its own columns stays when an older node changes the row.
    let db = test.connect_directly().await;
    execute(
        &db,
        &format!(
            "UPDATE api_keys SET team_id = 'team_1', weight = 7 WHERE id = '{}'",
            key.id
        ),
    )
    .await
    .unwrap();
    test.services.keys.disable(&by(), &key.id).await.unwrap();
    let kept = format!(
        "SELECT count(*) FROM api_keys WHERE id = '{}' AND team_id = 'team_1' AND weight = 7",
        key.id
    );
    assert_eq!(number(&db, &kept).await, 1);
}

#[tokio::test]
async fn a_change_that_an_old_node_cannot_read_is_never_said_to_be_in_force_there() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    migrate::<NextVersion>(&test.database).await;
    // A newer node has done something about a team, whom this version does not know.
    let db = test.connect_directly().await;
    let last = test.services.cluster.last_change().await.unwrap() + 1;
    execute(
        &db,
        &format!(
            "INSERT INTO change_log (number, subject, subject_id, at) VALUES ({last}, 'team', 'team_1', {});
             UPDATE head SET change_number = {last}",
            test.now().0
        ),
    )
    .await
    .unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    test.services.cluster.join().await.unwrap();
    assert_eq!(number(&db, "SELECT applied_number FROM nodes").await, last - 1);
    // Then it answers nothing rather than by what it knows.
    let ask = || ask(&test.services, key.token.reveal(), Target::Endpoint("chat"), None);
    assert_eq!(ask().unwrap().code, Code::Valid);
    test.clock.advance(5 * MINUTE + SECOND);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(ask().is_err());
}
