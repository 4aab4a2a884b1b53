//! A hidden environment is not offered, and its keys still work.

use super::{ask, by, grace, make, named, offered, reveal, rotate, row};
use crate::common::{TestBackend, new_key};
use backend::Error;
use model::endpoint::Grant;
use model::verify::Code;
use serde_json::json;

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
    let options = test.services.keys.creation_options(&by(), "staging", "").await.unwrap();
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
