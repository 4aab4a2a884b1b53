//! The keys in the report, and the uses of each key in the list.

use super::{ask, backend_with_two_keys, put, report};
use crate::common::{code, create, new_key};
use backend::Error;
use backend::audit::Actor;
use model::endpoint::Grant;
use model::list::ListQuery;
use model::time::HOUR;
use model::usage::{Range, UsageQuery, UsageReport, UsedKeyName};

#[tokio::test]
async fn the_most_used_keys_come_first_with_their_names() {
    let (test, shop, staging_key) = backend_with_two_keys().await;
    let now = test.services.now().0 / HOUR;
    let environments = test
        .services
        .environments
        .list(&Actor::command_line(), &ListQuery::default())
        .await
        .unwrap()
        .environments;
    let own = environments[1].key_id.clone();
    put(&test, now, shop.id.as_str(), "default", ("chat", "VALID", 3)).await;
    put(&test, now, shop.id.as_str(), "default", ("chat", "FORBIDDEN", 1)).await;
    put(&test, now - 1, staging_key.id.as_str(), "staging", ("chat", "VALID", 9)).await;
    put(&test, now, own.as_str(), "staging", ("chat", "VALID", 2)).await;
    put(&test, now, "key_0000000000", "staging", ("chat", "VALID", 7)).await;
    let list = |name: &str, environment: &str| UsedKeyName::List {
        name: name.to_owned(),
        environment: environment.to_owned(),
    };
    let keys = |report: UsageReport| -> Vec<(UsedKeyName, u64, u64)> {
        let keys = report.keys.into_iter();
        keys.map(|key| (key.of, key.requests, key.refused)).collect()
    };
    assert_eq!(
        keys(report(&test, ask(Range::Day)).await),
        [
            (list("=Tests", "staging"), 9, 0),
            (UsedKeyName::Deleted, 7, 0),
            (list("Shop", "default"), 4, 1),
            (UsedKeyName::Environment("staging".to_owned()), 2, 0),
        ]
    );
    // The environment of a deleted key is no longer known.
    let staging = UsageQuery {
        environment: Some("staging".to_owned()),
        ..ask(Range::Day)
    };
    assert_eq!(
        keys(report(&test, staging).await),
        [
            (list("=Tests", "staging"), 9, 0),
            (UsedKeyName::Environment("staging".to_owned()), 2, 0)
        ]
    );
    let of_key = UsageQuery {
        key: shop.id.to_string(),
        ..ask(Range::Day)
    };
    let of_key = report(&test, of_key).await.key.unwrap();
    assert_eq!(
        (of_key.of, of_key.requests, of_key.refused),
        (list("Shop", "default"), 4, 1)
    );
}

#[tokio::test]
async fn fifty_keys_are_listed() {
    let (test, _, _) = backend_with_two_keys().await;
    let now = test.services.now().0 / HOUR;
    for number in 10..70 {
        let key = format!("key_00000000{number}");
        put(&test, now, &key, "default", ("chat", "VALID", number)).await;
    }
    let report = report(&test, ask(Range::Day)).await;
    let requests: Vec<u64> = report.keys.iter().map(|key| key.requests).collect();
    assert_eq!(requests, (20..70).rev().collect::<Vec<u64>>());
}

#[tokio::test]
async fn the_report_finds_a_key_by_its_name() {
    let (test, shop, _) = backend_with_two_keys().await;
    code(&test.services, &shop.token, "chat");
    let named = |name: &str| UsageQuery {
        key: name.to_owned(),
        ..ask(Range::Day)
    };
    let found = report(&test, named(" sHOP ")).await;
    assert_eq!(found.key.map(|key| key.id), Some(shop.id));
    let refusal = async |name: &str| match test.services.usage.report(&Actor::command_line(), &named(name)).await {
        Err(error @ Error::InvalidQuery(_)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refusal("Sho").await,
        "No key is called “Sho”. Choose one from the list, or enter a key ID like key_8fQ2nLw0Zz."
    );
    create(&test.services, &new_key("shop", Grant::All)).await;
    assert_eq!(
        refusal("Shop").await,
        "Several keys are called “Shop”. Choose one from the list, or enter its ID."
    );
}

#[tokio::test]
async fn the_list_has_a_keys_last_24_hours() {
    let (test, shop, _) = backend_with_two_keys().await;
    let now = test.services.now().0 / HOUR;
    put(&test, now - 24, shop.id.as_str(), "default", ("chat", "VALID", 1_000)).await;
    put(&test, now - 23, shop.id.as_str(), "default", ("chat", "VALID", 2)).await;
    put(&test, now, shop.id.as_str(), "default", ("image", "VALID", 3)).await;
    put(&test, now, shop.id.as_str(), "default", ("chat", "FORBIDDEN", 1_000)).await;
    let rows = test
        .services
        .keys
        .list(&Actor::command_line(), &model::key_list::KeyQuery::default())
        .await
        .unwrap()
        .rows;
    let used = rows.iter().find(|row| row.id == shop.id).unwrap();
    let mut hours = vec![0; 24];
    (hours[0], hours[23]) = (2, 3);
    assert_eq!((used.used_24h, &used.used_by_hour), (5, &hours));
    let unused = rows.iter().find(|row| row.id != shop.id).unwrap();
    assert_eq!((unused.used_24h, unused.used_by_hour.len()), (0, 0));
}
