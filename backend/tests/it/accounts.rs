//! The first owner, passwords and sessions.

use std::sync::Arc;

use crate::common::people::{browser, expect_session};
use crate::common::{EMAIL, PASSWORD, TestBackend, error_of};
use backend::accounts::{Login, NewSession, Purpose};
use backend::audit::Actor;
use backend::error::{Error, Forbidden, RefusedLogin};
use model::time::{DAY, HOUR, MINUTE, SECOND};

async fn log_in(test: &TestBackend, password: &str, device: Option<&str>) -> backend::Result<NewSession> {
    let login = Login {
        email: EMAIL.to_owned(),
        password: password.into(),
        browser: browser(),
        device: device.map(str::to_owned),
    };
    test.services.accounts.log_in(login).await.map(expect_session)
}

#[tokio::test]
async fn a_setup_link_makes_one_owner() {
    let test = TestBackend::new().await;
    let link = test.services.accounts.issue_setup_link().await.unwrap();
    let post = |email: &'static str| {
        let services = Arc::clone(&test.services);
        let secret = link.secret().to_owned();
        tokio::spawn(async move {
            services
                .accounts
                .set_up(&secret, email, PASSWORD.into(), browser())
                .await
        })
    };
    let (first, second) = (post("a@example.com"), post("b@example.com"));
    let outcomes = [first.await.unwrap().is_ok(), second.await.unwrap().is_ok()];
    assert_eq!(
        outcomes.into_iter().filter(|&won| won).count(),
        1,
        "two racing posts make one owner"
    );
    assert!(
        !test
            .services
            .accounts
            .link_is_good(Purpose::Setup, link.secret())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_setup_link_expires_and_is_replaced() {
    let test = TestBackend::new().await;
    let old = test.services.accounts.issue_setup_link().await.unwrap();
    let new = test.services.accounts.issue_setup_link().await.unwrap();
    assert!(
        !test
            .services
            .accounts
            .link_is_good(Purpose::Setup, old.secret())
            .await
            .unwrap()
    );
    assert!(
        test.services
            .accounts
            .link_is_good(Purpose::Setup, new.secret())
            .await
            .unwrap()
    );
    test.clock.advance(DAY);
    let late = test
        .services
        .accounts
        .set_up(new.secret(), EMAIL, PASSWORD.into(), browser())
        .await;
    assert!(matches!(late, Err(Error::Forbidden(Forbidden::SpentLink))));
}

#[tokio::test]
async fn a_bad_password_leaves_the_link_unused() {
    let test = TestBackend::new().await;
    let link = test.services.accounts.issue_setup_link().await.unwrap();
    let short = test
        .services
        .accounts
        .set_up(link.secret(), EMAIL, "short".into(), browser())
        .await;
    assert!(!error_of(short, "password").is_empty());
    assert!(
        test.services
            .accounts
            .set_up(link.secret(), EMAIL, PASSWORD.into(), browser())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_session_ends_after_twelve_unused_hours_and_after_seven_days() {
    let test = TestBackend::new().await;
    test.add_owner().await;
    let session = log_in(&test, PASSWORD, None).await.unwrap();
    let alive = || async { test.services.accounts.session(session.token()).await.unwrap().is_some() };
    for _ in 0..16 {
        test.clock.advance(10 * HOUR);
        assert!(alive().await, "used every ten hours");
    }
    test.clock.advance(8 * HOUR);
    assert!(!alive().await, "seven days are over");

    let session = log_in(&test, PASSWORD, None).await.unwrap();
    test.clock.advance(12 * HOUR);
    assert!(
        test.services.accounts.session(session.token()).await.unwrap().is_none(),
        "unused for twelve hours"
    );
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let test = TestBackend::new().await;
    test.add_owner().await;
    let session = log_in(&test, PASSWORD, None).await.unwrap();
    test.services.accounts.log_out(session.token(), None).await.unwrap();
    assert!(test.services.accounts.session(session.token()).await.unwrap().is_none());
}

#[tokio::test]
async fn setting_the_clock_does_not_change_how_long_a_login_must_wait() {
    let test = TestBackend::new().await;
    test.add_owner().await;
    for _ in 0..5 {
        assert!(matches!(
            log_in(&test, "wrong", None).await,
            Err(Error::RefusedLogin(RefusedLogin::WrongCredentials))
        ));
    }
    for hours in [-25, 50] {
        test.clock.set_forward(hours * HOUR);
        let slowed = log_in(&test, PASSWORD, None).await;
        assert!(
            matches!(
                slowed,
                Err(Error::RefusedLogin(RefusedLogin::TooManyAttempts { seconds: 1 }))
            ),
            "{hours} h"
        );
    }
    test.clock.set_forward(-400 * DAY);
    test.clock.advance(SECOND);
    assert!(log_in(&test, PASSWORD, None).await.is_ok());
}

#[tokio::test]
async fn guessing_is_slowed_but_a_known_browser_still_logs_in() {
    let test = TestBackend::new().await;
    test.add_owner().await;
    let known = log_in(&test, PASSWORD, None).await.unwrap().device;
    for _ in 0..5 {
        assert!(matches!(
            log_in(&test, "wrong", None).await,
            Err(Error::RefusedLogin(RefusedLogin::WrongCredentials))
        ));
    }
    let slowed = log_in(&test, PASSWORD, None).await.unwrap_err();
    assert_eq!(slowed.retry_after(), Some(1));
    assert!(log_in(&test, PASSWORD, Some(&known)).await.is_ok());
    test.clock.advance(SECOND);
    assert!(log_in(&test, PASSWORD, None).await.is_ok(), "the wait is over");
}

#[tokio::test]
async fn a_reset_link_sets_a_password_and_ends_other_sessions() {
    let test = TestBackend::new().await;
    test.add_owner().await;
    let before = log_in(&test, PASSWORD, None).await.unwrap();
    let id = test
        .services
        .accounts
        .find_by_email(&Actor::command_line(), EMAIL)
        .await
        .unwrap();
    let link = test
        .services
        .accounts
        .issue_reset_link(&Actor::command_line(), &id, "")
        .await;
    let url = link.unwrap().url;
    let secret = url.strip_prefix("/reset?link=").unwrap();
    let new = "a new and longer one";
    let after = test
        .services
        .accounts
        .reset_password(secret, new.into(), browser())
        .await
        .map(expect_session)
        .unwrap();
    assert!(test.services.accounts.session(before.token()).await.unwrap().is_none());
    assert!(test.services.accounts.session(after.token()).await.unwrap().is_some());
    assert!(log_in(&test, PASSWORD, None).await.is_err());
    test.clock.advance(MINUTE);
    assert!(log_in(&test, new, None).await.is_ok());
    let twice = test
        .services
        .accounts
        .reset_password(secret, new.into(), browser())
        .await;
    assert!(matches!(twice, Err(Error::Forbidden(Forbidden::SpentLink))));
}

#[tokio::test]
async fn a_password_is_checked_only_if_the_link_is_valid() {
    let test = TestBackend::new().await;
    let services = &test.services;
    let common = || "123456789012".into();
    let outcome = services
        .accounts
        .set_up("no such link", EMAIL, common(), browser())
        .await;
    assert!(
        matches!(outcome, Err(Error::Forbidden(Forbidden::SpentLink))),
        "{outcome:?}"
    );
    let outcome = services
        .accounts
        .reset_password("no such link", common(), browser())
        .await;
    assert!(
        matches!(outcome, Err(Error::Forbidden(Forbidden::SpentLink))),
        "{outcome:?}"
    );
    let outcome = services
        .accounts
        .accept_invitation("no such link", "Ada", common(), browser())
        .await;
    assert!(
        matches!(outcome, Err(Error::Forbidden(Forbidden::SpentLink))),
        "{outcome:?}"
    );
}
