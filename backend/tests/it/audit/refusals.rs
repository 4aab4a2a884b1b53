//! Refusals and failed logins are recorded, but not so often that they hide other events.

use backend::accounts::LoggedIn;
use model::audit::AuditQuery;
use model::id::UserId;
use model::role::Role;
use model::time::MINUTE;
use serde_json::json;

use super::{number, page, query};
use crate::common::TestBackend;
use crate::common::people::ADDRESS;

async fn somebody(test: &TestBackend) -> LoggedIn {
    test.add_named("ada", Role::Viewer).await;
    test.log_in_with_password("ada").await.who
}

async fn refuse(test: &TestBackend, who: &LoggedIn, path: &str, times: usize) {
    for _ in 0..times {
        test.services
            .audit
            .note_refusal(&who.actor(Some(ADDRESS.to_owned())), &who.me.email, "POST", path)
            .await;
    }
}

#[tokio::test]
async fn a_refusal_names_the_person_and_what_was_refused() {
    let test = TestBackend::new().await;
    let who = somebody(&test).await;
    refuse(&test, &who, "/api/keys/create", 1).await;
    let event = page(&test, &AuditQuery::default()).await.events.remove(0);
    assert_eq!(
        (event.action.as_str(), event.actor.as_str()),
        ("console.refused", "ada")
    );
    assert_eq!(
        (event.address.as_deref(), event.subject_name.as_deref()),
        (Some(ADDRESS), Some("ada@example.com"))
    );
    assert_eq!(
        test.details_of("console.refused").await,
        [json!({ "request": "POST /api/keys/create", "role": "viewer" })]
    );
    // The event contains no secrets, and its texts have a limited length.
    refuse(&test, &who, "/keys/sk_live_0123456789/edit", 1).await;
    refuse(&test, &who, &"/x".repeat(10_000), 1).await;
    let details = test.details_of("console.refused").await;
    assert_eq!(details[1]["request"], "POST /keys/…/edit");
    assert!(details[2]["request"].as_str().unwrap().chars().count() <= 125);
    assert_eq!(test.events().await, 6);
}

#[tokio::test]
async fn unrecorded_refusals_are_counted_in_the_next_event() {
    let test = TestBackend::new().await;
    let who = somebody(&test).await;
    refuse(&test, &who, "/api/x", 25).await;
    assert_eq!(test.details_of("console.refused").await.len(), 10);
    test.clock.advance(MINUTE - 1);
    refuse(&test, &who, "/api/x", 1).await;
    assert_eq!(test.details_of("console.refused").await.len(), 10);
    test.clock.advance(1);
    refuse(&test, &who, "/api/x", 2).await;
    let details = test.details_of("console.refused").await;
    assert_eq!(details.len(), 12);
    assert_eq!(details[10]["suppressed"], 16);
    assert_eq!(details[11].get("suppressed"), None);
    let told = page(&test, &query("action", "console.refused"))
        .await
        .events
        .remove(1)
        .details;
    assert!(told.contains("16 more like it were not noted"), "{told}");
}

#[tokio::test]
async fn many_refusals_of_one_person_do_not_hide_those_of_others() {
    let test = TestBackend::new().await;
    let who = somebody(&test).await;
    let other = LoggedIn {
        user_id: UserId::from_random("0000000000"),
        ..who.clone()
    };
    refuse(&test, &who, "/api/x", 200).await;
    refuse(&test, &other, "/api/x", 1).await;
    assert_eq!(test.details_of("console.refused").await.len(), 11);
}

#[tokio::test]
async fn refusals_over_the_limit_for_all_people_are_counted_as_well() {
    let test = TestBackend::new().await;
    let who = somebody(&test).await;
    let others: Vec<LoggedIn> = (0..8)
        .map(|number| LoggedIn {
            user_id: UserId::from_random(&format!("000000000{number}")),
            ..who.clone()
        })
        .collect();
    for other in &others {
        refuse(&test, other, "/api/x", 10).await;
    }
    assert_eq!(test.details_of("console.refused").await.len(), 60);
    test.clock.advance(MINUTE);
    for other in &others {
        refuse(&test, other, "/api/x", 1).await;
    }
    let details = test.details_of("console.refused").await;
    assert_eq!(details.len(), 68);
    let told: i64 = details
        .iter()
        .filter_map(|details| details["suppressed"].as_i64())
        .sum();
    assert_eq!(told, 20);
}

#[tokio::test]
async fn a_failed_login_is_recorded_without_the_typed_text() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    test.try_password("ada", "not the password").await.unwrap_err();
    test.try_password("hunter2-typed-into-the-wrong-field", "x")
        .await
        .unwrap_err();
    let failed = page(&test, &query("action", "user.login_failed")).await.events;
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
    assert_eq!(number(&test.connect_directly().await, typed).await, 0);
}
