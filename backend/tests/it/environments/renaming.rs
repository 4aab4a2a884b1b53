//! The new name of an environment is in force at once, on every node.

use std::time::Duration;

use super::{ask, by, form, grace, make, make_on, named, offered, reveal, row};
use crate::common::{TestBackend, code, create, error_of, new_key};
use backend::{Error, Services};
use model::endpoint::Grant;
use model::environment::EnvironmentRow;
use model::id::EnvironmentId;
use model::verify::Code;
use serde_json::json;

async fn rename(services: &Services, id: &EnvironmentId, name: &str) -> Result<String, Error> {
    services.environments.rename(&by(), id, &form(name, "")).await
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
