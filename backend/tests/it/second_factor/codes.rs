//! The authenticator app's codes: each works once, and only about its own time.

use super::{log_in, protected};
use crate::common::TestBackend;
use crate::common::people::browser;
use backend::accounts::LoginError;
use model::role::Role;
use model::time::{MINUTE, SECOND};
use serde_json::json;

const STEP: i64 = 30 * SECOND;

#[tokio::test]
async fn a_code_works_once() {
    let (test, app, _) = protected().await;
    let code = app.code(test.now());
    log_in(&test, &code).await.unwrap();
    assert!(matches!(log_in(&test, &code).await, Err(LoginError::WrongCode)));
    test.clock.advance(STEP);
    assert!(
        matches!(log_in(&test, &code).await, Err(LoginError::WrongCode)),
        "still within the tolerance"
    );
    log_in(&test, &app.code(test.now())).await.unwrap();
    assert_eq!(
        test.details_of("user.logged_in").await.last(),
        Some(&json!({ "secondFactor": "code" }))
    );
}

#[tokio::test]
async fn only_the_codes_directly_before_and_after_the_present_one_are_accepted() {
    for (away, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
        let (test, app, _) = protected().await;
        test.clock.advance(10 * MINUTE);
        let code = app.code(test.now().plus(away * STEP));
        assert_eq!(log_in(&test, &code).await.is_ok(), taken, "{away}");
    }
}

#[tokio::test]
async fn a_code_is_refused_after_a_later_code_was_used() {
    let (test, app, _) = protected().await;
    log_in(&test, &app.code(test.now().plus(STEP))).await.unwrap();
    let earlier = log_in(&test, &app.code(test.now())).await;
    assert!(matches!(earlier, Err(LoginError::WrongCode)));
}

#[tokio::test]
async fn the_code_of_the_setup_does_not_work_for_a_login() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let ada = test.log_in_with_password("ada").await;
    let (app, _) = test.set_up_second_factor(&ada).await;
    let used = app.code(test.now());
    assert!(matches!(log_in(&test, &used).await, Err(LoginError::WrongCode)));
}

#[tokio::test]
async fn only_one_of_two_simultaneous_logins_can_use_a_code() {
    let (test, app, codes) = protected().await;
    for code in [app.code(test.now()), codes[0].clone()] {
        let (first, second) = (test.ticket("ada").await, test.ticket("ada").await);
        let outcomes = tokio::join!(
            test.services.accounts.log_in_with_code(&first, &code, browser()),
            test.services.accounts.log_in_with_code(&second, &code, browser())
        );
        assert_eq!(u8::from(outcomes.0.is_ok()) + u8::from(outcomes.1.is_ok()), 1, "{code}");
    }
}
