//! Logging in with a code, and without the authenticator app.

use crate::common::people::{ADDRESS, App, TestLogin, browser, expect_session};
use crate::common::{PASSWORD, TestBackend, error_of};
use backend::accounts::{Admission, Browser};
use backend::audit::Actor;
use backend::error::{Conflict, Error, RefusedLogin};
use model::list::ListQuery;
use model::role::Role;
use model::security::PasswordForm;
use model::time::{DAY, MINUTE, SECOND};
use serde_json::json;

const STEP: i64 = 30 * SECOND;
const NEW: &str = "another horse, same battery";

/// A backend with Ada, her authenticator app and her recovery codes, a minute after the setup.
async fn protected() -> (TestBackend, App, Vec<String>) {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    let (app, codes) = test.set_up_second_factor(&ada).await;
    test.clock.advance(MINUTE);
    (test, app, codes)
}

/// Enters Ada's password and then this code.
async fn log_in(test: &TestBackend, code: &str) -> backend::Result<()> {
    let ticket = test.ticket("ada").await;
    test.services
        .accounts
        .log_in_with_code(&ticket, code, browser())
        .await
        .map(|_| ())
}

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
async fn no_seed_or_recovery_code_is_stored_in_plain_text() {
    let (test, _, codes) = protected().await;
    for file in std::fs::read_dir(test.folder.path()).unwrap() {
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
async fn a_code_works_once() {
    let (test, app, _) = protected().await;
    let code = app.code(test.now());
    log_in(&test, &code).await.unwrap();
    assert!(matches!(
        log_in(&test, &code).await,
        Err(Error::RefusedLogin(RefusedLogin::WrongCode))
    ));
    test.clock.advance(STEP);
    assert!(
        matches!(
            log_in(&test, &code).await,
            Err(Error::RefusedLogin(RefusedLogin::WrongCode))
        ),
        "still within the tolerance"
    );
    log_in(&test, &app.code(test.now())).await.unwrap();
    assert_eq!(
        test.details_of("user.logged_in").await.last(),
        Some(&json!({ "secondFactor": "code" }))
    );
}

#[tokio::test]
async fn the_code_of_the_setup_does_not_work_for_a_login() {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Viewer).await;
    let ada = test.log_in_with_password("ada").await;
    let (app, _) = test.set_up_second_factor(&ada).await;
    let used = app.code(test.now());
    assert!(matches!(
        log_in(&test, &used).await,
        Err(Error::RefusedLogin(RefusedLogin::WrongCode))
    ));
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
    assert!(matches!(earlier, Err(Error::RefusedLogin(RefusedLogin::WrongCode))));
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
    assert!(matches!(late, Err(Error::RefusedLogin(RefusedLogin::PasswordTooOld))));
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
    assert!(matches!(void, Err(Error::RefusedLogin(RefusedLogin::PasswordTooOld))));
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
    assert!(matches!(void, Err(Error::RefusedLogin(RefusedLogin::PasswordTooOld))));
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
        assert!(
            matches!(outcome, Err(Error::RefusedLogin(RefusedLogin::PasswordTooOld))),
            "{forged}"
        );
    }
    test.services
        .accounts
        .log_in_with_code(&ticket, &app.code(test.now()), browser())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_recovery_code_works_once() {
    let (test, app, codes) = protected().await;
    log_in(&test, &codes[3].to_uppercase()).await.unwrap();
    assert!(matches!(
        log_in(&test, &codes[3]).await,
        Err(Error::RefusedLogin(RefusedLogin::WrongCode))
    ));
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
    assert!(matches!(
        log_in(&test, &codes[0]).await,
        Err(Error::RefusedLogin(RefusedLogin::WrongCode))
    ));
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
    assert!(matches!(
        log_in(&test, &old[0]).await,
        Err(Error::RefusedLogin(RefusedLogin::WrongCode))
    ));
    log_in(&test, &new[0]).await.unwrap();
    assert_eq!(test.details_of("user.recovery_codes_replaced").await, [json!({})]);
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
async fn guessing_codes_is_slowed_down_and_recovery_codes_still_work() {
    let (test, app, codes) = protected().await;
    for _ in 0..5 {
        assert!(matches!(
            log_in(&test, "000000").await,
            Err(Error::RefusedLogin(RefusedLogin::WrongCode))
        ));
    }
    for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        let refused = log_in(&test, &app.code(test.now())).await.unwrap_err();
        assert_eq!(refused.retry_after(), Some(wait));
        test.clock.advance(wait * SECOND);
        assert!(matches!(
            log_in(&test, "000000").await,
            Err(Error::RefusedLogin(RefusedLogin::WrongCode))
        ));
    }
    log_in(&test, &codes[0]).await.unwrap();
    test.clock.advance(DAY);
    log_in(&test, &app.code(test.now())).await.unwrap();
}

#[tokio::test]
async fn a_right_password_does_not_reset_the_count_of_wrong_codes() {
    let (test, ..) = protected().await;
    for _ in 0..5 {
        log_in(&test, "000000").await.unwrap_err();
    }
    test.try_password("ada", PASSWORD).await.unwrap();
    assert!(matches!(
        log_in(&test, "000000").await,
        Err(Error::RefusedLogin(RefusedLogin::TooManyAttempts { .. }))
    ));
}

#[tokio::test]
async fn wrong_recovery_codes_slow_down_their_address() {
    let (test, _, codes) = protected().await;
    let ticket = test.ticket("ada").await;
    let attempt = async |typed: &str, address: &str| {
        let browser = Browser {
            address: address.to_owned(),
            ..browser()
        };
        test.services.accounts.log_in_with_code(&ticket, typed, browser).await
    };
    for typed in ["", "nothing like a code"].repeat(10) {
        assert!(matches!(
            attempt(typed, ADDRESS).await,
            Err(Error::RefusedLogin(RefusedLogin::WrongCode))
        ));
    }
    let slowed = attempt(&codes[0], ADDRESS).await;
    assert!(matches!(
        slowed,
        Err(Error::RefusedLogin(RefusedLogin::TooManyAttempts { .. }))
    ));
    attempt(&codes[0], "192.0.2.99").await.unwrap();
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
