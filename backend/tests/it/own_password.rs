//! A person's own password: typed again for what needs it, and changed.

use crate::common::{PASSWORD, TestBackend, error_of, invalid};
use backend::audit::Actor;
use backend::error::Error;
use model::role::Role;
use model::security::PasswordForm;
use model::time::{DAY, MINUTE, SECOND};
use serde_json::json;

const NEW: &str = "another horse, same battery";

fn passwords(current: &str, password: &str) -> PasswordForm {
    PasswordForm {
        current: current.to_owned(),
        password: password.to_owned(),
    }
}

#[tokio::test]
async fn a_typed_password_counts_for_a_quarter_of_an_hour() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let here = test.log_in_with_password("ada").await;
    // Ending a session needs the password. No session has this name.
    let proved = || async {
        let ended = test.services.accounts.end_session(&here.who, &here.actor, "none").await;
        match ended.unwrap_err() {
            Error::PasswordNeeded => false,
            Error::NotFound(_) => true,
            other => panic!("{other:?}"),
        }
    };
    assert!(proved().await, "logging in counts");
    test.clock.advance(15 * MINUTE - 1);
    assert!(proved().await);
    test.clock.advance(1);
    assert!(!proved().await);
    let elsewhere = test.log_in_with_password("ada").await;
    assert!(!proved().await, "a password counts for its session only");
    let wrong = test
        .services
        .accounts
        .confirm_password(&here.who, &here.actor, "wrong".into())
        .await;
    assert_eq!(error_of(wrong, "password"), "That is not your password.");
    assert!(!proved().await);
    test.services
        .accounts
        .confirm_password(&here.who, &here.actor, PASSWORD.into())
        .await
        .unwrap();
    assert!(proved().await);
    assert_eq!(test.details_of("user.password_confirmed").await, [json!({})]);
    // A session that has ended proves nothing.
    test.services
        .accounts
        .log_out(elsewhere.session.token(), None)
        .await
        .unwrap();
    let gone = test
        .services
        .accounts
        .confirm_password(&elsewhere.who, &elsewhere.actor, PASSWORD.into())
        .await;
    assert!(matches!(gone, Err(Error::SignedOut)));
}

#[tokio::test]
async fn guessing_from_within_a_session_is_slowed_down() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let here = test.log_in_with_password("ada").await;
    let try_it = async |password: &str| {
        test.services
            .accounts
            .confirm_password(&here.who, &here.actor, password.into())
            .await
    };
    for _ in 0..5 {
        assert_eq!(
            error_of(try_it("wrong").await, "password"),
            "That is not your password."
        );
    }
    assert_eq!(
        error_of(try_it(PASSWORD).await, "password"),
        "Too many attempts. Try again in 1 s."
    );
    let change = test
        .services
        .accounts
        .change_password(&here.who, &here.actor, passwords(PASSWORD, NEW))
        .await;
    assert_eq!(error_of(change, "current"), "Too many attempts. Try again in 1 s.");
    test.clock.advance(SECOND);
    try_it(PASSWORD).await.unwrap();
}

#[tokio::test]
async fn wrong_passwords_at_login_do_not_slow_down_a_logged_in_person() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let here = test.log_in_with_password("ada").await;
    for _ in 0..10 {
        test.try_password("ada", "wrong").await.unwrap_err();
    }
    test.services
        .accounts
        .confirm_password(&here.who, &here.actor, PASSWORD.into())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_the_reset_links() {
    let test = TestBackend::new().await;
    let id = test.add_named("ada", Role::Viewer).await;
    let (here, there) = (
        test.log_in_with_password("ada").await,
        test.log_in_with_password("ada").await,
    );
    let link = test
        .services
        .accounts
        .issue_reset_link(&Actor::command_line(), &id, "")
        .await
        .unwrap();
    test.services
        .accounts
        .change_password(&here.who, &here.actor, passwords(PASSWORD, NEW))
        .await
        .unwrap();
    assert!(test.is_in(&here.session).await);
    assert!(!test.is_in(&there.session).await);
    test.try_password("ada", PASSWORD).await.unwrap_err();
    test.try_password("ada", NEW).await.unwrap();
    let secret = link.url.strip_prefix("/reset?link=").unwrap();
    let reset = test
        .services
        .accounts
        .reset_password(secret, "yet another horse".into(), crate::common::people::browser())
        .await;
    assert!(reset.is_err(), "the earlier link is invalid");
    assert_eq!(
        test.details_of("user.password_changed").await,
        [json!({ "sessionsEnded": 1 })]
    );
}

#[tokio::test]
async fn a_new_password_must_follow_the_rules() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let here = test.log_in_with_password("ada").await;
    test.clock.advance(DAY / 4);
    for (current, password, field, message) in [
        ("wrong", NEW, "current", "That is not your password."),
        ("", NEW, "current", "That is not your password."),
        (
            PASSWORD,
            PASSWORD,
            "password",
            "That is the password you have. Choose another.",
        ),
        (
            PASSWORD,
            "eleven char",
            "password",
            "A password has 12 characters or more; 1 is missing.",
        ),
        (
            PASSWORD,
            "123456789012",
            "password",
            "That is one of the first things that anybody would try. Choose something less common.",
        ),
    ] {
        let outcome = test
            .services
            .accounts
            .change_password(&here.who, &here.actor, passwords(current, password))
            .await;
        assert_eq!(error_of(outcome, field), message);
    }
    test.try_password("ada", PASSWORD).await.unwrap();
    assert!(test.details_of("user.password_changed").await.is_empty());
}

/// With a wrong current password, a person learns nothing about the new password, and the server does no work for it.
#[tokio::test]
async fn a_new_password_is_checked_only_if_the_current_one_is_right() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let ada = test.log_in_with_password("ada").await;
    let outcome = test
        .services
        .accounts
        .change_password(&ada.who, &ada.actor, passwords("wrong", "123456789012"))
        .await;
    let errors = invalid(outcome);
    assert_eq!(errors.of("current").unwrap(), "That is not your password.");
    assert_eq!(errors.of("password"), None);
}
