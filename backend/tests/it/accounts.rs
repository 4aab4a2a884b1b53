//! The first owner, passwords and sessions.

use std::sync::Arc;

use crate::common::people::{browser, let_in};
use crate::common::{EMAIL, House, PASSWORD};
use backend::accounts::{LinkError, Login, LoginError, NewSession, Purpose};
use backend::audit::Actor;
use model::time::{DAY, HOUR, MINUTE, SECOND};

async fn log_in(house: &House, password: &str, device: Option<&str>) -> Result<NewSession, LoginError> {
    let login = Login {
        email: EMAIL.to_owned(),
        password: password.into(),
        browser: browser(),
        device: device.map(str::to_owned),
    };
    house.services.accounts.log_in(login).await.map(let_in)
}

#[tokio::test]
async fn a_setup_link_makes_one_owner() {
    let house = House::new().await;
    let link = house.services.accounts.issue_setup_link().await.unwrap();
    let post = |email: &'static str| {
        let services = Arc::clone(&house.services);
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
        !house
            .services
            .accounts
            .link_is_good(Purpose::Setup, link.secret())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_setup_link_expires_and_is_replaced() {
    let house = House::new().await;
    let old = house.services.accounts.issue_setup_link().await.unwrap();
    let new = house.services.accounts.issue_setup_link().await.unwrap();
    assert!(
        !house
            .services
            .accounts
            .link_is_good(Purpose::Setup, old.secret())
            .await
            .unwrap()
    );
    assert!(
        house
            .services
            .accounts
            .link_is_good(Purpose::Setup, new.secret())
            .await
            .unwrap()
    );
    house.clock.advance(DAY);
    let late = house
        .services
        .accounts
        .set_up(new.secret(), EMAIL, PASSWORD.into(), browser())
        .await;
    assert!(matches!(late, Err(LinkError::Spent)));
}

#[tokio::test]
async fn a_bad_password_leaves_the_link_unused() {
    let house = House::new().await;
    let link = house.services.accounts.issue_setup_link().await.unwrap();
    let short = house
        .services
        .accounts
        .set_up(link.secret(), EMAIL, "short".into(), browser())
        .await;
    assert!(matches!(short, Err(LinkError::Password(_))));
    assert!(
        house
            .services
            .accounts
            .set_up(link.secret(), EMAIL, PASSWORD.into(), browser())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_session_ends_after_twelve_unused_hours_and_after_seven_days() {
    let house = House::new().await;
    house.add_owner().await;
    let session = log_in(&house, PASSWORD, None).await.unwrap();
    let alive = || async {
        house
            .services
            .accounts
            .session(session.token())
            .await
            .unwrap()
            .is_some()
    };
    for _ in 0..16 {
        house.clock.advance(10 * HOUR);
        assert!(alive().await, "used every ten hours");
    }
    house.clock.advance(8 * HOUR);
    assert!(!alive().await, "seven days are over");

    let session = log_in(&house, PASSWORD, None).await.unwrap();
    house.clock.advance(12 * HOUR);
    assert!(
        house
            .services
            .accounts
            .session(session.token())
            .await
            .unwrap()
            .is_none(),
        "unused for twelve hours"
    );
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let house = House::new().await;
    house.add_owner().await;
    let session = log_in(&house, PASSWORD, None).await.unwrap();
    house.services.accounts.log_out(session.token(), None).await.unwrap();
    assert!(
        house
            .services
            .accounts
            .session(session.token())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn setting_the_clock_does_not_change_how_long_a_login_must_wait() {
    let house = House::new().await;
    house.add_owner().await;
    for _ in 0..5 {
        assert!(matches!(log_in(&house, "wrong", None).await, Err(LoginError::Wrong)));
    }
    for hours in [-25, 50] {
        house.clock.set_forward(hours * HOUR);
        let slowed = log_in(&house, PASSWORD, None).await;
        assert!(matches!(slowed, Err(LoginError::TooMany(SECOND))), "{hours} h");
    }
    house.clock.set_forward(-400 * DAY);
    house.clock.advance(SECOND);
    assert!(log_in(&house, PASSWORD, None).await.is_ok());
}

#[tokio::test]
async fn guessing_is_slowed_but_a_known_browser_still_logs_in() {
    let house = House::new().await;
    house.add_owner().await;
    let known = log_in(&house, PASSWORD, None).await.unwrap().device;
    for _ in 0..5 {
        assert!(matches!(log_in(&house, "wrong", None).await, Err(LoginError::Wrong)));
    }
    let slowed = log_in(&house, PASSWORD, None).await.unwrap_err();
    assert_eq!(slowed.retry_after(), Some(1));
    assert!(log_in(&house, PASSWORD, Some(&known)).await.is_ok());
    house.clock.advance(SECOND);
    assert!(log_in(&house, PASSWORD, None).await.is_ok(), "the wait is over");
}

#[tokio::test]
async fn a_reset_link_sets_a_password_and_ends_other_sessions() {
    let house = House::new().await;
    house.add_owner().await;
    let before = log_in(&house, PASSWORD, None).await.unwrap();
    let id = house
        .services
        .accounts
        .find_by_email(&backend::Actor::command_line(), EMAIL)
        .await
        .unwrap();
    let link = house
        .services
        .accounts
        .issue_reset_link(&Actor::command_line(), &id, "")
        .await;
    let url = link.unwrap().url;
    let secret = url.strip_prefix("/reset?link=").unwrap();
    let new = "a new and longer one";
    let after = house
        .services
        .accounts
        .reset_password(secret, new.into(), browser())
        .await
        .map(let_in)
        .unwrap();
    assert!(house.services.accounts.session(before.token()).await.unwrap().is_none());
    assert!(house.services.accounts.session(after.token()).await.unwrap().is_some());
    assert!(log_in(&house, PASSWORD, None).await.is_err());
    house.clock.advance(MINUTE);
    assert!(log_in(&house, new, None).await.is_ok());
    let twice = house
        .services
        .accounts
        .reset_password(secret, new.into(), browser())
        .await;
    assert!(matches!(twice, Err(LinkError::Spent)));
}

#[tokio::test]
async fn a_password_is_checked_only_if_the_link_is_valid() {
    let house = House::new().await;
    let services = &house.services;
    let common = || "123456789012".into();
    let outcome = services
        .accounts
        .set_up("no such link", EMAIL, common(), browser())
        .await;
    assert!(matches!(outcome, Err(LinkError::Spent)), "{outcome:?}");
    let outcome = services
        .accounts
        .reset_password("no such link", common(), browser())
        .await;
    assert!(matches!(outcome, Err(LinkError::Spent)), "{outcome:?}");
    let outcome = services
        .accounts
        .accept_invitation("no such link", "Ada", common(), browser())
        .await;
    assert!(matches!(outcome, Err(LinkError::Spent)), "{outcome:?}");
}
