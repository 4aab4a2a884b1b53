//! A mutation and its event are stored together, or neither is.

use backend::{Error, Services};
use model::endpoint::Grant;
use model::endpoint_form::EndpointForm;
use model::environment::EnvironmentForm;
use model::list::ListQuery;
use model::rotate_form::RotateKeyForm;
use model::time::Timestamp;

use super::{broken, by};
use crate::common::database::{accept_rows, number, refuse_rows};
use crate::common::{TestBackend, create, new_key};

/// Runs one mutation of each kind. Returns the action of its event, and its outcome.
async fn mutations(services: &Services) -> Vec<(&'static str, Result<(), Error>)> {
    let by = by();
    let environments = services
        .environments
        .list(&by, &ListQuery::default())
        .await
        .unwrap()
        .environments;
    let (id, spare) = (&environments[0].id, &environments[1].id);
    let form = |name: &str| EnvironmentForm {
        name: name.to_owned(),
        kind: "test".to_owned(),
    };
    let endpoint = EndpointForm {
        name: "endpoint".to_owned(),
        title: "New".to_owned(),
        patterns: "GET /endpoint".to_owned(),
    };
    let grace = RotateKeyForm {
        grace: "1h".to_owned(),
        ..RotateKeyForm::default()
    };
    let done = |result: Result<bool, Error>| result.map(|done| assert!(done, "nothing was done"));
    vec![
        (
            "environment.renamed",
            done(
                services
                    .environments
                    .rename(&by, spare, &form("renamed"))
                    .await
                    .map(|_| true),
            ),
        ),
        (
            "environment.hidden",
            done(services.environments.set_hidden(&by, spare, true).await.map(|_| true)),
        ),
        (
            "environment.key_rotated",
            done(services.environments.rotate_key(&by, id, &grace).await.map(|_| true)),
        ),
        (
            "endpoint.created",
            done(services.endpoints.create(&by, &endpoint).await.map(|_| true)),
        ),
        (
            "endpoint.edited",
            done(services.endpoints.retitle(&by, "check-bias", "New").await.map(|_| true)),
        ),
        (
            "endpoint.retired",
            done(services.endpoints.retire(&by, "chat").await.map(|_| true)),
        ),
        (
            "key.created",
            done(
                services
                    .keys
                    .create_many(&by, &new_key("Shop", Grant::All), 1)
                    .await
                    .map(|_| true),
            ),
        ),
        (
            "environment.created",
            done(services.environments.create(&by, &form("new")).await.map(|_| true)),
        ),
    ]
}

/// Everything that screens show, except times.
async fn seen(test: &TestBackend) -> String {
    let mut environments = test
        .services
        .environments
        .list(&by(), &ListQuery::default())
        .await
        .unwrap();
    environments.now = Timestamp(0);
    let mut catalogue = test
        .services
        .endpoints
        .list(&by(), &ListQuery::default())
        .await
        .unwrap();
    catalogue.now = Timestamp(0);
    format!("{environments:?} {catalogue:?}")
}

#[tokio::test]
async fn a_mutation_and_its_event_are_stored_together_or_not_at_all() {
    let test = TestBackend::new().await;
    let spare = EnvironmentForm {
        name: "spare".to_owned(),
        kind: "test".to_owned(),
    };
    test.clock.advance(1);
    test.services.environments.create(&by(), &spare).await.unwrap();
    let db = test.connect_directly().await;
    let before = (test.events().await, seen(&test).await);
    for table in ["change_log", "audit_events"] {
        refuse_rows(&db, table).await;
        for (action, result) in mutations(&test.services).await {
            assert!(
                matches!(result, Err(Error::Database(_) | Error::Outage { .. })),
                "{table} {action}: {result:?}"
            );
        }
        assert_eq!((test.events().await, seen(&test).await), before, "{table}");
        accept_rows(&db).await;
    }
    for (action, result) in mutations(&test.services).await {
        result.unwrap();
        // A new environment gets its environment key, which has an event of its own.
        let events = number(
            &db,
            &format!("SELECT count(*) FROM audit_events WHERE action = '{action}'"),
        )
        .await;
        assert_eq!(events, if action == "environment.created" { 2 } else { 1 }, "{action}");
    }
    assert_eq!(test.events().await, before.0 + 9);
}

#[tokio::test]
async fn two_processes_write_one_chain() {
    let test = TestBackend::new().await;
    let other = test.another(2).await;
    for number in 0..10 {
        let services = if number % 2 == 0 { &*test.services } else { &other };
        create(services, &new_key("Shop", Grant::All)).await;
    }
    let (new, by) = (new_key("Shop", Grant::All), by());
    let both = tokio::join!(
        test.services.keys.create_many(&by, &new, 5),
        other.keys.create_many(&by, &new, 5)
    );
    both.0.unwrap();
    both.1.unwrap();
    assert_eq!(test.events().await, 21);
    assert_eq!(broken(&other).await, None);
}
