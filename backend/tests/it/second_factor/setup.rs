//! Setting up the second factor, and removing it.

use super::protected;
use crate::common::people::{App, TestLogin, browser};
use crate::common::{TestBackend, error_of};
use backend::audit::Actor;
use backend::error::{Conflict, Error, RefusedLogin};
use model::list::ListQuery;
use model::role::Role;
use model::time::{MINUTE, SECOND};
use serde_json::json;

#[tokio::test]
async fn the_second_factor_is_required_after_its_first_code() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let ada = test.log_in_with_password("ada").await;
    let app = App::scan(
        &test
            .services
            .accounts
            .start_second_factor(&ada.who, &ada.actor)
            .await
            .unwrap(),
    );
    test.log_in_with_password("ada").await;
    let finish = async |code: &str| {
        test.services
            .accounts
            .finish_second_factor(&ada.who, &ada.actor, code)
            .await
    };
    assert_eq!(
        error_of(finish("000000").await, "code"),
        "That is not the code. Enter the one that the app shows now."
    );
    test.log_in_with_password("ada").await;
    let code = app.code(test.now());
    let typed = format!("{} {}", &code[..3], &code[3..]);
    let codes = finish(&typed).await.unwrap();
    assert_eq!(codes.0.len(), 10);
    assert!(codes.0.iter().all(|code| code.len() == 29), "{:?}", codes.0);
    let page = test
        .services
        .accounts
        .security(&ada.who.actor(None), &ada.who, &ListQuery::default())
        .await
        .unwrap();
    assert_eq!((page.second_factor, page.recovery_codes), (Some(test.now()), 10));
    test.ticket("ada").await;
    assert_eq!(test.details_of("user.second_factor_enabled").await, [json!({})]);
    let person = test
        .services
        .accounts
        .list(&Actor::command_line(), &ListQuery::default())
        .await
        .unwrap()
        .people
        .remove(0);
    assert!(person.second_factor);
}

#[tokio::test]
async fn a_seed_is_confirmed_within_a_quarter_of_an_hour() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let ada = test.log_in_with_password("ada").await;
    let none = test
        .services
        .accounts
        .finish_second_factor(&ada.who, &ada.actor, "123456")
        .await;
    assert!(matches!(none, Err(Error::Conflict(_))), "no setup was begun");
    let first = App::scan(
        &test
            .services
            .accounts
            .start_second_factor(&ada.who, &ada.actor)
            .await
            .unwrap(),
    );
    let second = App::scan(
        &test
            .services
            .accounts
            .start_second_factor(&ada.who, &ada.actor)
            .await
            .unwrap(),
    );
    let old = test
        .services
        .accounts
        .finish_second_factor(&ada.who, &ada.actor, &first.code(test.now()))
        .await;
    assert!(matches!(old, Err(Error::Invalid(_))), "a newer setup replaced this one");
    test.clock.advance(15 * MINUTE);
    let late = test
        .services
        .accounts
        .finish_second_factor(&ada.who, &ada.actor, &second.code(test.now()))
        .await;
    assert!(matches!(late, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn a_second_factor_cannot_be_set_up_twice() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let ada = test.log_in_with_password("ada").await;
    test.set_up_second_factor(&ada).await;
    let again = test.services.accounts.start_second_factor(&ada.who, &ada.actor).await;
    assert!(matches!(again, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn after_removing_the_second_factor_the_password_is_enough() {
    let test = TestBackend::new().await;
    let id = test.add_named("ada", Role::Viewer).await;
    let ada = test.log_in_with_password("ada").await;
    let (app, _) = test.set_up_second_factor(&ada).await;
    let ticket = test.ticket("ada").await;
    test.services
        .accounts
        .remove_second_factor(&ada.who, &ada.actor)
        .await
        .unwrap();
    let page = test
        .services
        .accounts
        .security(&ada.who.actor(None), &ada.who, &ListQuery::default())
        .await
        .unwrap();
    assert_eq!((page.second_factor, page.recovery_codes), (None, 0));
    test.log_in_with_password("ada").await;
    test.clock.advance(MINUTE);
    let stale = test
        .services
        .accounts
        .log_in_with_code(&ticket, &app.code(test.now()), browser())
        .await;
    assert!(matches!(stale, Err(Error::RefusedLogin(RefusedLogin::PasswordTooOld))));
    let again = test
        .services
        .accounts
        .reset_second_factor(&Actor::command_line(), &id)
        .await;
    assert!(matches!(again, Err(Error::Conflict(_))));
    // An owner removes the second factor of a person who has lost everything.
    test.set_up_second_factor(&ada).await;
    test.services
        .accounts
        .reset_second_factor(&Actor::command_line(), &id)
        .await
        .unwrap();
    test.log_in_with_password("ada").await;
    assert_eq!(
        test.details_of("user.second_factor_removed").await,
        [json!({}), json!({})]
    );
}

#[tokio::test]
async fn repeated_setups_are_slowed_down() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Admin).await;
    test.add_named("eve", Role::Admin).await;
    let (ada, eve) = (
        test.log_in_with_password("ada").await,
        test.log_in_with_password("eve").await,
    );
    let start = async |who: &TestLogin| test.services.accounts.start_second_factor(&who.who, &who.actor).await;
    for _ in 0..5 {
        start(&ada).await.unwrap();
    }
    let events = test.events().await;
    let refused = start(&ada).await.unwrap_err();
    assert!(
        matches!(&refused, Error::Conflict(Conflict::TooManyAttempts { .. })),
        "{refused:?}"
    );
    assert_eq!(test.events().await, events, "a refused setup adds no event");
    start(&eve).await.unwrap();
    test.clock.advance(SECOND);
    start(&ada).await.unwrap();
}

#[tokio::test]
async fn no_seed_or_recovery_code_is_stored_in_plain_text() {
    let (test, _, codes) = protected().await;
    assert!(test.stores("ada@example.com").await);
    for code in &codes {
        for text in [code.clone(), code.replace('-', "")] {
            assert!(!test.stores(&text).await);
        }
    }
}
