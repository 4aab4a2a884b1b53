//! Names of all kinds: no invisible characters, and one spelling per name.

use backend::accounts::NewUser;
use backend::audit::Actor;
use model::audit::AuditQuery;
use model::endpoint_form::EndpointForm;
use model::environment::EnvironmentForm;
use model::form_values::FormValues;
use model::list::ListQuery;
use model::profile::Content;
use model::profile_form::{ProfileForm, ProfileOutcome};
use model::role::Role;

use crate::common::{TestBackend, error_of};

/// A zero-width space alone and inside a word, a byte order mark, and characters that change the direction of text.
const INVISIBLE: [&str; 5] = [
    "\u{200b}",
    "Sh\u{200b}op",
    "\u{feff}Shop",
    "Shop\u{202e}",
    "\u{2066}Shop\u{2069}",
];

fn key(name: &str) -> FormValues {
    FormValues::from([("name", name), ("environment", "default")])
}

fn profile(name: &str, description: &str) -> ProfileForm {
    let content = Content {
        name: name.to_owned(),
        description: description.to_owned(),
        ..Content::blank()
    };
    ProfileForm::of(&content, 0)
}

fn endpoint(name: &str, title: &str) -> EndpointForm {
    EndpointForm {
        name: name.to_owned(),
        title: title.to_owned(),
        patterns: "GET /shop".to_owned(),
    }
}

#[tokio::test]
async fn no_kind_of_name_may_have_invisible_characters() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let services = &test.services;
    for text in INVISIBLE {
        let made = services.keys.create(&by, &key(text)).await;
        assert!(!error_of(made, "name").is_empty(), "key {text:?}");
        for (form, field) in [(profile(text, ""), "name"), (profile("Strict", text), "description")] {
            let made = services.profiles.create(&by, &form).await;
            assert!(!error_of(made, field).is_empty(), "profile {text:?}");
        }
        for (form, field) in [(endpoint("shop", text), "title"), (endpoint(text, "Shop"), "name")] {
            let made = services.endpoints.create(&by, &form).await;
            assert!(!error_of(made, field).is_empty(), "endpoint {text:?}");
        }
        let made = services.endpoints.retitle(&by, "chat", text).await;
        assert!(!error_of(made, "title").is_empty(), "title {text:?}");
        let form = EnvironmentForm {
            name: text.to_owned(),
            kind: "live".to_owned(),
        };
        let made = services.environments.create(&by, &form).await;
        assert!(!error_of(made, "name").is_empty(), "environment {text:?}");
        assert!(
            NewUser::new("ada@example.com", Some(text), Role::Viewer).is_err(),
            "person {text:?}"
        );
        let address = format!("{text}@example.com");
        assert!(NewUser::new(&address, None, Role::Viewer).is_err(), "address {text:?}");
    }
}

#[tokio::test]
async fn a_name_is_stored_in_one_spelling_and_found_by_every_spelling() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let services = &test.services;
    let decomposed = "Cafe\u{301}";
    let made = services
        .profiles
        .create(&by, &profile(decomposed, decomposed))
        .await
        .unwrap();
    assert!(matches!(made, ProfileOutcome::Saved { .. }), "{made:?}");
    let again = services.profiles.create(&by, &profile("Café", "")).await;
    assert!(!error_of(again, "name").is_empty(), "two names that look the same");
    let title = services.endpoints.create(&by, &endpoint("shop", decomposed)).await;
    assert_eq!(title.unwrap(), "Café");
    for search in ["café", decomposed, "\u{feff}Caf\u{200b}é"] {
        let query = ListQuery {
            search: search.to_owned(),
            ..ListQuery::default()
        };
        let endpoints = services
            .endpoints
            .list(&Actor::command_line(), &query)
            .await
            .unwrap()
            .endpoints;
        assert_eq!(endpoints.len(), 1, "{search:?}");
        let query = AuditQuery {
            action: "profile".to_owned(),
            subject: search.to_owned(),
            ..AuditQuery::default()
        };
        assert_eq!(
            services
                .audit
                .list(&Actor::command_line(), &query)
                .await
                .unwrap()
                .events
                .len(),
            1,
            "{search:?}"
        );
    }
}
