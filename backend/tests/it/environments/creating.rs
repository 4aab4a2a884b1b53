//! A new environment, with a key that may call every endpoint.

use super::{ask, by, form, grace, make, named, offered, reveal, rotate};
use crate::common::{TestBackend, decide, error_of};
use model::environment::Kind;
use model::list::ListQuery;
use model::time::DAY;
use model::verify::Code;
use serde_json::json;

const ENDPOINTS: [&str; 3] = ["chat", "image", "check-bias"];

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
