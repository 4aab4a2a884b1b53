//! Rate limits and allowed addresses: set at creation, edited later, edited by two people at once, and in the audit log.

use crate::common::{TestBackend, create, decide_from, invalid, new_key};
use backend::audit::Actor;
use backend::crypto::token::PlainToken;
use backend::keys::NewKey;
use backend::{Error, Services};
use model::address::AllowedAddresses;
use model::edit_form::{ChangedMeanwhile, EditOutcome};
use model::endpoint::Grant;
use model::explain::{Check, CheckResult, ExplainForm, Explanation};
use model::form::FormErrors;
use model::form_values::FormValues;
use model::id::KeyId;
use model::key::CreateOutcome;
use model::key_fields::KeyField;
use model::limit::{Limits, Window};
use model::time::{DAY, HOUR};
use model::verify::Code;

const INSIDE: &str = "203.0.113.7";
const OUTSIDE: &str = "198.51.100.7";

/// The form “Create API Key” with these limits.
fn form(limits: &[(&str, &str)]) -> FormValues {
    let mut form = FormValues::from([("name", "Shop"), ("environment", "default")]);
    for (field, typed) in limits {
        form.set(field, *typed);
    }
    form
}

/// A new key that allows ten requests a second and a thousand a day, and only from 203.0.113.0/24.
fn limited() -> NewKey {
    NewKey {
        limits: Limits {
            second: Some(10),
            minute: None,
            day: Some(1_000),
        },
        addresses: AllowedAddresses::read("203.0.113.0/24").unwrap(),
        ..new_key("Shop", Grant::All)
    }
}

async fn edit_form(services: &Services, id: &KeyId) -> FormValues {
    let by = Actor::command_line();
    services.keys.editing_options(&by, id).await.unwrap().form
}

async fn send(services: &Services, id: &KeyId, form: FormValues) -> Result<EditOutcome, Error> {
    let by = Actor::command_line();
    services.keys.edit(&by, id, &form).await
}

/// Opens the form, types into it and sends it.
async fn edit(test: &TestBackend, id: &KeyId, types: impl FnOnce(&mut FormValues)) -> Result<EditOutcome, Error> {
    let mut form = edit_form(&test.services, id).await;
    types(&mut form);
    send(&test.services, id, form).await
}

fn assert_saved(outcome: &Result<EditOutcome, Error>) {
    assert!(matches!(outcome, Ok(EditOutcome::Saved { .. })), "{outcome:?}");
}

/// The limits and addresses that the key's screen shows.
async fn shown(test: &TestBackend, id: &KeyId) -> (String, Vec<String>) {
    let details = test.details(id).await;
    let lines = |wanted: KeyField| {
        let found = details.settings.iter().find(|(field, _)| *field == wanted);
        found.map(|(_, lines)| lines.clone()).unwrap()
    };
    (
        lines(KeyField::Limit(Window::Second)).join(""),
        lines(KeyField::AllowedAddresses),
    )
}

/// The details of the last event of a key.
async fn last_event(test: &TestBackend, id: &KeyId) -> (String, String) {
    let history = test.details(id).await.history.unwrap();
    (history[0].title.clone(), history[0].details.clone())
}

async fn explained(services: &Services, id: &KeyId, address: &str, time: &str) -> Explanation {
    let form = ExplainForm {
        method: "POST".to_owned(),
        path: "/api/v1/chat/completions".to_owned(),
        address: address.to_owned(),
        time: time.to_owned(),
    };
    services.keys.explain(&Actor::command_line(), id, &form).await.unwrap()
}

#[tokio::test]
async fn a_key_is_created_with_the_limits_and_addresses_of_the_form() {
    let test = TestBackend::serving().await;
    let form = form(&[
        ("limit_second", " 10 "),
        ("limit_minute", ""),
        ("limit_day", "1000"),
        ("allowed_addresses", "203.0.113.9/24\r\n2001:db8::/32\r\n"),
    ]);
    let outcome = test.services.keys.create(&Actor::command_line(), &form).await.unwrap();
    let CreateOutcome::Created(key) = outcome else {
        panic!("{outcome:?}");
    };
    let (limits, addresses) = shown(&test, &key.id).await;
    assert_eq!(limits, "10 a second, 1,000 a day");
    assert_eq!(addresses, ["203.0.113.0/24", "2001:db8::/32"]);
}

#[tokio::test]
async fn a_form_without_these_fields_creates_a_key_without_limits() {
    let test = TestBackend::serving().await;
    let new = test
        .services
        .keys
        .check(&Actor::command_line(), &form(&[]))
        .await
        .unwrap();
    assert_eq!((new.limits, new.addresses.is_all()), (Limits::NONE, true));
}

#[tokio::test]
async fn all_mistakes_are_shown_at_their_fields_at_once() {
    let test = TestBackend::serving().await;
    let typed = [
        ("limit_second", "0"),
        ("limit_minute", "60"),
        ("limit_day", "1,5"),
        ("allowed_addresses", "203.0.113.0/24 example.com"),
    ];
    let assert_named = |errors: FormErrors| {
        for (field, start) in [
            ("limit_second", "Requests a second: write a whole number"),
            ("limit_day", "Requests a day: write a whole number"),
            ("allowed_addresses", "“example.com” is not an address"),
        ] {
            let message = errors.of(field).unwrap_or_default();
            assert!(message.starts_with(start), "{field}: {message}");
        }
        assert_eq!(errors.of("limit_minute"), None);
    };
    let checked = test.services.keys.check(&Actor::command_line(), &form(&typed)).await;
    assert_named(invalid(checked));

    let key = test.active_key(&limited()).await;
    let before = test.events().await;
    let fill = |form: &mut FormValues| typed.iter().for_each(|(field, text)| form.set(field, *text));
    assert_named(invalid(edit(&test, &key.id, fill).await));
    assert_eq!(test.events().await, before);
    assert_eq!(shown(&test, &key.id).await.0, "10 a second, 1,000 a day");
}

#[tokio::test]
async fn an_edit_is_in_force_before_the_answer_and_described_in_its_event() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let code = |from| decide_from(&test.services, key.token.reveal(), "chat", from).code;
    assert_eq!(code(OUTSIDE), Code::Valid);
    let outcome = edit(&test, &key.id, |fields| {
        fields.set("limit_day", "1000");
        fields.set("allowed_addresses", "203.0.113.0/24");
    })
    .await;
    assert_saved(&outcome);
    assert_eq!((code(OUTSIDE), code(INSIDE)), (Code::AddressNotAllowed, Code::Valid));
    let standing = decide_from(&test.services, key.token.reveal(), "chat", INSIDE).limits;
    assert!(standing.is_some(), "requests are counted from now on");
    let (title, words) = last_event(&test, &key.id).await;
    assert_eq!(title, "Edited");
    assert_eq!(
        words,
        "Rate limit: none → 1,000 a day; Allowed addresses: everywhere → 203.0.113.0/24"
    );

    let outcome = edit(&test, &key.id, |fields| {
        fields.set("limit_day", "");
        fields.set("allowed_addresses", " \r\n");
    })
    .await;
    assert_saved(&outcome);
    assert_eq!(code(OUTSIDE), Code::Valid);
    let (_, words) = last_event(&test, &key.id).await;
    assert_eq!(
        words,
        "Rate limit: 1,000 a day → none; Allowed addresses: 203.0.113.0/24 → everywhere"
    );
}

#[tokio::test]
async fn sending_the_unedited_form_changes_nothing() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&limited()).await;
    let before = test.events().await;
    let outcome = edit(&test, &key.id, |_| ()).await;
    assert!(
        matches!(outcome, Ok(EditOutcome::Saved { change: None, .. })),
        "{outcome:?}"
    );
    // Writing these networks in another way changes nothing.
    let outcome = edit(&test, &key.id, |fields| {
        fields.set("allowed_addresses", "203.0.113.77/24,");
    })
    .await;
    assert!(
        matches!(outcome, Ok(EditOutcome::Saved { change: None, .. })),
        "{outcome:?}"
    );
    assert_eq!(test.events().await, before);
}

#[tokio::test]
async fn fields_that_a_form_does_not_have_stay_unchanged() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&limited()).await;
    let kept = shown(&test, &key.id).await;
    // Such forms come from programs, and from an old page without limits, which also sends the other values that it showed.
    let program = FormValues::from([("name", "Store")]);
    assert_saved(&send(&test.services, &key.id, program).await);
    let mut older = edit_form(&test.services, &key.id).await;
    for field in KeyField::ALL {
        if matches!(field, KeyField::Limit(_) | KeyField::AllowedAddresses) {
            older.remove(field.name());
            older.remove(field.shown_name());
        }
    }
    older.set("name", "Depot");
    assert_saved(&send(&test.services, &key.id, older).await);
    assert_eq!(shown(&test, &key.id).await, kept);
    assert_eq!(test.details(&key.id).await.row.name, "Depot");
}

#[tokio::test]
async fn the_edits_of_two_people_do_not_undo_each_other() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&limited()).await;
    let mut mine = edit_form(&test.services, &key.id).await;
    mine.set("limit_minute", "60");
    let theirs = edit(&test, &key.id, |fields| {
        fields.set("limit_second", "");
        fields.set("allowed_addresses", "2001:db8::/32\n203.0.113.0/24");
    })
    .await;
    assert_saved(&theirs);

    let outcome = send(&test.services, &key.id, mine).await.unwrap();
    let EditOutcome::Changed(ChangedMeanwhile { form: merged, changes }) = outcome else {
        panic!("the changed key was not shown");
    };
    assert_eq!(
        changes[1..],
        [
            "Requests a second is now: not limited.",
            "Allowed addresses are now: 203.0.113.0/24, 2001:db8::/32."
        ]
    );
    assert_eq!(merged.get("limit_second"), Some(""));
    assert_eq!(merged.get("limit_minute"), Some("60"));
    assert_eq!(
        shown(&test, &key.id).await.0,
        "1,000 a day",
        "the second edit is not saved yet"
    );

    assert_saved(&send(&test.services, &key.id, merged).await);
    let (limits, addresses) = shown(&test, &key.id).await;
    assert_eq!(limits, "60 a minute, 1,000 a day");
    assert_eq!(addresses, ["203.0.113.0/24", "2001:db8::/32"]);
}

#[tokio::test]
async fn the_first_check_that_fails_decides() {
    let test = TestBackend::serving().await;
    let new = NewKey {
        grant: Grant::Only(vec!["image".to_owned()]),
        expires_at: Some(test.services.now().plus(DAY)),
        ..limited()
    };
    let key = test.active_key(&new).await;
    let later = test.services.now().plus(2 * DAY).rfc3339();
    let failed = |explanation: &Explanation| -> Vec<Check> {
        let failed = explanation
            .checks
            .iter()
            .filter(|checked| checked.result == CheckResult::Failed);
        failed.map(|checked| checked.check).collect()
    };
    let now = explained(&test.services, &key.id, OUTSIDE, "").await;
    assert_eq!(
        now.checks.iter().map(|checked| checked.check).collect::<Vec<_>>(),
        Check::ALL
    );
    assert_eq!(now.code, Code::Forbidden);
    assert_eq!(failed(&now), [Check::Endpoint, Check::Address]);
    let then = explained(&test.services, &key.id, INSIDE, &later).await;
    assert_eq!(then.code, Code::Expired);
    assert_eq!(failed(&then), [Check::Status, Check::Endpoint]);
}

#[tokio::test]
async fn explaining_a_decision_does_not_count_as_a_request() {
    let test = TestBackend::serving().await;
    let new = NewKey {
        limits: Limits {
            day: Some(1),
            ..Limits::NONE
        },
        ..new_key("Shop", Grant::All)
    };
    let key = test.active_key(&new).await;
    for _ in 0..3 {
        assert_eq!(explained(&test.services, &key.id, INSIDE, "").await.code, Code::Valid);
    }
    let code = || decide_from(&test.services, key.token.reveal(), "chat", INSIDE).code;
    assert_eq!((code(), code()), (Code::Valid, Code::RateLimited));
    assert_eq!(
        explained(&test.services, &key.id, INSIDE, "").await.code,
        Code::RateLimited
    );
    // Another process, such as the command line, does not know how much of the limits is used up.
    let command = test.another(2).await;
    let told = explained(&command, &key.id, INSIDE, "").await;
    assert!(told.checks[5].reason.contains("nodes count"), "{told:?}");
}

#[tokio::test]
async fn setting_the_clock_back_or_forward_does_not_change_a_limit() {
    let test = TestBackend::serving().await;
    let daily = |day| NewKey {
        limits: Limits {
            day: Some(day),
            ..Limits::NONE
        },
        ..new_key("Shop", Grant::All)
    };
    let (wide, narrow) = (test.active_key(&daily(1_000)).await, test.active_key(&daily(1)).await);
    let ask = |token: &PlainToken| decide_from(&test.services, token.reveal(), "chat", INSIDE);
    let left = |token: &PlainToken| {
        let answer = ask(token);
        let standing = answer.limits.unwrap();
        (
            answer.code,
            standing.windows().map(|window| window.remaining).sum::<u32>(),
        )
    };
    assert_eq!(left(&wide.token), (Code::Valid, 999));
    assert_eq!(left(&narrow.token), (Code::Valid, 0));
    for (used, hours) in (2..).zip([-25, 1, 49, -400 * 24, 800 * 24]) {
        test.clock.set_forward(hours * HOUR);
        assert_eq!(left(&wide.token), (Code::Valid, 1_000 - used), "{hours} h");
        let refused = ask(&narrow.token);
        assert_eq!(refused.code, Code::RateLimited, "{hours} h");
        assert_eq!(refused.limits.unwrap().retry_after, Some(24 * 60 * 60), "{hours} h");
    }
    test.pass(DAY).await;
    assert_eq!(left(&narrow.token), (Code::Valid, 0));
}

#[tokio::test]
async fn end_dates_follow_the_clock_that_people_set() {
    let test = TestBackend::serving().await;
    let new = NewKey {
        expires_at: Some(test.services.now().plus(DAY)),
        ..new_key("Shop", Grant::All)
    };
    let key = test.active_key(&new).await;
    let code = || decide_from(&test.services, key.token.reveal(), "chat", INSIDE).code;
    test.clock.set_forward(DAY);
    assert_eq!(code(), Code::Expired);
    test.clock.set_forward(-1);
    assert_eq!(code(), Code::Valid);
}

#[tokio::test]
async fn a_deleted_key_has_no_explanation() {
    let test = TestBackend::serving().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let by = Actor::command_line();
    test.services.keys.delete(&by, &key.id).await.unwrap();
    let form = ExplainForm {
        method: "GET".to_owned(),
        path: "/".to_owned(),
        ..ExplainForm::default()
    };
    let refused = test
        .services
        .keys
        .explain(&Actor::command_line(), &key.id, &form)
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::NotFound(_)), "{refused:?}");
}
