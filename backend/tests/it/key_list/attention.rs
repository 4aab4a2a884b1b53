//! Keys that need attention, highlighted until a person has seen to them.

use super::{names, only};
use crate::common::{TestBackend, code, create, create_as, new_key};
use backend::Settings;
use backend::audit::Actor;
use backend::keys::{NewKey, NewKeyWithToken};
use model::endpoint::Grant;
use model::key_list::{Attention, KeyQuery, Matching, NOT_ROTATED_AFTER, UNUSED_AFTER};
use model::number::Separator;
use model::role::Role;
use model::rotate_form::RotateKeyForm;
use model::time::DAY;
use model::verify::Code;

fn attention(what: Attention) -> KeyQuery {
    KeyQuery {
        attention: what.slug().to_owned(),
        ..KeyQuery::default()
    }
}

/// The names of the keys that the list finds with this filter. Checks that the Home screen counts as many.
async fn needing(test: &TestBackend, what: Attention) -> Vec<String> {
    let found = names(&test.services, &attention(what)).await;
    let page = test
        .services
        .home
        .page(&Actor::command_line(), "", Separator::Comma)
        .await
        .unwrap();
    let counted = page
        .attention
        .into_iter()
        .find(|(counted, _)| *counted == what)
        .unwrap()
        .1;
    assert_eq!(counted, Matching::Exactly(found.len() as u64), "{what:?}");
    found
}

#[tokio::test]
async fn keys_that_expire_soon_are_highlighted_until_they_have_expired() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let end = test.services.now().plus(20 * DAY);
    create(&test.services, &new_key("For ever", Grant::All)).await;
    for name in ["Active", "Inactive"] {
        let new = NewKey {
            expires_at: Some(end),
            ..new_key(name, Grant::All)
        };
        let key = create(&test.services, &new).await;
        if name == "Inactive" {
            test.services.keys.disable(&by, &key.id).await.unwrap();
        }
    }
    for (wait, found) in [
        (6 * DAY - 1, &[][..]),
        (1, &["Active", "Inactive"]),
        (14 * DAY - 1, &["Active", "Inactive"]),
        (1, &[]),
    ] {
        test.clock.advance(wait);
        assert_eq!(needing(&test, Attention::Expiring).await, found);
    }
}

#[tokio::test]
async fn unused_keys_are_highlighted_until_they_are_used() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let shop = create(&test.services, &new_key("Shop", Grant::All)).await;
    let depot = create(&test.services, &new_key("Depot", Grant::All)).await;
    let off = create(&test.services, &new_key("Switched off", Grant::All)).await;
    test.services.keys.disable(&by, &off.id).await.unwrap();
    test.pass(UNUSED_AFTER - 1).await;
    assert_eq!(needing(&test, Attention::Unused).await, [""; 0]);
    test.pass(1).await;
    assert_eq!(needing(&test, Attention::Unused).await, ["Depot", "Shop"]);
    // A refused request does not count as use.
    assert_eq!(code(&test.services, &depot.token, "no-such"), Code::Forbidden);
    assert_eq!(code(&test.services, &shop.token, "chat"), Code::Valid);
    test.services.usage.flush().await.unwrap();
    assert_eq!(needing(&test, Attention::Unused).await, ["Depot"]);
    // Only the latest use counts, even if there are many uses on one day.
    test.pass(DAY / 2).await;
    assert_eq!(code(&test.services, &shop.token, "chat"), Code::Valid);
    test.services.usage.flush().await.unwrap();
    test.pass(UNUSED_AFTER - 1).await;
    assert_eq!(needing(&test, Attention::Unused).await, ["Depot"]);
    test.pass(1).await;
    assert_eq!(needing(&test, Attention::Unused).await, ["Depot", "Shop"]);
}

#[tokio::test]
async fn keys_not_rotated_for_long_are_highlighted_until_they_are_rotated() {
    let test = TestBackend::with(Settings {
        // Time passes for the server, but not for the database.
        clock_tolerance: i64::MAX,
        ..Settings::default()
    })
    .await;
    let shop = create(&test.services, &new_key("Shop", Grant::All)).await;
    create(&test.services, &new_key("Depot", Grant::All)).await;
    test.pass(NOT_ROTATED_AFTER - 1).await;
    assert_eq!(needing(&test, Attention::NotRotated).await, [""; 0]);
    test.pass(1).await;
    assert_eq!(needing(&test, Attention::NotRotated).await, ["Depot", "Shop"]);
    let form = RotateKeyForm {
        grace: "24h".to_owned(),
        ..RotateKeyForm::default()
    };
    let by = Actor::command_line();
    test.services.keys.rotate(&by, &shop.id, &form).await.unwrap();
    assert_eq!(needing(&test, Attention::NotRotated).await, ["Depot"]);
}

#[tokio::test]
async fn keys_with_more_endpoints_than_they_use_are_highlighted() {
    let test = TestBackend::new().await;
    let all = create(&test.services, &new_key("All", Grant::All)).await;
    let two = create(&test.services, &new_key("Two", only(&["chat", "image"]))).await;
    let one = create(&test.services, &new_key("One", only(&["chat"]))).await;
    create(&test.services, &new_key("Unused", Grant::All)).await;
    test.services.cluster.load_index().await.unwrap();
    let calls = async |key: &NewKeyWithToken, endpoint: &str| {
        code(&test.services, &key.token, endpoint);
        test.services.usage.flush().await.unwrap();
    };
    assert_eq!(needing(&test, Attention::MoreThanUsed).await, [""; 0]);
    for key in [&all, &two, &one] {
        calls(key, "chat").await;
        calls(key, "chat").await;
    }
    assert_eq!(needing(&test, Attention::MoreThanUsed).await, ["All", "Two"]);
    // A refused request does not count as use of an endpoint.
    calls(&two, "check-bias").await;
    calls(&all, "image").await;
    assert_eq!(needing(&test, Attention::MoreThanUsed).await, ["All", "Two"]);
    calls(&two, "image").await;
    calls(&all, "check-bias").await;
    assert_eq!(needing(&test, Attention::MoreThanUsed).await, [""; 0]);
}

#[tokio::test]
async fn an_unknown_attention_filter_finds_nothing() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("Shop", Grant::All)).await;
    let query = KeyQuery {
        attention: "nonsense".to_owned(),
        ..KeyQuery::default()
    };
    let page = test.services.keys.list(&Actor::command_line(), &query).await.unwrap();
    assert_eq!(
        (page.rows.len(), page.matching, page.total),
        (0, Matching::Exactly(0), 1)
    );
}

#[tokio::test]
async fn active_keys_of_disabled_people_are_highlighted_until_they_have_another_owner() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let (_, owner) = test.add_person(Role::Owner).await;
    let (developer, as_developer) = test.add_person(Role::Developer).await;
    for name in ["Shop", "Depot", "Switched off"] {
        let key = create_as(&test.services, &as_developer, &new_key(name, Grant::All)).await;
        if name == "Switched off" {
            test.services.keys.disable(&by, &key.id).await.unwrap();
        }
    }
    create_as(&test.services, &owner, &new_key("Other", Grant::All)).await;
    assert_eq!(needing(&test, Attention::OwnerDisabled).await, [""; 0]);
    test.services.accounts.disable(&owner, &developer).await.unwrap();
    assert_eq!(needing(&test, Attention::OwnerDisabled).await, ["Depot", "Shop"]);
    for (environment, found) in [("default", 2), ("no-such", 0)] {
        let query = KeyQuery {
            environment: Some(environment.to_owned()),
            ..attention(Attention::OwnerDisabled)
        };
        assert_eq!(names(&test.services, &query).await.len(), found, "{environment}");
    }
    test.services
        .accounts
        .give_keys(&owner, &developer, "owner@example.com")
        .await
        .unwrap();
    assert_eq!(needing(&test, Attention::OwnerDisabled).await, [""; 0]);
}
