//! Environments and environment keys: created, renamed, hidden, revealed and rotated.

use std::time::Duration;

use crate::common::{TestBackend, code, create, decide, decide_from, error_of, new_key};
use backend::audit::Actor;
use backend::{Error, Services};
use model::endpoint::Grant;
use model::environment::{EnvironmentForm, EnvironmentRow, Kind};
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

async fn row(services: &Services, name: &str) -> EnvironmentRow {
    let list = services
        .environments
        .list(&by(), &ListQuery::default())
        .await
        .unwrap()
        .environments;
    list.into_iter().find(|environment| environment.name == name).unwrap()
}

async fn make_on(services: &Services, name: &str, kind: &str) -> EnvironmentRow {
    assert_eq!(
        services.environments.create(&by(), &form(name, kind)).await.unwrap(),
        name
    );
    row(services, name).await
}

/// Creates an environment whose time of creation is later than that of all others.
async fn make(test: &TestBackend, name: &str, kind: &str) -> EnvironmentRow {
    test.clock.advance(1);
    make_on(&test.services, name, kind).await
}

async fn rename(services: &Services, id: &EnvironmentId, name: &str) -> Result<String, Error> {
    services.environments.rename(&by(), id, &form(name, "")).await
}

async fn reveal(services: &Services, id: &EnvironmentId) -> String {
    services.environments.reveal_key(&by(), id).await.unwrap().token
}

async fn rotate(services: &Services, id: &EnvironmentId, form: &RotateKeyForm) -> Option<Timestamp> {
    let rotated = services.environments.rotate_key(&by(), id, form).await.unwrap();
    rotated.old_token_ends_at
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
    let shown = services.environments.list_selectable(&by()).await.unwrap();
    shown.into_iter().map(|environment| environment.name).collect()
}

async fn number(test: &TestBackend, sql: &str) -> i64 {
    let db = test.connect_directly().await;
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
    let test = TestBackend::serving().await;
    let list = test
        .services
        .environments
        .list(&by(), &ListQuery::default())
        .await
        .unwrap();
    let [only] = list.environments.as_slice() else {
        panic!("{list:?}");
    };
    assert_eq!(list.now, test.services.now());
    assert_eq!(
        (only.name.as_str(), only.kind, only.hidden, only.created_at),
        ("default", Kind::Live, false, test.services.now())
    );
    assert_eq!((only.last_used_at, only.old_token_ends_at), (None, None));
    let token = reveal(&test.services, &only.id).await;
    assert!(model::token::check(&token).is_ok());
    assert_eq!(only.prefix, "sk_live_");
    assert!(token.starts_with(&only.prefix) && token.ends_with(&only.last_four));
    assert_eq!(only.last_four.len(), 4);
    assert_eq!(
        test.details_of("environment.key_created").await,
        [json!({ "keyId": only.key_id })]
    );
}

#[tokio::test]
async fn the_key_of_a_new_environment_may_call_every_endpoint_at_once() {
    let test = TestBackend::serving().await;
    for (name, kind, prefix) in [("production", "live", "sk_live_"), ("QA_7", "test", "sk_test_")] {
        let made = make(&test, name, kind).await;
        assert_eq!((made.kind.as_str(), made.prefix.as_str()), (kind, prefix));
        let token = reveal(&test.services, &made.id).await;
        assert!(token.starts_with(prefix), "{name}");
        for endpoint in ENDPOINTS {
            let decision = decide(&test.services, &token, endpoint);
            assert_eq!(decision.code, Code::Valid, "{name} {endpoint}");
            assert_eq!(decision.environment.as_deref(), Some(name));
            assert_eq!(decision.id.as_ref(), Some(&made.key_id));
        }
        assert_eq!(decide(&test.services, &token, "nothing").code, Code::Forbidden);
    }
    assert_eq!(offered(&test.services).await, ["default", "production", "QA_7"]);
    assert_eq!(
        test.details_of("environment.created").await,
        [json!({ "kind": "live" }), json!({ "kind": "test" })]
    );
}

#[tokio::test]
async fn mistakes_in_a_new_environment_are_shown_at_their_fields() {
    let test = TestBackend::new().await;
    make(&test, "Staging", "test").await;
    let events = test.events().await;
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
        let outcome = test.services.environments.create(&by(), &form(name, kind)).await;
        assert_eq!(error_of(outcome, field), message, "{name:?} {kind:?}");
    }
    assert_eq!(offered(&test.services).await, ["default", "Staging"]);
    assert_eq!(test.events().await, events, "no event was added");
}

#[tokio::test]
async fn only_one_of_two_environments_gets_a_name() {
    let test = TestBackend::new().await;
    let other = test.another(2).await;
    let here = by();
    let forms = [form("staging", "test"), form("STAGING", "live")];
    let (one, two) = tokio::join!(
        test.services.environments.create(&here, &forms[0]),
        other.environments.create(&here, &forms[1]),
    );
    assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
    assert!(!error_of(one.and(two), "name").is_empty());
    assert_eq!(offered(&test.services).await.len(), 2);
}

#[tokio::test]
async fn a_new_name_is_in_force_at_once() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let default = row(&test.services, "default").await;
    let token = reveal(&test.services, &default.id).await;
    let renamed = rename(&test.services, &default.id, " production ").await;
    assert_eq!(renamed.unwrap(), "production");
    for token in [token.as_str(), key.token.reveal()] {
        assert_eq!(named(&test.services, token), "production");
        assert_eq!(ask(&test.services, token), Code::Valid);
    }
    let renamed = row(&test.services, "production").await;
    assert_eq!(
        EnvironmentRow {
            name: default.name.clone(),
            last_used_at: None,
            ..renamed
        },
        default,
        "only the name was changed"
    );
    assert_eq!(test.details(&key.id).await.row.environment, "production");
    assert_eq!(
        test.details_of("environment.renamed").await,
        [json!({ "changes": [{ "field": "Name", "from": "default", "to": "production" }] })]
    );
}

#[tokio::test]
async fn a_second_node_learns_the_new_name_and_the_new_environment() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let other = test.another(2).await;
    other.cluster.load_index().await.unwrap();
    let default = row(&other, "default").await;
    let token = reveal(&other, &default.id).await;

    rename(&other, &default.id, "production").await.unwrap();
    let made = make_on(&other, "staging", "test").await;
    let new = reveal(&other, &made.id).await;
    for token in [&token, key.token.reveal()] {
        assert_eq!(named(&other, token), "production");
    }
    let in_time = tokio::time::timeout(Duration::from_secs(10), async {
        while ask(&test.services, &new) != Code::Valid {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(in_time.await.is_ok(), "never learned of the new environment");
    for token in [&token, key.token.reveal()] {
        assert_eq!(named(&test.services, token), "production");
    }
    assert_eq!(named(&test.services, &new), "staging");
    // A server that starts later knows them, too.
    let third = test.another(3).await;
    third.cluster.load_index().await.unwrap();
    assert_eq!(
        (named(&third, &token), named(&third, &new)),
        ("production".to_owned(), "staging".to_owned())
    );
}

#[tokio::test]
async fn a_name_that_is_taken_or_invalid_is_refused() {
    let test = TestBackend::new().await;
    let made = make(&test, "staging", "test").await;
    let events = test.events().await;
    let taken = rename(&test.services, &made.id, "Default").await;
    assert_eq!(
        error_of(taken, "name"),
        "Another environment has this name. Choose a different one."
    );
    assert!(!error_of(rename(&test.services, &made.id, "a b").await, "name").is_empty());
    // Renaming it to its present name changes nothing.
    rename(&test.services, &made.id, "staging").await.unwrap();
    assert_eq!(test.events().await, events);
    // Its present name in another case is a new name.
    rename(&test.services, &made.id, "STAGING").await.unwrap();
    assert_eq!(test.events().await, events + 1);
    assert_eq!(offered(&test.services).await, ["default", "STAGING"]);
}

#[tokio::test]
async fn the_error_names_an_environment_that_does_not_exist() {
    let test = TestBackend::new().await;
    let events = test.events().await;
    let id = EnvironmentId::from_random("0000000000");
    let services = &test.services;
    let actor = by();
    let errors = [
        services
            .environments
            .rename(&actor, &id, &form("x", ""))
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
    assert_eq!(test.events().await, events);
}

#[tokio::test]
async fn a_hidden_environment_is_not_offered_and_its_keys_still_work() {
    let test = TestBackend::serving().await;
    let made = make(&test, "staging", "test").await;
    let mut new = new_key("Shop", Grant::All);
    new.environment = "staging".to_owned();
    let key = test.active_key(&new).await;
    let token = reveal(&test.services, &made.id).await;
    let hide = async |hidden| {
        test.services
            .environments
            .set_hidden(&by(), &made.id, hidden)
            .await
            .unwrap()
    };

    assert_eq!(hide(true).await, "staging");
    assert_eq!(offered(&test.services).await, ["default"]);
    let options = test.services.keys.creation_options(&by(), "staging").await.unwrap();
    assert_eq!(options.environments.len(), 1);
    assert_eq!(options.form.text("environment").to_owned(), "default");
    let hidden = row(&test.services, "staging").await;
    assert!(hidden.hidden, "Settings still shows it");
    test.services.cluster.load_index().await.unwrap();
    for token in [token.as_str(), key.token.reveal()] {
        assert_eq!(
            (ask(&test.services, token), named(&test.services, token)),
            (Code::Valid, "staging".to_owned())
        );
    }
    // A hidden environment can still be changed.
    assert_eq!(reveal(&test.services, &made.id).await, token);
    rotate(&test.services, &made.id, &grace("now")).await;

    // Hiding a hidden environment changes nothing.
    let events = test.events().await;
    assert_eq!(hide(true).await, "staging");
    assert_eq!(test.events().await, events);
    hide(false).await;
    assert_eq!(offered(&test.services).await, ["default", "staging"]);
    for action in ["environment.hidden", "environment.shown"] {
        assert_eq!(test.details_of(action).await, [json!({})], "{action}");
    }
}

#[tokio::test]
async fn the_last_shown_environment_cannot_be_hidden() {
    let test = TestBackend::new().await;
    let default = row(&test.services, "default").await;
    let made = make(&test, "staging", "test").await;
    test.services
        .environments
        .set_hidden(&by(), &default.id, true)
        .await
        .unwrap();
    let events = test.events().await;
    let refused = test
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
    assert_eq!(offered(&test.services).await, ["staging"]);
    assert_eq!(test.events().await, events);
}

#[tokio::test]
async fn revealing_is_recorded_before_the_answer_and_copying_after_it_happened() {
    let test = TestBackend::serving().await;
    let default = row(&test.services, "default").await;
    let token = reveal(&test.services, &default.id).await;
    assert_eq!(ask(&test.services, &token), Code::Valid);
    assert_eq!(
        test.details_of("environment.key_copied").await.len(),
        0,
        "nobody has copied it yet"
    );
    test.services
        .environments
        .note_key_copied(&by(), &default.id)
        .await
        .unwrap();
    for action in ["environment.key_revealed", "environment.key_copied"] {
        assert_eq!(
            test.details_of(action).await,
            [json!({ "keyId": default.key_id })],
            "{action}"
        );
    }
    let subjects = "SELECT count(*) FROM audit_events WHERE subject_name = 'default' AND action LIKE '%key_%ed'";
    assert_eq!(number(&test, subjects).await, 3);
    assert_eq!(
        number(
            &test,
            &format!("SELECT count(*) FROM audit_events WHERE details LIKE '%{token}%'")
        )
        .await,
        0
    );
}

#[tokio::test]
async fn a_token_is_not_revealed_if_the_event_cannot_be_stored() {
    let test = TestBackend::new().await;
    let default = row(&test.services, "default").await;
    test.connect_directly()
        .await
        .execute_unprepared("CREATE TRIGGER full BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'full'); END")
        .await
        .unwrap();
    let refused = test.services.environments.reveal_key(&by(), &default.id).await;
    assert!(matches!(refused, Err(Error::Database(_))), "{refused:?}");
}

#[tokio::test]
async fn both_tokens_work_until_the_old_one_ends() {
    for (word, length) in [("1h", HOUR), ("24h", DAY), ("7d", 7 * DAY)] {
        let test = TestBackend::serving().await;
        let before = row(&test.services, "default").await;
        let old = reveal(&test.services, &before.id).await;
        let end = test.services.now().plus(length);
        assert_eq!(
            rotate(&test.services, &before.id, &grace(word)).await,
            Some(end),
            "{word}"
        );
        let new = reveal(&test.services, &before.id).await;
        assert_ne!(new, old);
        for token in [&old, &new] {
            assert_eq!(ask(&test.services, token), Code::Valid, "{word}");
        }
        let after = row(&test.services, "default").await;
        assert_eq!(
            (after.key_id, after.old_token_ends_at),
            (before.key_id, Some(end)),
            "{word}"
        );
        assert!(new.ends_with(&after.last_four));
        assert_eq!(
            test.details_of("environment.key_rotated").await,
            [json!({ "keyId": row(&test.services, "default").await.key_id, "oldTokenEndsAt": end.rfc3339() })]
        );

        test.pass(length - 1).await;
        for token in [&old, &new] {
            assert_eq!(ask(&test.services, token), Code::Valid, "{word}");
        }
        // The old token ends although the index is not loaded again.
        test.clock.advance(1);
        assert_eq!(
            (ask(&test.services, &old), ask(&test.services, &new)),
            (Code::NotFound, Code::Valid),
            "{word}"
        );
        assert_eq!(row(&test.services, "default").await.old_token_ends_at, None, "{word}");
    }
}

#[tokio::test]
async fn without_a_grace_the_old_token_is_unknown_before_the_answer() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let old = reveal(&test.services, &id).await;
    assert_eq!(rotate(&test.services, &id, &grace("now")).await, None);
    let new = reveal(&test.services, &id).await;
    assert_eq!(
        (ask(&test.services, &old), ask(&test.services, &new)),
        (Code::NotFound, Code::Valid)
    );
    assert_eq!(number(&test, "SELECT count(*) FROM environment_keys").await, 1);
}

#[tokio::test]
async fn without_a_grace_the_tokens_of_earlier_rotations_end_as_well() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let leaked = reveal(&test.services, &id).await;
    rotate(&test.services, &id, &grace("7d")).await;
    assert_eq!(ask(&test.services, &leaked), Code::Valid);
    rotate(&test.services, &id, &grace("now")).await;
    assert_eq!(ask(&test.services, &leaked), Code::NotFound);
}

#[tokio::test]
async fn an_old_token_cannot_be_seen_again() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let old = reveal(&test.services, &id).await;
    rotate(&test.services, &id, &grace("7d")).await;
    assert_ne!(reveal(&test.services, &id).await, old);
    let kept = "SELECT count(*) FROM environment_keys WHERE ends_at IS NOT NULL AND sealed IS NOT NULL";
    assert_eq!(number(&test, kept).await, 0);
    // The database refuses it, too.
    let db = test.connect_directly().await;
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
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let first = reveal(&test.services, &id).await;
    let first_end = rotate(&test.services, &id, &grace("24h")).await;
    let second = reveal(&test.services, &id).await;
    rotate(&test.services, &id, &grace("1h")).await;
    let third = reveal(&test.services, &id).await;
    let codes = || [&first, &second, &third].map(|token| ask(&test.services, token));
    assert_eq!(codes(), [Code::Valid; 3]);
    assert_eq!(row(&test.services, "default").await.old_token_ends_at, first_end);
    test.pass(HOUR).await;
    assert_eq!(codes(), [Code::Valid, Code::NotFound, Code::Valid]);
    test.pass(DAY - HOUR).await;
    assert_eq!(codes(), [Code::NotFound, Code::NotFound, Code::Valid]);
    assert_eq!(ask(&test.services, &reveal(&test.services, &id).await), Code::Valid);
}

#[tokio::test]
async fn an_invalid_grace_rotates_nothing() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let token = reveal(&test.services, &id).await;
    let events = test.events().await;
    for word in ["", "0", "8d", "1h "] {
        let outcome = test.services.environments.rotate_key(&by(), &id, &grace(word)).await;
        assert_eq!(error_of(outcome, "grace"), "Choose when the old token ends.", "{word}");
    }
    assert_eq!(test.events().await, events);
    assert_eq!(reveal(&test.services, &id).await, token);
}

#[tokio::test]
async fn a_second_node_learns_of_a_rotation() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let old = reveal(&test.services, &id).await;
    let other = test.another(2).await;
    rotate(&other, &id, &grace("now")).await;
    let new = reveal(&other, &id).await;
    let in_time = tokio::time::timeout(Duration::from_secs(10), async {
        while ask(&test.services, &old) != Code::NotFound {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(in_time.await.is_ok(), "the old token never ended");
    assert_eq!(ask(&test.services, &new), Code::Valid);
}

#[tokio::test]
async fn environments_and_their_keys_survive_a_restart() {
    let test = TestBackend::serving().await;
    let made = make(&test, "staging", "test").await;
    let old = reveal(&test.services, &made.id).await;
    rotate(&test.services, &made.id, &grace("24h")).await;
    let new = reveal(&test.services, &made.id).await;
    test.services
        .environments
        .set_hidden(&by(), &made.id, true)
        .await
        .unwrap();
    let before = test
        .services
        .environments
        .list(&by(), &ListQuery::default())
        .await
        .unwrap();
    let events = test.events().await;

    let again = test.another(2).await;
    again.cluster.load_index().await.unwrap();
    assert_eq!(
        again.environments.list(&by(), &ListQuery::default()).await.unwrap(),
        before
    );
    assert_eq!(test.events().await, events, "no environment got a second key");
    for token in [&old, &new] {
        assert_eq!(
            (ask(&again, token), named(&again, token)),
            (Code::Valid, "staging".to_owned())
        );
    }
    assert_eq!(reveal(&again, &made.id).await, new);
    test.clock.advance(DAY);
    again.cluster.load_index().await.unwrap();
    assert_eq!((ask(&again, &old), ask(&again, &new)), (Code::NotFound, Code::Valid));
}

#[tokio::test]
async fn the_last_use_of_an_environments_key_is_stored() {
    let test = TestBackend::serving().await;
    let made = make(&test, "staging", "test").await;
    let token = reveal(&test.services, &made.id).await;
    test.clock.advance(MINUTE);
    let used = test.services.now();
    decide_from(&test.services, &token, "chat", "198.51.100.7");
    test.clock.advance(MINUTE);
    assert_eq!(row(&test.services, "staging").await.last_used_at, Some(used));
    assert_eq!(row(&test.services, "default").await.last_used_at, None);
    let from = "SELECT count(*) FROM environment_keys WHERE last_used_from = '198.51.100.7'";
    assert_eq!(number(&test, from).await, 1);
    // That use belongs to what is now the old token. The new token has no use yet.
    rotate(&test.services, &made.id, &grace("24h")).await;
    assert_eq!(row(&test.services, "staging").await.last_used_at, None);
    // An earlier use that another node stores later does not change the last use.
    let other = test.another(2).await;
    other.cluster.load_index().await.unwrap();
    let token = reveal(&test.services, &made.id).await;
    decide(&other, &token, "chat");
    test.clock.advance(MINUTE);
    let used = test.services.now();
    decide(&test.services, &token, "chat");
    test.services.usage.flush().await.unwrap();
    other.usage.flush().await.unwrap();
    assert_eq!(row(&test.services, "staging").await.last_used_at, Some(used));
}

#[tokio::test]
async fn an_environment_key_is_not_in_the_list_of_keys() {
    let test = TestBackend::serving().await;
    let default = row(&test.services, "default").await;
    let token = reveal(&test.services, &default.id).await;
    decide(&test.services, &token, "chat");
    test.services.usage.flush().await.unwrap();
    let page = test.services.keys.list(&by(), &KeyQuery::default()).await.unwrap();
    assert_eq!((page.rows.len(), page.total), (0, 0));
    let searched = KeyQuery {
        search: default.last_four.clone(),
        ..KeyQuery::default()
    };
    assert!(test.services.keys.list(&by(), &searched).await.unwrap().rows.is_empty());
    let counts = test.services.keys.count(&by(), "").await.unwrap();
    assert_eq!((counts.total, counts.any), (0, false));
    // Its uses still count for the environment.
    assert_eq!((counts.allowed_24h, counts.requests_24h), (1, 1));
    let own = format!("SELECT sum(count) FROM usage_hours WHERE key_id = '{}'", default.key_id);
    assert_eq!(number(&test, &own).await, 1);
    assert_eq!(
        test.services
            .endpoints
            .list(&by(), &ListQuery::default())
            .await
            .unwrap()
            .keys_with_all,
        0
    );
    // The functions for API keys do not find it either.
    let as_key = test.services.keys.delete(&by(), &default.key_id).await.unwrap_err();
    assert!(matches!(as_key, Error::NotFound(_)), "{as_key:?}");
    assert_eq!(ask(&test.services, &token), Code::Valid);
}

#[tokio::test]
async fn a_sealed_token_copied_to_another_environment_cannot_be_revealed() {
    let test = TestBackend::new().await;
    let default = row(&test.services, "default").await;
    let made = make(&test, "staging", "test").await;
    let db = test.connect_directly().await;
    let swap = format!(
        "UPDATE environment_keys SET sealed = other.sealed FROM environment_keys AS other
         WHERE other.key_id <> environment_keys.key_id AND environment_keys.environment_id IN ('{}', '{}')",
        default.id, made.id
    );
    db.execute_unprepared(&swap).await.unwrap();
    let events = test.events().await;
    for id in [&default.id, &made.id] {
        let refused = test.services.environments.reveal_key(&by(), id).await.unwrap_err();
        assert!(matches!(refused, Error::Internal(_)), "{refused:?}");
        assert!(
            refused
                .to_string()
                .contains("was changed in the database, or is another's")
        );
    }
    assert_eq!(test.events().await, events);
}

#[tokio::test]
async fn no_token_of_an_environment_is_in_the_files() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let old = reveal(&test.services, &id).await;
    rotate(&test.services, &id, &grace("24h")).await;
    let new = reveal(&test.services, &id).await;
    for file in std::fs::read_dir(test.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for token in [&old, &new] {
            let token = token.as_bytes();
            assert!(!bytes.windows(token.len()).any(|window| window == token));
        }
    }
}

#[tokio::test]
async fn an_environment_has_one_current_token() {
    let test = TestBackend::new().await;
    let id = row(&test.services, "default").await.id;
    let twice =
        format!("INSERT INTO environment_keys VALUES (x'00', 'key_x', '{id}', 'abcd', x'00', 1, NULL, NULL, NULL)");
    let error = test
        .connect_directly()
        .await
        .execute_unprepared(&twice)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("UNIQUE"), "{error}");
}

#[tokio::test]
async fn keys_go_into_the_environment_under_its_new_name() {
    let test = TestBackend::serving().await;
    let default = row(&test.services, "default").await;
    rename(&test.services, &default.id, "production").await.unwrap();
    let mut new = new_key("Shop", Grant::All);
    new.environment = "production".to_owned();
    let key = create(&test.services, &new).await;
    test.services
        .keys
        .settle(&by(), &key.id, Duration::from_secs(10))
        .await
        .unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    assert_eq!(named(&test.services, key.token.reveal()), "production");
    let gone = test
        .services
        .keys
        .create_many(&by(), &new_key("Mail", Grant::All), 1)
        .await;
    assert!(gone.is_err(), "no environment is called default any more");
}

#[tokio::test]
async fn each_token_of_an_environment_key_has_its_own_address_of_last_use() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let old = reveal(&test.services, &id).await;
    rotate(&test.services, &id, &grace("24h")).await;
    let new = reveal(&test.services, &id).await;
    test.clock.advance(MINUTE);
    decide_from(&test.services, &old, "chat", "192.0.2.1");
    test.clock.advance(MINUTE);
    decide_from(&test.services, &new, "chat", "192.0.2.2");
    // One flush stores the uses of both tokens: the address from which the old token was used is lost.
    test.services.usage.flush().await.unwrap();
    let from = |address, which| {
        format!("SELECT count(*) FROM environment_keys WHERE last_used_from {address} AND ends_at IS {which} NULL")
    };
    assert_eq!(number(&test, &from("= '192.0.2.2'", "")).await, 1);
    assert_eq!(number(&test, &from("= '192.0.2.2'", "NOT")).await, 0);
    decide_from(&test.services, &old, "chat", "192.0.2.1");
    test.clock.advance(MINUTE);
    decide_from(&test.services, &old, "chat", "192.0.2.1");
    test.services.usage.flush().await.unwrap();
    assert_eq!(number(&test, &from("= '192.0.2.1'", "NOT")).await, 1);
}
