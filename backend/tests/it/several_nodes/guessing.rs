//! Guessing is slowed down on all nodes together.

use std::sync::Arc;

use backend::Services;
use backend::accounts::{Browser, Login};
use backend::error::{Error, RefusedLogin};
use model::role::Role;
use model::time::{MINUTE, SECOND};

use super::two_nodes;
use crate::common::database::number;
use crate::common::people::browser;
use crate::common::{PASSWORD, TestBackend};

const FREE: usize = 5;
/// The free failures of an address.
const FREE_OF_ADDRESS: usize = 20;

/// How an attempt ended: the seconds to wait, or whether the password was right.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    In,
    Wrong,
    Wait(i64),
}
use Outcome::{In, Wait, Wrong};

async fn attempt_from(node: &Services, name: &str, password: &str, address: &str) -> Outcome {
    let login = Login {
        email: format!("{name}@example.com"),
        password: password.into(),
        browser: Browser {
            address: address.to_owned(),
            ..browser()
        },
        device: None,
    };
    match node.accounts.log_in(login).await {
        Ok(_) => In,
        Err(Error::RefusedLogin(RefusedLogin::WrongCredentials)) => Wrong,
        Err(Error::RefusedLogin(RefusedLogin::TooManyAttempts { seconds })) => Wait(seconds),
        Err(other) => panic!("{other:?}"),
    }
}

async fn attempt(node: &Services, password: &str) -> Outcome {
    attempt_from(node, "ada", password, "192.0.2.1").await
}

async fn rows(test: &TestBackend) -> i64 {
    number(
        &test.connect_directly().await,
        "SELECT count(*) FROM throttled_subjects",
    )
    .await
}

#[tokio::test]
async fn five_failures_on_one_node_count_on_another() {
    let (test, other) = two_nodes().await;
    test.add_named("ada", Role::Owner).await;
    for _ in 0..FREE {
        assert_eq!(attempt(&test.services, "wrong").await, Wrong);
    }
    assert_eq!(attempt(&other, PASSWORD).await, Wait(1));
    test.clock.advance(SECOND);
    assert_eq!(attempt(&other, "wrong").await, Wrong);
    // The wait doubles on both.
    assert_eq!(attempt(&test.services, PASSWORD).await, Wait(2));
    assert_eq!(attempt(&other, PASSWORD).await, Wait(2));
    test.clock.advance(2 * SECOND);
    assert_eq!(attempt(&test.services, PASSWORD).await, In);
}

#[tokio::test]
async fn failures_on_different_nodes_add_up() {
    let (test, other) = two_nodes().await;
    test.add_named("ada", Role::Owner).await;
    for turn in 0..FREE {
        let node = if turn % 2 == 0 { &test.services } else { &other };
        assert_eq!(attempt(node, "wrong").await, Wrong);
    }
    for node in [&test.services, &other] {
        assert_eq!(attempt(node, PASSWORD).await, Wait(1));
    }
}

#[tokio::test]
async fn a_right_password_on_one_node_starts_afresh_on_another() {
    let (test, other) = two_nodes().await;
    test.add_named("ada", Role::Owner).await;
    for _ in 0..3 {
        for _ in 1..FREE {
            assert_eq!(attempt(&test.services, "wrong").await, Wrong);
        }
        assert_eq!(attempt(&other, PASSWORD).await, In);
    }
}

#[tokio::test]
async fn an_address_is_slowed_down_on_another_node_too() {
    let (test, other) = two_nodes().await;
    for person in 0..FREE_OF_ADDRESS {
        let name = format!("person-{person}");
        let node = if person % 2 == 0 { &test.services } else { &other };
        assert_eq!(attempt_from(node, &name, "wrong", "192.0.2.9").await, Wrong);
    }
    for node in [&test.services, &other] {
        assert_eq!(attempt_from(node, "fresh", "wrong", "192.0.2.9").await, Wait(1));
        assert_eq!(attempt_from(node, "fresh", "wrong", "192.0.2.8").await, Wrong);
    }
}

#[tokio::test]
async fn after_a_wait_nodes_that_are_asked_at_once_let_one_attempt_through() {
    let (test, other) = two_nodes().await;
    test.add_named("ada", Role::Owner).await;
    for _ in 0..FREE {
        attempt(&test.services, "wrong").await;
    }
    for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
        // Both have read the count.
        assert_eq!(attempt(&test.services, PASSWORD).await, Wait(wait));
        assert_eq!(attempt(&other, PASSWORD).await, Wait(wait));
        test.clock.advance(wait * SECOND);
        let outcomes = tokio::join!(attempt(&test.services, "wrong"), attempt(&other, "wrong"));
        let wrong = u8::from(outcomes.0 == Wrong) + u8::from(outcomes.1 == Wrong);
        assert_eq!(wrong, 1, "{outcomes:?}");
    }
}

#[tokio::test]
async fn failures_survive_a_restart() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    for _ in 0..FREE {
        attempt(&test.services, "wrong").await;
    }
    test.clock.advance(SECOND / 2);
    let restarted = test.another(2).await;
    assert_eq!(attempt(&restarted, PASSWORD).await, Wait(1));
    test.clock.advance(SECOND / 2);
    assert_eq!(attempt(&restarted, PASSWORD).await, In);
}

#[tokio::test]
async fn a_login_without_failures_stores_nothing_about_them() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    assert_eq!(attempt(&test.services, PASSWORD).await, In);
    assert_eq!(rows(&test).await, 0);
    // One for the account and one for the address, which is not the account's alone.
    assert_eq!(attempt(&test.services, "wrong").await, Wrong);
    assert_eq!(rows(&test).await, 2);
    assert_eq!(attempt(&test.services, PASSWORD).await, In);
    assert_eq!(rows(&test).await, 1);
}

#[tokio::test]
async fn failures_that_are_forgotten_leave_no_rows() {
    let test = TestBackend::new().await;
    for person in 0..10 {
        attempt_from(&test.services, &format!("person-{person}"), "wrong", "192.0.2.9").await;
    }
    assert_eq!(rows(&test).await, 11);
    test.clock.advance(15 * MINUTE);
    attempt_from(&test.services, "last", "wrong", "192.0.2.8").await;
    assert_eq!(rows(&test).await, 2);
}

#[tokio::test]
async fn the_table_tells_no_address() {
    let test = TestBackend::new().await;
    attempt_from(&test.services, "stranger", "wrong", "203.0.113.99").await;
    assert_eq!(rows(&test).await, 2);
    assert!(!test.stores("stranger@example.com").await);
    let addresses = "SELECT count(*) FROM audit_events WHERE address = '203.0.113.99'";
    assert_eq!(
        number(&test.connect_directly().await, addresses).await,
        1,
        "only the audit log does"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_failures_is_counted_without_loss() {
    let test = TestBackend::new().await;
    let mut attempts = tokio::task::JoinSet::new();
    for person in 0..60 {
        let node = Arc::clone(&test.services);
        attempts.spawn(async move {
            let address = format!("192.0.2.{person}");
            attempt_from(&node, &format!("person-{person}"), "wrong", &address).await
        });
    }
    let mut wrong = 0;
    while let Some(outcome) = attempts.join_next().await {
        wrong += i64::from(outcome.unwrap() == Wrong);
    }
    let db = test.connect_directly().await;
    assert_eq!(
        number(&db, "SELECT CAST(sum(count) AS bigint) FROM throttled_subjects").await,
        2 * wrong
    );
}
