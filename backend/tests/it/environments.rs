//! Environments and environment keys: created, renamed, hidden, revealed and rotated.

use std::time::Duration;

use crate::common::{House, code, create, decide, decide_from, new_key};
use backend::audit::Actor;
use backend::{Error, Services};
use model::endpoint::Grant;
use model::environment::{EnvironmentForm, EnvironmentOutcome, EnvironmentRow, Kind, RotateEnvironmentOutcome};
use model::id::EnvironmentId;
use model::key_list::KeyQuery;
use model::list::ListQuery;
use model::rotate_form::RotateKeyForm;
use model::time::{DAY, HOUR, MINUTE, Timestamp};
use model::verify::Code;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

const ENDPOINTS: [&str; 3] = ["chat", "image", "check-bias"];

fn by() -> Actor {
    Actor::command_line()
}

fn form(name: &str, kind: &str) -> EnvironmentForm {
    EnvironmentForm {
        name: name.to_owned(),
        kind: kind.to_owned(),
    }
}

fn grace(grace: &str) -> RotateKeyForm {
    RotateKeyForm {
        grace: grace.to_owned(),
        ..RotateKeyForm::default()
    }
}

/// The error at this field of a refused form.
fn error_of(outcome: EnvironmentOutcome, field: &str) -> String {
    match outcome {
        EnvironmentOutcome::Invalid(_, errors) => errors.of(field).unwrap_or_default(),
        saved @ EnvironmentOutcome::Saved { .. } => panic!("{saved:?}"),
    }
}

async fn row(services: &Services, name: &str) -> EnvironmentRow {
    let list = services
        .environments
        .list(&backend::Actor::command_line(), &ListQuery::default())
        .await
        .unwrap()
        .environments;
    list.into_iter().find(|environment| environment.name == name).unwrap()
}

async fn make_on(services: &Services, name: &str, kind: &str) -> EnvironmentRow {
    let outcome = services.environments.create(&by(), form(name, kind)).await.unwrap();
    assert_eq!(outcome, EnvironmentOutcome::Saved { name: name.to_owned() });
    row(services, name).await
}

/// Creates an environment whose time of creation is later than that of all others.
async fn make(house: &House, name: &str, kind: &str) -> EnvironmentRow {
    house.clock.advance(1);
    make_on(&house.services, name, kind).await
}

async fn rename(services: &Services, id: &EnvironmentId, name: &str) -> EnvironmentOutcome {
    services.environments.rename(&by(), id, form(name, "")).await.unwrap()
}

async fn reveal(services: &Services, id: &EnvironmentId) -> String {
    services.environments.reveal_key(&by(), id).await.unwrap().token
}

async fn rotate(services: &Services, id: &EnvironmentId, form: &RotateKeyForm) -> Option<Timestamp> {
    match services.environments.rotate_key(&by(), id, form).await.unwrap() {
        RotateEnvironmentOutcome::Rotated { old_token_ends_at, .. } => old_token_ends_at,
        RotateEnvironmentOutcome::Invalid(errors) => panic!("{errors:?}"),
    }
}

fn ask(services: &Services, token: &str) -> Code {
    decide(services, token, "chat").code
}

/// The environment in the verifier's answer for a token.
fn named(services: &Services, token: &str) -> String {
    decide(services, token, "chat").environment.unwrap()
}

/// The names that selectors offer.
async fn offered(services: &Services) -> Vec<String> {
    let shown = services
        .environments
        .list_selectable(&backend::Actor::command_line())
        .await
        .unwrap();
    shown.into_iter().map(|environment| environment.name).collect()
}

async fn number(house: &House, sql: &str) -> i64 {
    let db = house.by_hand().await;
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_one_raw(statement)
        .await
        .unwrap()
        .unwrap()
        .try_get_by_index(0)
        .unwrap()
}

#[tokio::test]
async fn a_fresh_database_has_one_environment_with_its_key() {
    let house = House::serving().await;
    let list = house
        .services
        .environments
        .list(&backend::Actor::command_line(), &ListQuery::default())
        .await
        .unwrap();
    let [only] = list.environments.as_slice() else {
        panic!("{list:?}");
    };
    assert_eq!(list.now, house.services.now());
    assert_eq!(
        (only.name.as_str(), only.kind, only.hidden, only.created_at),
        ("default", Kind::Live, false, house.services.now())
    );
    assert_eq!((only.last_used_at, only.old_token_ends_at), (None, None));
    let token = reveal(&house.services, &only.id).await;
    assert!(model::token::check(&token).is_ok());
    assert_eq!(only.prefix, "sk_live_");
    assert!(token.starts_with(&only.prefix) && token.ends_with(&only.last_four));
    assert_eq!(only.last_four.len(), 4);
    assert_eq!(
        house.details_of("environment.key_created").await,
        [json!({ "keyId": only.key_id })]
    );
}

#[tokio::test]
async fn the_key_of_a_new_environment_may_call_every_endpoint_at_once() {
    let house = House::serving().await;
    for (name, kind, prefix) in [("production", "live", "sk_live_"), ("QA_7", "test", "sk_test_")] {
        let made = make(&house, name, kind).await;
        assert_eq!((made.kind.as_str(), made.prefix.as_str()), (kind, prefix));
        let token = reveal(&house.services, &made.id).await;
        assert!(token.starts_with(prefix), "{name}");
        for endpoint in ENDPOINTS {
            let decision = decide(&house.services, &token, endpoint);
            assert_eq!(decision.code, Code::Valid, "{name} {endpoint}");
            assert_eq!(decision.environment.as_deref(), Some(name));
            assert_eq!(decision.id.as_ref(), Some(&made.key_id));
        }
        assert_eq!(decide(&house.services, &token, "nothing").code, Code::Forbidden);
    }
    assert_eq!(offered(&house.services).await, ["default", "production", "QA_7"]);
    assert_eq!(
        house.details_of("environment.created").await,
        [json!({ "kind": "live" }), json!({ "kind": "test" })]
    );
}

#[tokio::test]
async fn mistakes_in_a_new_environment_are_shown_at_their_fields() {
    let house = House::new().await;
    make(&house, "Staging", "test").await;
    let events = house.events().await;
    for (name, kind, field, message) in [
        ("", "live", "name", "Give the environment a name, like staging."),
        ("  ", "live", "name", "Give the environment a name, like staging."),
        (
            "two words",
            "live",
            "name",
            "Use letters, digits, dots, dashes and underscores, and begin with a letter or digit.",
        ),
        (
            "-x",
            "live",
            "name",
            "Use letters, digits, dots, dashes and underscores, and begin with a letter or digit.",
        ),
        (
            &"x".repeat(41),
            "live",
            "name",
            "A name has at most 40 characters; this one has 41.",
        ),
        ("fine", "", "kind", "Choose live or test."),
        ("fine", "Live", "kind", "Choose live or test."),
        (
            "Staging",
            "live",
            "name",
            "Another environment has this name. Choose a different one.",
        ),
        (
            " sTAGING ",
            "live",
            "name",
            "Another environment has this name. Choose a different one.",
        ),
        (
            "DEFAULT",
            "test",
            "name",
            "Another environment has this name. Choose a different one.",
        ),
    ] {
        let outcome = house
            .services
            .environments
            .create(&by(), form(name, kind))
            .await
            .unwrap();
        assert_eq!(error_of(outcome, field), message, "{name:?} {kind:?}");
    }
    assert_eq!(offered(&house.services).await, ["default", "Staging"]);
    assert_eq!(house.events().await, events, "no event was added");
}

#[tokio::test]
async fn only_one_of_two_environments_gets_a_name() {
    let house = House::new().await;
    let other = house.another(2).await;
    let here = by();
    let (one, two) = tokio::join!(
        house.services.environments.create(&here, form("staging", "test")),
        other.environments.create(&here, form("STAGING", "live")),
    );
    let saved = |outcome: &EnvironmentOutcome| matches!(outcome, EnvironmentOutcome::Saved { .. });
    assert_ne!(saved(&one.unwrap()), saved(&two.unwrap()));
    assert_eq!(offered(&house.services).await.len(), 2);
}

#[tokio::test]
async fn a_new_name_is_in_force_at_once() {
    let house = House::serving().await;
    let key = house.active_key(&new_key("Shop", Grant::All)).await;
    let default = row(&house.services, "default").await;
    let token = reveal(&house.services, &default.id).await;
    let outcome = rename(&house.services, &default.id, " production ").await;
    assert_eq!(
        outcome,
        EnvironmentOutcome::Saved {
            name: "production".to_owned()
        }
    );
    for token in [token.as_str(), key.token.reveal()] {
        assert_eq!(named(&house.services, token), "production");
        assert_eq!(ask(&house.services, token), Code::Valid);
    }
    let renamed = row(&house.services, "production").await;
    assert_eq!(
        EnvironmentRow {
            name: default.name.clone(),
            last_used_at: None,
            ..renamed
        },
        default,
        "only the name was changed"
    );
    assert_eq!(house.details(&key.id).await.row.environment, "production");
    assert_eq!(
        house.details_of("environment.renamed").await,
        [json!({ "changes": [{ "field": "Name", "from": "default", "to": "production" }] })]
    );
}

#[tokio::test]
async fn a_second_node_learns_the_new_name_and_the_new_environment() {
    let house = House::serving().await;
    let key = house.active_key(&new_key("Shop", Grant::All)).await;
    let other = house.another(2).await;
    other.cluster.load_index().await.unwrap();
    let default = row(&other, "default").await;
    let token = reveal(&other, &default.id).await;

    rename(&other, &default.id, "production").await;
    let made = make_on(&other, "staging", "test").await;
    let new = reveal(&other, &made.id).await;
    for token in [&token, key.token.reveal()] {
        assert_eq!(named(&other, token), "production");
    }
    let in_time = tokio::time::timeout(Duration::from_secs(10), async {
        while ask(&house.services, &new) != Code::Valid {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(in_time.await.is_ok(), "never learned of the new environment");
    for token in [&token, key.token.reveal()] {
        assert_eq!(named(&house.services, token), "production");
    }
    assert_eq!(named(&house.services, &new), "staging");
    // A server that starts later knows them, too.
    let third = house.another(3).await;
    third.cluster.load_index().await.unwrap();
    assert_eq!(
        (named(&third, &token), named(&third, &new)),
        ("production".to_owned(), "staging".to_owned())
    );
}

#[tokio::test]
async fn a_name_that_is_taken_or_invalid_is_refused() {
    let house = House::new().await;
    let made = make(&house, "staging", "test").await;
    let events = house.events().await;
    let taken = rename(&house.services, &made.id, "Default").await;
    assert_eq!(
        error_of(taken, "name"),
        "Another environment has this name. Choose a different one."
    );
    assert!(!error_of(rename(&house.services, &made.id, "a b").await, "name").is_empty());
    // Renaming it to its present name changes nothing.
    rename(&house.services, &made.id, "staging").await;
    assert_eq!(house.events().await, events);
    // Its present name in another case is a new name.
    rename(&house.services, &made.id, "STAGING").await;
    assert_eq!(house.events().await, events + 1);
    assert_eq!(offered(&house.services).await, ["default", "STAGING"]);
}

#[tokio::test]
async fn the_error_names_an_environment_that_does_not_exist() {
    let house = House::new().await;
    let events = house.events().await;
    let id = EnvironmentId::from_random("0000000000");
    let services = &house.services;
    let actor = by();
    let errors = [
        services
            .environments
            .rename(&actor, &id, form("x", ""))
            .await
            .unwrap_err(),
        services.environments.set_hidden(&actor, &id, true).await.unwrap_err(),
        services.environments.reveal_key(&actor, &id).await.unwrap_err(),
        services.environments.note_key_copied(&actor, &id).await.unwrap_err(),
        services
            .environments
            .rotate_key(&actor, &id, &grace("now"))
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, Error::NotFound(_)), "{error:?}");
        assert_eq!(error.to_string(), format!("There is no environment {id}."));
    }
    assert_eq!(house.events().await, events);
}

#[tokio::test]
async fn a_hidden_environment_is_not_offered_and_its_keys_still_work() {
    let house = House::serving().await;
    let made = make(&house, "staging", "test").await;
    let mut new = new_key("Shop", Grant::All);
    new.environment = "staging".to_owned();
    let key = house.active_key(&new).await;
    let token = reveal(&house.services, &made.id).await;
    let hide = async |hidden| {
        house
            .services
            .environments
            .set_hidden(&by(), &made.id, hidden)
            .await
            .unwrap()
    };

    assert_eq!(hide(true).await, "staging");
    assert_eq!(offered(&house.services).await, ["default"]);
    let options = house
        .services
        .keys
        .creation_options(&backend::Actor::command_line(), "staging")
        .await
        .unwrap();
    assert_eq!(options.environments.len(), 1);
    assert_eq!(options.form.text("environment").to_owned(), "default");
    let hidden = row(&house.services, "staging").await;
    assert!(hidden.hidden, "Settings still shows it");
    house.services.cluster.load_index().await.unwrap();
    for token in [token.as_str(), key.token.reveal()] {
        assert_eq!(
            (ask(&house.services, token), named(&house.services, token)),
            (Code::Valid, "staging".to_owned())
        );
    }
    // A hidden environment can still be changed.
    assert_eq!(reveal(&house.services, &made.id).await, token);
    rotate(&house.services, &made.id, &grace("now")).await;

    // Hiding a hidden environment changes nothing.
    let events = house.events().await;
    assert_eq!(hide(true).await, "staging");
    assert_eq!(house.events().await, events);
    hide(false).await;
    assert_eq!(offered(&house.services).await, ["default", "staging"]);
    for action in ["environment.hidden", "environment.shown"] {
        assert_eq!(house.details_of(action).await, [json!({})], "{action}");
    }
}

#[tokio::test]
async fn the_last_shown_environment_cannot_be_hidden() {
    let house = House::new().await;
    let default = row(&house.services, "default").await;
    let made = make(&house, "staging", "test").await;
    house
        .services
        .environments
        .set_hidden(&by(), &default.id, true)
        .await
        .unwrap();
    let events = house.events().await;
    let refused = house
        .services
        .environments
        .set_hidden(&by(), &made.id, true)
        .await
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "“staging” is the last environment that is shown. Show another one first."
    );
    assert!(matches!(refused, Error::Conflict(_)));
    assert_eq!(offered(&house.services).await, ["staging"]);
    assert_eq!(house.events().await, events);
}

#[tokio::test]
async fn revealing_is_recorded_before_the_answer_and_copying_after_it_happened() {
    let house = House::serving().await;
    let default = row(&house.services, "default").await;
    let token = reveal(&house.services, &default.id).await;
    assert_eq!(ask(&house.services, &token), Code::Valid);
    assert_eq!(
        house.details_of("environment.key_copied").await.len(),
        0,
        "nobody has copied it yet"
    );
    house
        .services
        .environments
        .note_key_copied(&by(), &default.id)
        .await
        .unwrap();
    for action in ["environment.key_revealed", "environment.key_copied"] {
        assert_eq!(
            house.details_of(action).await,
            [json!({ "keyId": default.key_id })],
            "{action}"
        );
    }
    let subjects = "SELECT count(*) FROM audit_events WHERE subject_name = 'default' AND action LIKE '%key_%ed'";
    assert_eq!(number(&house, subjects).await, 3);
    assert_eq!(
        number(
            &house,
            &format!("SELECT count(*) FROM audit_events WHERE details LIKE '%{token}%'")
        )
        .await,
        0
    );
}

#[tokio::test]
async fn a_token_is_not_revealed_if_the_event_cannot_be_stored() {
    let house = House::new().await;
    let default = row(&house.services, "default").await;
    house
        .by_hand()
        .await
        .execute_unprepared("CREATE TRIGGER full BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'full'); END")
        .await
        .unwrap();
    let refused = house.services.environments.reveal_key(&by(), &default.id).await;
    assert!(matches!(refused, Err(Error::Database(_))), "{refused:?}");
}

#[tokio::test]
async fn both_tokens_work_until_the_old_one_ends() {
    for (word, length) in [("1h", HOUR), ("24h", DAY), ("7d", 7 * DAY)] {
        let house = House::serving().await;
        let before = row(&house.services, "default").await;
        let old = reveal(&house.services, &before.id).await;
        let end = house.services.now().plus(length);
        assert_eq!(
            rotate(&house.services, &before.id, &grace(word)).await,
            Some(end),
            "{word}"
        );
        let new = reveal(&house.services, &before.id).await;
        assert_ne!(new, old);
        for token in [&old, &new] {
            assert_eq!(ask(&house.services, token), Code::Valid, "{word}");
        }
        let after = row(&house.services, "default").await;
        assert_eq!(
            (after.key_id, after.old_token_ends_at),
            (before.key_id, Some(end)),
            "{word}"
        );
        assert!(new.ends_with(&after.last_four));
        assert_eq!(
            house.details_of("environment.key_rotated").await,
            [json!({ "keyId": row(&house.services, "default").await.key_id, "oldTokenEndsAt": end.rfc3339() })]
        );

        house.pass(length - 1).await;
        for token in [&old, &new] {
            assert_eq!(ask(&house.services, token), Code::Valid, "{word}");
        }
        // The old token ends although the index is not loaded again.
        house.clock.advance(1);
        assert_eq!(
            (ask(&house.services, &old), ask(&house.services, &new)),
            (Code::NotFound, Code::Valid),
            "{word}"
        );
        assert_eq!(row(&house.services, "default").await.old_token_ends_at, None, "{word}");
    }
}

#[tokio::test]
async fn without_a_grace_the_old_token_is_unknown_before_the_answer() {
    let house = House::serving().await;
    let id = row(&house.services, "default").await.id;
    let old = reveal(&house.services, &id).await;
    assert_eq!(rotate(&house.services, &id, &grace("now")).await, None);
    let new = reveal(&house.services, &id).await;
    assert_eq!(
        (ask(&house.services, &old), ask(&house.services, &new)),
        (Code::NotFound, Code::Valid)
    );
    assert_eq!(number(&house, "SELECT count(*) FROM environment_keys").await, 1);
}

#[tokio::test]
async fn without_a_grace_the_tokens_of_earlier_rotations_end_as_well() {
    let house = House::serving().await;
    let id = row(&house.services, "default").await.id;
    let leaked = reveal(&house.services, &id).await;
    rotate(&house.services, &id, &grace("7d")).await;
    assert_eq!(ask(&house.services, &leaked), Code::Valid);
    rotate(&house.services, &id, &grace("now")).await;
    assert_eq!(ask(&house.services, &leaked), Code::NotFound);
}

#[tokio::test]
async fn an_old_token_cannot_be_seen_again() {
    let house = House::serving().await;
    let id = row(&house.services, "default").await.id;
    let old = reveal(&house.services, &id).await;
    rotate(&house.services, &id, &grace("7d")).await;
    assert_ne!(reveal(&house.services, &id).await, old);
    let kept = "SELECT count(*) FROM environment_keys WHERE ends_at IS NOT NULL AND sealed IS NOT NULL";
    assert_eq!(number(&house, kept).await, 0);
    // The database refuses it, too.
    let db = house.by_hand().await;
    for sql in [
        "UPDATE environment_keys SET sealed = x'00' WHERE ends_at IS NOT NULL",
        "UPDATE environment_keys SET ends_at = NULL WHERE ends_at IS NOT NULL",
        "UPDATE environment_keys SET sealed = NULL WHERE ends_at IS NULL",
    ] {
        db.execute_unprepared(sql).await.unwrap_err();
    }
}

#[tokio::test]
async fn each_of_several_old_tokens_ends_at_its_own_time() {
    let house = House::serving().await;
    let id = row(&house.services, "default").await.id;
    let first = reveal(&house.services, &id).await;
    let first_end = rotate(&house.services, &id, &grace("24h")).await;
    let second = reveal(&house.services, &id).await;
    rotate(&house.services, &id, &grace("1h")).await;
    let third = reveal(&house.services, &id).await;
    let codes = || [&first, &second, &third].map(|token| ask(&house.services, token));
    assert_eq!(codes(), [Code::Valid; 3]);
    assert_eq!(row(&house.services, "default").await.old_token_ends_at, first_end);
    house.pass(HOUR).await;
    assert_eq!(codes(), [Code::Valid, Code::NotFound, Code::Valid]);
    house.pass(DAY - HOUR).await;
    assert_eq!(codes(), [Code::NotFound, Code::NotFound, Code::Valid]);
    assert_eq!(ask(&house.services, &reveal(&house.services, &id).await), Code::Valid);
}

#[tokio::test]
async fn an_invalid_grace_rotates_nothing() {
    let house = House::serving().await;
    let id = row(&house.services, "default").await.id;
    let token = reveal(&house.services, &id).await;
    let events = house.events().await;
    for word in ["", "0", "8d", "1h "] {
        match house
            .services
            .environments
            .rotate_key(&by(), &id, &grace(word))
            .await
            .unwrap()
        {
            RotateEnvironmentOutcome::Invalid(errors) => {
                assert_eq!(errors.of("grace").as_deref(), Some("Choose when the old token ends."));
            }
            rotated @ RotateEnvironmentOutcome::Rotated { .. } => panic!("{word}: {rotated:?}"),
        }
    }
    assert_eq!(house.events().await, events);
    assert_eq!(reveal(&house.services, &id).await, token);
}

#[tokio::test]
async fn a_second_node_learns_of_a_rotation() {
    let house = House::serving().await;
    let id = row(&house.services, "default").await.id;
    let old = reveal(&house.services, &id).await;
    let other = house.another(2).await;
    rotate(&other, &id, &grace("now")).await;
    let new = reveal(&other, &id).await;
    let in_time = tokio::time::timeout(Duration::from_secs(10), async {
        while ask(&house.services, &old) != Code::NotFound {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(in_time.await.is_ok(), "the old token never ended");
    assert_eq!(ask(&house.services, &new), Code::Valid);
}

#[tokio::test]
async fn environments_and_their_keys_survive_a_restart() {
    let house = House::serving().await;
    let made = make(&house, "staging", "test").await;
    let old = reveal(&house.services, &made.id).await;
    rotate(&house.services, &made.id, &grace("24h")).await;
    let new = reveal(&house.services, &made.id).await;
    house
        .services
        .environments
        .set_hidden(&by(), &made.id, true)
        .await
        .unwrap();
    let before = house
        .services
        .environments
        .list(&backend::Actor::command_line(), &ListQuery::default())
        .await
        .unwrap();
    let events = house.events().await;

    let again = house.another(2).await;
    again.cluster.load_index().await.unwrap();
    assert_eq!(
        again
            .environments
            .list(&backend::Actor::command_line(), &ListQuery::default())
            .await
            .unwrap(),
        before
    );
    assert_eq!(house.events().await, events, "no environment got a second key");
    for token in [&old, &new] {
        assert_eq!(
            (ask(&again, token), named(&again, token)),
            (Code::Valid, "staging".to_owned())
        );
    }
    assert_eq!(reveal(&again, &made.id).await, new);
    house.clock.advance(DAY);
    again.cluster.load_index().await.unwrap();
    assert_eq!((ask(&again, &old), ask(&again, &new)), (Code::NotFound, Code::Valid));
}

#[tokio::test]
async fn the_last_use_of_an_environments_key_is_stored() {
    let house = House::serving().await;
    let made = make(&house, "staging", "test").await;
    let token = reveal(&house.services, &made.id).await;
    house.clock.advance(MINUTE);
    let used = house.services.now();
    decide_from(&house.services, &token, "chat", "198.51.100.7");
    house.clock.advance(MINUTE);
    assert_eq!(row(&house.services, "staging").await.last_used_at, Some(used));
    assert_eq!(row(&house.services, "default").await.last_used_at, None);
    let from = "SELECT count(*) FROM environment_keys WHERE last_used_from = '198.51.100.7'";
    assert_eq!(number(&house, from).await, 1);
    // That use belongs to what is now the old token. The new token has no use yet.
    rotate(&house.services, &made.id, &grace("24h")).await;
    assert_eq!(row(&house.services, "staging").await.last_used_at, None);
    // An earlier use that another node stores later does not change the last use.
    let other = house.another(2).await;
    other.cluster.load_index().await.unwrap();
    let token = reveal(&house.services, &made.id).await;
    decide(&other, &token, "chat");
    house.clock.advance(MINUTE);
    let used = house.services.now();
    decide(&house.services, &token, "chat");
    house.services.usage.flush().await.unwrap();
    other.usage.flush().await.unwrap();
    assert_eq!(row(&house.services, "staging").await.last_used_at, Some(used));
}

#[tokio::test]
async fn an_environment_key_is_not_in_the_list_of_keys() {
    let house = House::serving().await;
    let default = row(&house.services, "default").await;
    let token = reveal(&house.services, &default.id).await;
    decide(&house.services, &token, "chat");
    house.services.usage.flush().await.unwrap();
    let page = house
        .services
        .keys
        .list(&backend::Actor::command_line(), &KeyQuery::default())
        .await
        .unwrap();
    assert_eq!((page.rows.len(), page.total), (0, 0));
    let searched = KeyQuery {
        search: default.last_four.clone(),
        ..KeyQuery::default()
    };
    assert!(
        house
            .services
            .keys
            .list(&backend::Actor::command_line(), &searched)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    let counts = house
        .services
        .keys
        .count(&backend::Actor::command_line(), "")
        .await
        .unwrap();
    assert_eq!((counts.total, counts.any), (0, false));
    // Its uses still count for the environment.
    assert_eq!((counts.allowed_24h, counts.requests_24h), (1, 1));
    let own = format!("SELECT sum(count) FROM usage_hours WHERE key_id = '{}'", default.key_id);
    assert_eq!(number(&house, &own).await, 1);
    assert_eq!(
        house
            .services
            .endpoints
            .list(&backend::Actor::command_line(), &ListQuery::default())
            .await
            .unwrap()
            .keys_with_all,
        0
    );
    // The functions for API keys do not find it either.
    let as_key = house.services.keys.delete(&by(), &default.key_id).await.unwrap_err();
    assert!(matches!(as_key, Error::NotFound(_)), "{as_key:?}");
    assert_eq!(ask(&house.services, &token), Code::Valid);
}

#[tokio::test]
async fn a_sealed_token_copied_to_another_environment_cannot_be_revealed() {
    let house = House::new().await;
    let default = row(&house.services, "default").await;
    let made = make(&house, "staging", "test").await;
    let db = house.by_hand().await;
    let swap = format!(
        "UPDATE environment_keys SET sealed = other.sealed FROM environment_keys AS other
         WHERE other.key_id <> environment_keys.key_id AND environment_keys.environment_id IN ('{}', '{}')",
        default.id, made.id
    );
    db.execute_unprepared(&swap).await.unwrap();
    let events = house.events().await;
    for id in [&default.id, &made.id] {
        let refused = house.services.environments.reveal_key(&by(), id).await.unwrap_err();
        assert!(matches!(refused, Error::Internal(_)), "{refused:?}");
        assert!(
            refused
                .to_string()
                .contains("was changed in the database, or is another's")
        );
    }
    assert_eq!(house.events().await, events);
}

#[tokio::test]
async fn no_token_of_an_environment_is_in_the_files() {
    let house = House::serving().await;
    let id = row(&house.services, "default").await.id;
    let old = reveal(&house.services, &id).await;
    rotate(&house.services, &id, &grace("24h")).await;
    let new = reveal(&house.services, &id).await;
    for file in std::fs::read_dir(house.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for token in [&old, &new] {
            let token = token.as_bytes();
            assert!(!bytes.windows(token.len()).any(|window| window == token));
        }
    }
}

#[tokio::test]
async fn an_environment_has_one_current_token() {
    let house = House::new().await;
    let id = row(&house.services, "default").await.id;
    let twice =
        format!("INSERT INTO environment_keys VALUES (x'00', 'key_x', '{id}', 'abcd', x'00', 1, NULL, NULL, NULL)");
    let error = house.by_hand().await.execute_unprepared(&twice).await.unwrap_err();
    assert!(error.to_string().contains("UNIQUE"), "{error}");
}

#[tokio::test]
async fn keys_go_into_the_environment_under_its_new_name() {
    let house = House::serving().await;
    let default = row(&house.services, "default").await;
    rename(&house.services, &default.id, "production").await;
    let mut new = new_key("Shop", Grant::All);
    new.environment = "production".to_owned();
    let key = create(&house.services, &new).await;
    house
        .services
        .keys
        .settle(&backend::Actor::command_line(), &key.id, Duration::from_secs(10))
        .await
        .unwrap();
    assert_eq!(code(&house.services, &key.token, "chat"), Code::Valid);
    assert_eq!(named(&house.services, key.token.reveal()), "production");
    let gone = house
        .services
        .keys
        .create_many(&by(), &new_key("Mail", Grant::All), 1)
        .await;
    assert!(gone.is_err(), "no environment is called default any more");
}

#[tokio::test]
async fn each_token_of_an_environment_key_has_its_own_address_of_last_use() {
    let house = House::serving().await;
    let id = row(&house.services, "default").await.id;
    let old = reveal(&house.services, &id).await;
    rotate(&house.services, &id, &grace("24h")).await;
    let new = reveal(&house.services, &id).await;
    house.clock.advance(MINUTE);
    decide_from(&house.services, &old, "chat", "192.0.2.1");
    house.clock.advance(MINUTE);
    decide_from(&house.services, &new, "chat", "192.0.2.2");
    // One flush stores the uses of both tokens: the address from which the old token was used is lost.
    house.services.usage.flush().await.unwrap();
    let from = |address, which| {
        format!("SELECT count(*) FROM environment_keys WHERE last_used_from {address} AND ends_at IS {which} NULL")
    };
    assert_eq!(number(&house, &from("= '192.0.2.2'", "")).await, 1);
    assert_eq!(number(&house, &from("= '192.0.2.2'", "NOT")).await, 0);
    decide_from(&house.services, &old, "chat", "192.0.2.1");
    house.clock.advance(MINUTE);
    decide_from(&house.services, &old, "chat", "192.0.2.1");
    house.services.usage.flush().await.unwrap();
    assert_eq!(number(&house, &from("= '192.0.2.1'", "NOT")).await, 1);
}
