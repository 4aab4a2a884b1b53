//! Logging in with a code, and without the authenticator app.

use crate::common::people::{ADDRESS, App, Inside, browser, error_of, let_in};
use crate::common::{House, PASSWORD};
use backend::accounts::{Admission, Browser, LoginError};
use backend::audit::Actor;
use backend::error::{Conflict, Error};
use model::list::ListQuery;
use model::role::Role;
use model::security::{Outcome, PasswordForm};
use model::time::{DAY, MINUTE, SECOND};
use serde_json::json;

const STEP: i64 = 30 * SECOND;
const NEW: &str = "another horse, same battery";

/// A backend with Ada, her authenticator app and her recovery codes, a minute after the setup.
async fn protected() -> (House, App, Vec<String>) {
    let house = House::new().await;
    house.add_named("ada", Role::Owner).await;
    let ada = house.enter("ada").await;
    let (app, codes) = house.protect(&ada).await;
    house.clock.advance(MINUTE);
    (house, app, codes)
}

/// Enters Ada's password and then this code.
async fn log_in(house: &House, code: &str) -> Result<(), LoginError> {
    let ticket = house.ticket("ada").await;
    house
        .services
        .accounts
        .log_in_with_code(&ticket, code, browser())
        .await
        .map(|_| ())
}

#[tokio::test]
async fn the_second_factor_is_required_after_its_first_code() {
    let house = House::new().await;
    house.add_named("ada", Role::Viewer).await;
    let ada = house.enter("ada").await;
    let app = App::scan(
        &house
            .services
            .accounts
            .start_second_factor(&ada.who, &ada.actor)
            .await
            .unwrap(),
    );
    house.enter("ada").await;
    let finish = async |code: &str| {
        house
            .services
            .accounts
            .finish_second_factor(&ada.who, &ada.actor, code)
            .await
            .unwrap()
    };
    assert_eq!(
        error_of(finish("000000").await, "code"),
        "That is not the code. Enter the one that the app shows now."
    );
    house.enter("ada").await;
    let code = app.code(house.now());
    let typed = format!("{} {}", &code[..3], &code[3..]);
    let Outcome::Done(codes) = finish(&typed).await else {
        panic!("the code was refused");
    };
    assert_eq!(codes.0.len(), 10);
    assert!(codes.0.iter().all(|code| code.len() == 29), "{:?}", codes.0);
    let page = house
        .services
        .accounts
        .security(&ada.who.actor(None), &ada.who, &ListQuery::default())
        .await
        .unwrap();
    assert_eq!((page.second_factor, page.recovery_codes), (Some(house.now()), 10));
    house.ticket("ada").await;
    assert_eq!(house.details_of("user.second_factor_enabled").await, [json!({})]);
    let person = house
        .services
        .accounts
        .list(&backend::Actor::command_line(), &ListQuery::default())
        .await
        .unwrap()
        .people
        .remove(0);
    assert!(person.second_factor);
}

#[tokio::test]
async fn no_seed_or_recovery_code_is_stored_in_plain_text() {
    let (house, _, codes) = protected().await;
    for file in std::fs::read_dir(house.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for code in &codes {
            for text in [code.clone(), code.replace('-', "")] {
                assert!(!bytes.windows(text.len()).any(|part| part == text.as_bytes()));
            }
        }
    }
}

#[tokio::test]
async fn a_seed_is_confirmed_within_a_quarter_of_an_hour() {
    let house = House::new().await;
    house.add_named("ada", Role::Viewer).await;
    let ada = house.enter("ada").await;
    let none = house
        .services
        .accounts
        .finish_second_factor(&ada.who, &ada.actor, "123456")
        .await;
    assert!(matches!(none, Err(Error::Conflict(_))), "no setup was begun");
    let first = App::scan(
        &house
            .services
            .accounts
            .start_second_factor(&ada.who, &ada.actor)
            .await
            .unwrap(),
    );
    let second = App::scan(
        &house
            .services
            .accounts
            .start_second_factor(&ada.who, &ada.actor)
            .await
            .unwrap(),
    );
    let old = house
        .services
        .accounts
        .finish_second_factor(&ada.who, &ada.actor, &first.code(house.now()))
        .await
        .unwrap();
    assert!(matches!(old, Outcome::Invalid(_)), "a newer setup replaced this one");
    house.clock.advance(15 * MINUTE);
    let late = house
        .services
        .accounts
        .finish_second_factor(&ada.who, &ada.actor, &second.code(house.now()))
        .await;
    assert!(matches!(late, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn a_second_factor_cannot_be_set_up_twice() {
    let house = House::new().await;
    house.add_named("ada", Role::Viewer).await;
    let ada = house.enter("ada").await;
    house.protect(&ada).await;
    let again = house.services.accounts.start_second_factor(&ada.who, &ada.actor).await;
    assert!(matches!(again, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn a_code_works_once() {
    let (house, app, _) = protected().await;
    let code = app.code(house.now());
    log_in(&house, &code).await.unwrap();
    assert!(matches!(log_in(&house, &code).await, Err(LoginError::WrongCode)));
    house.clock.advance(STEP);
    assert!(
        matches!(log_in(&house, &code).await, Err(LoginError::WrongCode)),
        "still within the tolerance"
    );
    log_in(&house, &app.code(house.now())).await.unwrap();
    assert_eq!(
        house.details_of("user.logged_in").await.last(),
        Some(&json!({ "secondFactor": "code" }))
    );
}

#[tokio::test]
async fn the_code_of_the_setup_does_not_work_for_a_login() {
    let house = House::new().await;
    house.add_named("ada", Role::Viewer).await;
    let ada = house.enter("ada").await;
    let (app, _) = house.protect(&ada).await;
    let used = app.code(house.now());
    assert!(matches!(log_in(&house, &used).await, Err(LoginError::WrongCode)));
}

#[tokio::test]
async fn only_the_codes_directly_before_and_after_the_present_one_are_accepted() {
    for (away, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
        let (house, app, _) = protected().await;
        house.clock.advance(10 * MINUTE);
        let code = app.code(house.now().plus(away * STEP));
        assert_eq!(log_in(&house, &code).await.is_ok(), taken, "{away}");
    }
}

#[tokio::test]
async fn a_code_is_refused_after_a_later_code_was_used() {
    let (house, app, _) = protected().await;
    log_in(&house, &app.code(house.now().plus(STEP))).await.unwrap();
    let earlier = log_in(&house, &app.code(house.now())).await;
    assert!(matches!(earlier, Err(LoginError::WrongCode)));
}

#[tokio::test]
async fn only_one_of_two_simultaneous_logins_can_use_a_code() {
    let (house, app, codes) = protected().await;
    for code in [app.code(house.now()), codes[0].clone()] {
        let (first, second) = (house.ticket("ada").await, house.ticket("ada").await);
        let outcomes = tokio::join!(
            house.services.accounts.log_in_with_code(&first, &code, browser()),
            house.services.accounts.log_in_with_code(&second, &code, browser())
        );
        assert_eq!(u8::from(outcomes.0.is_ok()) + u8::from(outcomes.1.is_ok()), 1, "{code}");
    }
}

#[tokio::test]
async fn a_ticket_is_valid_for_five_minutes() {
    let (house, app, _) = protected().await;
    let ticket = house.ticket("ada").await;
    house.clock.advance(5 * MINUTE - 1);
    assert!(house.services.accounts.login_ticket_is_good(&ticket).await.unwrap());
    house.clock.advance(1);
    assert!(!house.services.accounts.login_ticket_is_good(&ticket).await.unwrap());
    let late = house
        .services
        .accounts
        .log_in_with_code(&ticket, &app.code(house.now()), browser())
        .await;
    assert!(matches!(late, Err(LoginError::Stale)));
}

#[tokio::test]
async fn a_ticket_is_invalid_after_the_password_changes() {
    let (house, app, _) = protected().await;
    let code = app.code(house.now());
    let session = house
        .services
        .accounts
        .log_in_with_code(&house.ticket("ada").await, &code, browser())
        .await
        .unwrap();
    let ada = house.inside(session).await;
    let ticket = house.ticket("ada").await;
    let form = PasswordForm {
        current: PASSWORD.to_owned(),
        password: NEW.to_owned(),
    };
    house
        .services
        .accounts
        .change_password(&ada.who, &ada.actor, form)
        .await
        .unwrap();
    house.clock.advance(MINUTE);
    let void = house
        .services
        .accounts
        .log_in_with_code(&ticket, &app.code(house.now()), browser())
        .await;
    assert!(matches!(void, Err(LoginError::Stale)));
}

#[tokio::test]
async fn a_ticket_is_invalid_after_the_person_is_disabled() {
    let (house, app, _) = protected().await;
    let eve = house.add_named("eve", Role::Owner).await;
    let ada = house
        .services
        .accounts
        .find_by_email(&backend::Actor::command_line(), "ada@example.com")
        .await
        .unwrap();
    let ticket = house.ticket("ada").await;
    assert_ne!(ada, eve);
    house
        .services
        .accounts
        .disable(&Actor::command_line(), &ada)
        .await
        .unwrap();
    let void = house
        .services
        .accounts
        .log_in_with_code(&ticket, &app.code(house.now()), browser())
        .await;
    assert!(matches!(void, Err(LoginError::Stale)));
}

#[tokio::test]
async fn a_forged_ticket_is_refused() {
    let (house, app, _) = protected().await;
    let ticket = house.ticket("ada").await;
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
        let code = app.code(house.now());
        let outcome = house.services.accounts.log_in_with_code(forged, &code, browser()).await;
        assert!(matches!(outcome, Err(LoginError::Stale)), "{forged}");
    }
    house
        .services
        .accounts
        .log_in_with_code(&ticket, &app.code(house.now()), browser())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_recovery_code_works_once() {
    let (house, app, codes) = protected().await;
    log_in(&house, &codes[3].to_uppercase()).await.unwrap();
    assert!(matches!(log_in(&house, &codes[3]).await, Err(LoginError::WrongCode)));
    log_in(&house, &codes[4].replace('-', "")).await.unwrap();
    let events = house.details_of("user.logged_in").await;
    assert_eq!(
        events[events.len() - 2..],
        [
            json!({ "secondFactor": "recovery code", "recoveryCodesLeft": 9 }),
            json!({ "secondFactor": "recovery code", "recoveryCodesLeft": 8 }),
        ]
    );
    log_in(&house, &app.code(house.now())).await.unwrap();
}

#[tokio::test]
async fn a_recovery_code_of_another_person_is_refused() {
    let (house, ..) = protected().await;
    house.add_named("eve", Role::Viewer).await;
    let eve = house.enter("eve").await;
    let (_, codes) = house.protect(&eve).await;
    assert!(matches!(log_in(&house, &codes[0]).await, Err(LoginError::WrongCode)));
    let page = house
        .services
        .accounts
        .security(&eve.who.actor(None), &eve.who, &ListQuery::default())
        .await
        .unwrap();
    assert_eq!(page.recovery_codes, 10, "the other person's codes are all left");
}

#[tokio::test]
async fn new_recovery_codes_replace_the_old() {
    let house = House::new().await;
    house.add_named("ada", Role::Viewer).await;
    let ada = house.enter("ada").await;
    let none = house.services.accounts.renew_recovery_codes(&ada.who, &ada.actor).await;
    assert!(matches!(none, Err(Error::Conflict(_))), "there is no second factor");
    let (_, old) = house.protect(&ada).await;
    let new = house
        .services
        .accounts
        .renew_recovery_codes(&ada.who, &ada.actor)
        .await
        .unwrap()
        .0;
    assert!(matches!(log_in(&house, &old[0]).await, Err(LoginError::WrongCode)));
    log_in(&house, &new[0]).await.unwrap();
    assert_eq!(house.details_of("user.recovery_codes_replaced").await, [json!({})]);
}

#[tokio::test]
async fn after_removing_the_second_factor_the_password_is_enough() {
    let house = House::new().await;
    let id = house.add_named("ada", Role::Viewer).await;
    let ada = house.enter("ada").await;
    let (app, _) = house.protect(&ada).await;
    let ticket = house.ticket("ada").await;
    house
        .services
        .accounts
        .remove_second_factor(&ada.who, &ada.actor)
        .await
        .unwrap();
    let page = house
        .services
        .accounts
        .security(&ada.who.actor(None), &ada.who, &ListQuery::default())
        .await
        .unwrap();
    assert_eq!((page.second_factor, page.recovery_codes), (None, 0));
    house.enter("ada").await;
    house.clock.advance(MINUTE);
    let stale = house
        .services
        .accounts
        .log_in_with_code(&ticket, &app.code(house.now()), browser())
        .await;
    assert!(matches!(stale, Err(LoginError::Stale)));
    let again = house
        .services
        .accounts
        .reset_second_factor(&Actor::command_line(), &id)
        .await;
    assert!(matches!(again, Err(Error::Conflict(_))));
    // An owner removes the second factor of a person who has lost everything.
    house.protect(&ada).await;
    house
        .services
        .accounts
        .reset_second_factor(&Actor::command_line(), &id)
        .await
        .unwrap();
    house.enter("ada").await;
    assert_eq!(
        house.details_of("user.second_factor_removed").await,
        [json!({}), json!({})]
    );
}

#[tokio::test]
async fn guessing_codes_is_slowed_down_and_recovery_codes_still_work() {
    let (house, app, codes) = protected().await;
    for _ in 0..5 {
        assert!(matches!(log_in(&house, "000000").await, Err(LoginError::WrongCode)));
    }
    for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        let refused = log_in(&house, &app.code(house.now())).await.unwrap_err();
        assert_eq!(refused.retry_after(), Some(wait));
        house.clock.advance(wait * SECOND);
        assert!(matches!(log_in(&house, "000000").await, Err(LoginError::WrongCode)));
    }
    log_in(&house, &codes[0]).await.unwrap();
    house.clock.advance(DAY);
    log_in(&house, &app.code(house.now())).await.unwrap();
}

#[tokio::test]
async fn a_right_password_does_not_reset_the_count_of_wrong_codes() {
    let (house, ..) = protected().await;
    for _ in 0..5 {
        log_in(&house, "000000").await.unwrap_err();
    }
    house.try_password("ada", PASSWORD).await.unwrap();
    assert!(matches!(log_in(&house, "000000").await, Err(LoginError::TooMany(_))));
}

#[tokio::test]
async fn wrong_recovery_codes_slow_down_their_address() {
    let (house, _, codes) = protected().await;
    let ticket = house.ticket("ada").await;
    let attempt = async |typed: &str, address: &str| {
        let browser = Browser {
            address: address.to_owned(),
            ..browser()
        };
        house.services.accounts.log_in_with_code(&ticket, typed, browser).await
    };
    for typed in ["", "nothing like a code"].repeat(10) {
        assert!(matches!(attempt(typed, ADDRESS).await, Err(LoginError::WrongCode)));
    }
    let slowed = attempt(&codes[0], ADDRESS).await;
    assert!(matches!(slowed, Err(LoginError::TooMany(_))));
    attempt(&codes[0], "192.0.2.99").await.unwrap();
}

#[tokio::test]
async fn a_reset_link_replaces_the_password_but_not_the_second_factor() {
    let (house, app, _) = protected().await;
    let id = house
        .services
        .accounts
        .find_by_email(&backend::Actor::command_line(), "ada@example.com")
        .await
        .unwrap();
    let link = house
        .services
        .accounts
        .issue_reset_link(&Actor::command_line(), &id, "")
        .await
        .unwrap();
    let secret = link.url.strip_prefix("/reset?link=").unwrap();
    let admission = house
        .services
        .accounts
        .reset_password(secret, NEW.into(), browser())
        .await
        .unwrap();
    let Admission::CodeNeeded(ticket) = admission else {
        panic!("the reset asked for no code");
    };
    house
        .services
        .accounts
        .log_in_with_code(ticket.value(), &app.code(house.now()), browser())
        .await
        .unwrap();
    // Without a second factor the password is enough.
    house
        .services
        .accounts
        .reset_second_factor(&Actor::command_line(), &id)
        .await
        .unwrap();
    let_in(house.try_password("ada", NEW).await.unwrap());
}

#[tokio::test]
async fn repeated_setups_are_slowed_down() {
    let house = House::new().await;
    house.add_named("ada", Role::Admin).await;
    house.add_named("eve", Role::Admin).await;
    let (ada, eve) = (house.enter("ada").await, house.enter("eve").await);
    let start = async |who: &Inside| house.services.accounts.start_second_factor(&who.who, &who.actor).await;
    for _ in 0..5 {
        start(&ada).await.unwrap();
    }
    let events = house.events().await;
    let refused = start(&ada).await.unwrap_err();
    assert!(
        matches!(&refused, Error::Conflict(Conflict::TooManyAttempts { .. })),
        "{refused:?}"
    );
    assert_eq!(house.events().await, events, "a refused setup adds no event");
    start(&eve).await.unwrap();
    house.clock.advance(SECOND);
    start(&ada).await.unwrap();
}
