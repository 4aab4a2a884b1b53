//! A service account that is kept to some environments neither sees nor changes what belongs to others.

use backend::Error;
use backend::audit::Actor;
use backend::error::{Forbidden, NotFound};
use backend::keys::NewKey;
use model::edit_form::EditOutcome;
use model::endpoint::Grant;
use model::environment::EnvironmentForm;
use model::explain::ExplainForm;
use model::form_values::FormValues;
use model::id::KeyId;
use model::key_list::KeyQuery;
use model::list::ListQuery;
use model::number::Separator;
use model::profile::Content;
use model::profile_form::ProfileForm;
use model::rotate_form::RotateKeyForm;
use model::usage::{Range, UsageQuery};

use super::{actor, add};
use crate::common::{TestBackend, error_of, new_key};

/// A backend with the environments `default` and `staging`, a key in each, and an Admin that is kept to `staging`.
async fn two_environments() -> (TestBackend, Actor, KeyId, KeyId) {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let staging = EnvironmentForm {
        name: "staging".to_owned(),
        kind: "test".to_owned(),
    };
    test.services.environments.create(&by, &staging).await.unwrap();
    let new = add(&test, "billing", "admin", &["staging"]).await;
    let program = actor(&test.services, &new.token).await.unwrap();
    let mut keys = Vec::new();
    for environment in ["default", "staging"] {
        let new = NewKey {
            environment: environment.to_owned(),
            ..new_key("Shop", Grant::All)
        };
        let mut made = test.services.keys.create_many(&by, &new, 1).await.unwrap();
        keys.push(made.remove(0).id);
    }
    let inside = keys.remove(1);
    (test, program, inside, keys.remove(0))
}

#[tokio::test]
async fn keys_of_other_environments_do_not_exist() {
    let (test, program, inside, outside) = two_environments().await;
    let keys = &test.services.keys;
    let listed = keys.list(&program, &KeyQuery::default()).await.unwrap().rows;
    let ids: Vec<&KeyId> = listed.iter().map(|row| &row.id).collect();
    assert_eq!(ids, [&inside]);
    let elsewhere = KeyQuery {
        environment: Some("default".to_owned()),
        ..KeyQuery::default()
    };
    assert!(keys.list(&program, &elsewhere).await.unwrap().rows.is_empty());

    let query = ListQuery::default();
    keys.details(&program, &inside, &query, Range::Day, Separator::Comma)
        .await
        .unwrap();
    let form = FormValues::default();
    let rotate = RotateKeyForm {
        grace: "1h".to_owned(),
        ..RotateKeyForm::default()
    };
    for outcome in [
        keys.details(&program, &outside, &query, Range::Day, Separator::Comma)
            .await
            .map(|_| ()),
        keys.refusals(&program, &outside).await.map(|_| ()),
        keys.progress(&program, &outside).await.map(|_| ()),
        keys.explain(&program, &outside, &ExplainForm::default())
            .await
            .map(|_| ()),
        keys.edit(&program, &outside, &form).await.map(|_| ()),
        keys.editing_options(&program, &outside).await.map(|_| ()),
        keys.rotate(&program, &outside, &rotate).await.map(|_| ()),
        keys.rotation_options(&program, &outside).await.map(|_| ()),
        keys.end_old_token(&program, &outside, "0123").await.map(|_| ()),
        keys.disable(&program, &outside).await.map(|_| ()),
        keys.enable(&program, &outside).await.map(|_| ()),
        keys.preview_deletion(&program, &outside).await.map(|_| ()),
        keys.delete(&program, &outside).await.map(|_| ()),
    ] {
        assert!(
            matches!(&outcome, Err(Error::NotFound(NotFound::Key(id))) if *id == outside)
                || matches!(outcome, Err(Error::Invalid(_))),
            "{outcome:?}"
        );
    }
    let kept = keys
        .details(&Actor::command_line(), &outside, &query, Range::Day, Separator::Comma)
        .await;
    assert!(kept.is_ok());
    let renamed = keys
        .edit(&program, &inside, &FormValues::from([("name", "Store")]))
        .await;
    assert!(matches!(renamed, Ok(EditOutcome::Saved { .. })), "{renamed:?}");
}

#[tokio::test]
async fn a_key_is_created_in_its_environments_only() {
    let (test, program, ..) = two_environments().await;
    let form = |environment| {
        FormValues::from([
            ("name", "Shop"),
            ("environment", environment),
            ("endpoints", "all"),
            ("expires", "never"),
        ])
    };
    let refused = test.services.keys.create(&program, &form("default")).await;
    assert_eq!(error_of(refused, "environment"), "Choose an environment.");
    test.services.keys.create(&program, &form("staging")).await.unwrap();
    let refused = test
        .services
        .keys
        .create_many(&program, &new_key("Shop", Grant::All), 1)
        .await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
}

#[tokio::test]
async fn other_environments_are_not_listed() {
    let (test, program, ..) = two_environments().await;
    let environments = &test.services.environments;
    let selectable = environments.list_selectable(&program).await.unwrap();
    let names: Vec<&str> = selectable.iter().map(|known| known.name.as_str()).collect();
    assert_eq!(names, ["staging"]);
    let summaries = environments
        .list_summaries(&program, &ListQuery::default())
        .await
        .unwrap();
    assert_eq!((summaries.environments.len(), summaries.paging.total), (1, 1));
}

#[tokio::test]
async fn usage_is_that_of_its_environments() {
    let (test, program, inside, outside) = two_environments().await;
    let report = async |environment: &str, key: &str| {
        let query = UsageQuery {
            environment: Some(environment.to_owned()),
            key: key.to_owned(),
            ..UsageQuery::default()
        };
        let report = test.services.usage.report(&program, &query).await;
        let export = test.services.usage.begin_export(&program, &query).await;
        assert_eq!(report.is_ok(), export.is_ok(), "{environment} {key}");
        report.map(|_| ())
    };
    for (environment, key) in [("", ""), ("staging", ""), ("", inside.as_str())] {
        report(environment, key).await.unwrap();
    }
    // A customer's requests elsewhere are left out.
    let of_customer = |environment: &str| UsageQuery {
        environment: Some(environment.to_owned()),
        customer: "cus_0123456789".to_owned(),
        ..UsageQuery::default()
    };
    let inside_only = test.services.usage.report(&program, &of_customer("")).await.unwrap();
    assert_eq!(inside_only.environment, "staging");
    assert!(
        test.services
            .usage
            .report(&program, &of_customer("default"))
            .await
            .is_err()
    );
    // A name is that of a key in its environments, whatever others have.
    let by_name = UsageQuery {
        key: "shop".to_owned(),
        ..UsageQuery::default()
    };
    let found = test.services.usage.report(&program, &by_name).await.unwrap();
    assert_eq!(found.key.unwrap().id, inside);
    for (environment, key) in [("default", ""), ("", outside.as_str()), ("staging", outside.as_str())] {
        let refused = report(environment, key).await;
        assert!(
            matches!(refused, Err(Error::Forbidden(Forbidden::BeyondEnvironments))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn home_shows_its_environments_only() {
    let (test, program, ..) = two_environments().await;
    for (environment, keys) in [("", 1), ("staging", 1), ("default", 0)] {
        let page = test
            .services
            .home
            .page(&program, environment, Separator::Comma)
            .await
            .unwrap();
        assert_eq!(page.total(), keys, "{environment:?}");
        assert_eq!(page.changes, None, "the audit log reaches beyond its environments");
    }
}

#[tokio::test]
async fn what_reaches_beyond_an_environment_is_refused() {
    let (test, program, ..) = two_environments().await;
    let services = &test.services;
    let profile = ProfileForm::of(
        &Content {
            name: "Strict".to_owned(),
            ..Content::blank()
        },
        0,
    );
    let environment = EnvironmentForm {
        name: "new".to_owned(),
        kind: "live".to_owned(),
    };
    for outcome in [
        services.profiles.create(&program, &profile).await.map(|_| ()),
        services.endpoints.retire(&program, "chat").await.map(|_| ()),
        services.environments.create(&program, &environment).await.map(|_| ()),
        services
            .environments
            .list(&program, &ListQuery::default())
            .await
            .map(|_| ()),
        services.audit.verify_chain(&program).await.map(|_| ()),
    ] {
        assert!(
            matches!(outcome, Err(Error::Forbidden(Forbidden::BeyondEnvironments))),
            "{outcome:?}"
        );
    }
}
