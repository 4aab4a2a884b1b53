//! The ticket between the password and the code.

use super::{NEW, protected};
use crate::common::PASSWORD;
use crate::common::people::browser;
use backend::accounts::LoginError;
use backend::audit::Actor;
use model::role::Role;
use model::security::PasswordForm;
use model::time::MINUTE;

#[tokio::test]
async fn a_ticket_is_valid_for_five_minutes() {
    let (test, app, _) = protected().await;
    let ticket = test.ticket("ada").await;
    test.clock.advance(5 * MINUTE - 1);
    assert!(test.services.accounts.login_ticket_is_good(&ticket).await.unwrap());
    test.clock.advance(1);
    assert!(!test.services.accounts.login_ticket_is_good(&ticket).await.unwrap());
    let late = test
        .services
        .accounts
        .log_in_with_code(&ticket, &app.code(test.now()), browser())
        .await;
    assert!(matches!(late, Err(LoginError::Stale)));
}

#[tokio::test]
async fn a_ticket_is_invalid_after_the_password_changes() {
    let (test, app, _) = protected().await;
    let code = app.code(test.now());
    let session = test
        .services
        .accounts
        .log_in_with_code(&test.ticket("ada").await, &code, browser())
        .await
        .unwrap();
    let ada = test.login_of(session).await;
    let ticket = test.ticket("ada").await;
    let form = PasswordForm {
        current: PASSWORD.to_owned(),
        password: NEW.to_owned(),
    };
    test.services
        .accounts
        .change_password(&ada.who, &ada.actor, form)
        .await
        .unwrap();
    test.clock.advance(MINUTE);
    let void = test
        .services
        .accounts
        .log_in_with_code(&ticket, &app.code(test.now()), browser())
        .await;
    assert!(matches!(void, Err(LoginError::Stale)));
}

#[tokio::test]
async fn a_ticket_is_invalid_after_the_person_is_disabled() {
    let (test, app, _) = protected().await;
    let eve = test.add_named("eve", Role::Owner).await;
    let ada = test
        .services
        .accounts
        .find_by_email(&Actor::command_line(), "ada@example.com")
        .await
        .unwrap();
    let ticket = test.ticket("ada").await;
    assert_ne!(ada, eve);
    test.services
        .accounts
        .disable(&Actor::command_line(), &ada)
        .await
        .unwrap();
    let void = test
        .services
        .accounts
        .log_in_with_code(&ticket, &app.code(test.now()), browser())
        .await;
    assert!(matches!(void, Err(LoginError::Stale)));
}

#[tokio::test]
async fn a_forged_ticket_is_refused() {
    let (test, app, _) = protected().await;
    let ticket = test.ticket("ada").await;
    let mut changed = ticket.clone();
    let last = if changed.pop() == Some('0') { '1' } else { '0' };
    changed.push(last);
    for forged in [
        "",
        "00",
        "zz",
        &changed,
        &ticket[1..],
        &ticket[2..],
        &ticket.to_uppercase()[..20],
    ] {
        let code = app.code(test.now());
        let outcome = test.services.accounts.log_in_with_code(forged, &code, browser()).await;
        assert!(matches!(outcome, Err(LoginError::Stale)), "{forged}");
    }
    test.services
        .accounts
        .log_in_with_code(&ticket, &app.code(test.now()), browser())
        .await
        .unwrap();
}
