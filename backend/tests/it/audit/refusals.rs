//! Refusals and failed logins are recorded, but not so often that they hide other events.

use backend::accounts::LoggedIn;
use model::audit::AuditQuery;
use model::id::UserId;
use model::role::Role;
use model::time::MINUTE;
use serde_json::json;

use super::{number, page, query};
use crate::common::House;
use crate::common::people::ADDRESS;

async fn somebody(house: &House) -> LoggedIn {
    house.add_named("ada", Role::Viewer).await;
    house.enter("ada").await.who
}

async fn refuse(house: &House, who: &LoggedIn, path: &str, times: usize) {
    for _ in 0..times {
        house
            .services
            .audit
            .note_refusal(&who.actor(Some(ADDRESS.to_owned())), &who.me, "POST", path)
            .await;
    }
}

#[tokio::test]
async fn a_refusal_names_the_person_and_what_was_refused() {
    let house = House::new().await;
    let who = somebody(&house).await;
    refuse(&house, &who, "/api/keys/create", 1).await;
    let event = page(&house, &AuditQuery::default()).await.events.remove(0);
    assert_eq!(
        (event.action.as_str(), event.actor.as_str()),
        ("console.refused", "ada")
    );
    assert_eq!(
        (event.address.as_deref(), event.subject_name.as_deref()),
        (Some(ADDRESS), Some("ada@example.com"))
    );
    assert_eq!(
        house.details_of("console.refused").await,
        [json!({ "request": "POST /api/keys/create", "role": "viewer" })]
    );
    // The event contains no secrets, and its texts have a limited length.
    refuse(&house, &who, "/keys/sk_live_0123456789/edit", 1).await;
    refuse(&house, &who, &"/x".repeat(10_000), 1).await;
    let details = house.details_of("console.refused").await;
    assert_eq!(details[1]["request"], "POST /keys/…/edit");
    assert!(details[2]["request"].as_str().unwrap().chars().count() <= 125);
    assert_eq!(house.events().await, 6);
}

#[tokio::test]
async fn unrecorded_refusals_are_counted_in_the_next_event() {
    let house = House::new().await;
    let who = somebody(&house).await;
    refuse(&house, &who, "/api/x", 25).await;
    assert_eq!(house.details_of("console.refused").await.len(), 10);
    house.clock.advance(MINUTE - 1);
    refuse(&house, &who, "/api/x", 1).await;
    assert_eq!(house.details_of("console.refused").await.len(), 10);
    house.clock.advance(1);
    refuse(&house, &who, "/api/x", 2).await;
    let details = house.details_of("console.refused").await;
    assert_eq!(details.len(), 12);
    assert_eq!(details[10]["suppressed"], 16);
    assert_eq!(details[11].get("suppressed"), None);
    let told = page(&house, &query("action", "console.refused"))
        .await
        .events
        .remove(1)
        .details;
    assert!(told.contains("16 more like it were not noted"), "{told}");
}

#[tokio::test]
async fn many_refusals_of_one_person_do_not_hide_those_of_others() {
    let house = House::new().await;
    let who = somebody(&house).await;
    let other = LoggedIn {
        user_id: UserId::from_random("0000000000"),
        ..who.clone()
    };
    refuse(&house, &who, "/api/x", 200).await;
    refuse(&house, &other, "/api/x", 1).await;
    assert_eq!(house.details_of("console.refused").await.len(), 11);
}

#[tokio::test]
async fn refusals_over_the_limit_for_all_people_are_counted_as_well() {
    let house = House::new().await;
    let who = somebody(&house).await;
    let others: Vec<LoggedIn> = (0..8)
        .map(|number| LoggedIn {
            user_id: UserId::from_random(&format!("000000000{number}")),
            ..who.clone()
        })
        .collect();
    for other in &others {
        refuse(&house, other, "/api/x", 10).await;
    }
    assert_eq!(house.details_of("console.refused").await.len(), 60);
    house.clock.advance(MINUTE);
    for other in &others {
        refuse(&house, other, "/api/x", 1).await;
    }
    let details = house.details_of("console.refused").await;
    assert_eq!(details.len(), 68);
    let told: i64 = details
        .iter()
        .filter_map(|details| details["suppressed"].as_i64())
        .sum();
    assert_eq!(told, 20);
}

#[tokio::test]
async fn a_failed_login_is_recorded_without_the_typed_text() {
    let house = House::new().await;
    house.add_named("ada", Role::Viewer).await;
    house.try_password("ada", "not the password").await.unwrap_err();
    house
        .try_password("hunter2-typed-into-the-wrong-field", "x")
        .await
        .unwrap_err();
    let failed = page(&house, &query("action", "user.login_failed")).await.events;
    assert_eq!(failed.len(), 2);
    assert_eq!(failed[1].subject_name.as_deref(), Some("ada@example.com"));
    assert_eq!(
        (failed[0].subject_id.as_ref(), failed[0].subject_name.as_ref()),
        (None, None)
    );
    for event in &failed {
        assert_eq!(
            (event.actor.as_str(), event.address.as_deref()),
            ("nobody", Some(ADDRESS))
        );
    }
    let typed = "SELECT count(*) FROM audit_events WHERE details LIKE '%hunter2%' OR details LIKE '%not the%'";
    assert_eq!(number(&house.by_hand().await, typed).await, 0);
}
