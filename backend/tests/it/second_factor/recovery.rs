//! Without the authenticator app: recovery codes, and what a reset link does not replace.

use super::{NEW, log_in, protected};
use crate::common::TestBackend;
use crate::common::people::{browser, expect_session};
use backend::accounts::{Admission, LoginError};
use backend::audit::Actor;
use backend::error::Error;
use model::list::ListQuery;
use model::role::Role;
use serde_json::json;

#[tokio::test]
async fn a_recovery_code_works_once() {
    let (test, app, codes) = protected().await;
    log_in(&test, &codes[3].to_uppercase()).await.unwrap();
    assert!(matches!(log_in(&test, &codes[3]).await, Err(LoginError::WrongCode)));
    log_in(&test, &codes[4].replace('-', "")).await.unwrap();
    let events = test.details_of("user.logged_in").await;
    assert_eq!(
        events[events.len() - 2..],
        [
            json!({ "secondFactor": "recovery code", "recoveryCodesLeft": 9 }),
            json!({ "secondFactor": "recovery code", "recoveryCodesLeft": 8 }),
        ]
    );
    log_in(&test, &app.code(test.now())).await.unwrap();
}

#[tokio::test]
async fn a_recovery_code_of_another_person_is_refused() {
    let (test, ..) = protected().await;
    test.add_named("eve", Role::Viewer).await;
    let eve = test.log_in_with_password("eve").await;
    let (_, codes) = test.set_up_second_factor(&eve).await;
    assert!(matches!(log_in(&test, &codes[0]).await, Err(LoginError::WrongCode)));
    let page = test
        .services
        .accounts
        .security(&eve.who.actor(None), &eve.who, &ListQuery::default())
        .await
        .unwrap();
    assert_eq!(page.recovery_codes, 10, "the other person's codes are all left");
}

#[tokio::test]
async fn new_recovery_codes_replace_the_old() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let ada = test.log_in_with_password("ada").await;
    let none = test.services.accounts.renew_recovery_codes(&ada.who, &ada.actor).await;
    assert!(matches!(none, Err(Error::Conflict(_))), "there is no second factor");
    let (_, old) = test.set_up_second_factor(&ada).await;
    let new = test
        .services
        .accounts
        .renew_recovery_codes(&ada.who, &ada.actor)
        .await
        .unwrap()
        .0;
    assert!(matches!(log_in(&test, &old[0]).await, Err(LoginError::WrongCode)));
    log_in(&test, &new[0]).await.unwrap();
    assert_eq!(test.details_of("user.recovery_codes_replaced").await, [json!({})]);
}

#[tokio::test]
async fn a_reset_link_replaces_the_password_but_not_the_second_factor() {
    let (test, app, _) = protected().await;
    let id = test
        .services
        .accounts
        .find_by_email(&Actor::command_line(), "ada@example.com")
        .await
        .unwrap();
    let link = test
        .services
        .accounts
        .issue_reset_link(&Actor::command_line(), &id, "")
        .await
        .unwrap();
    let secret = link.url.strip_prefix("/reset?link=").unwrap();
    let admission = test
        .services
        .accounts
        .reset_password(secret, NEW.into(), browser())
        .await
        .unwrap();
    let Admission::CodeNeeded(ticket) = admission else {
        panic!("the reset asked for no code");
    };
    test.services
        .accounts
        .log_in_with_code(ticket.value(), &app.code(test.now()), browser())
        .await
        .unwrap();
    // Without a second factor the password is enough.
    test.services
        .accounts
        .reset_second_factor(&Actor::command_line(), &id)
        .await
        .unwrap();
    expect_session(test.try_password("ada", NEW).await.unwrap());
}
