//! The report over time, by endpoint and by key, and its export.

use crate::common::{TestBackend, code, create, new_key};
use backend::Error;
use backend::audit::Actor;
use backend::keys::{NewKey, NewKeyWithToken};
use model::endpoint::Grant;
use model::environment::EnvironmentForm;
use model::list::ListQuery;
use model::time::{DAY, HOUR, Timestamp};
use model::usage::{Range, RequestOutcome, UsageQuery, UsageReport, UsedKeyName};
use sea_orm::ConnectionTrait;

/// A backend at 02:30 UTC, with an ACTIVE key in `default` and an ACTIVE key in `staging`.
async fn backend_with_two_keys() -> (TestBackend, NewKeyWithToken, NewKeyWithToken) {
    let test = TestBackend::new().await;
    let now = test.services.now().0;
    test.clock.advance(DAY - now.rem_euclid(DAY) + 2 * HOUR + HOUR / 2);
    let by = Actor::command_line();
    let staging = EnvironmentForm {
        name: "staging".to_owned(),
        kind: "test".to_owned(),
    };
    test.services.environments.create(&by, &staging).await.unwrap();
    let shop = create(&test.services, &new_key("Shop", Grant::Only(vec!["chat".to_owned()]))).await;
    let staging_key = NewKey {
        environment: "staging".to_owned(),
        ..new_key("=Tests", Grant::All)
    };
    let staging_key = create(&test.services, &staging_key).await;
    test.services.cluster.load_index().await.unwrap();
    (test, shop, staging_key)
}

fn ask(range: Range) -> UsageQuery {
    UsageQuery {
        range: range.slug().to_owned(),
        ..UsageQuery::default()
    }
}

async fn report(test: &TestBackend, query: UsageQuery) -> UsageReport {
    test.services
        .usage
        .report(&Actor::command_line(), &query)
        .await
        .unwrap()
}

/// Each step of a report: how many hours ago it is, and its requests by outcome.
fn told(report: &UsageReport) -> Vec<(i64, Vec<(RequestOutcome, u64)>)> {
    report
        .buckets
        .iter()
        .filter(|bucket| bucket.counts.total() > 0)
        .map(|bucket| {
            let counts = RequestOutcome::ALL.map(|outcome| (outcome, bucket.counts.of(outcome)));
            let counts = counts.into_iter().filter(|(_, count)| *count > 0).collect();
            (report.now.since(bucket.start) / HOUR, counts)
        })
        .collect()
}

/// Inserts counts directly into both tables that count by the hour.
async fn put(test: &TestBackend, hour: i64, key: &str, environment: &str, what: (&str, &str, i64)) {
    let (endpoint, code, count) = what;
    let db = test.connect_directly().await;
    let of_key = format!("INSERT INTO usage_hours VALUES ({hour}, '{key}', '{endpoint}', '{code}', {count})");
    if !key.is_empty() {
        db.execute_unprepared(&of_key).await.unwrap();
    }
    let total = format!(
        "INSERT INTO usage_totals SELECT COALESCE((SELECT id FROM environments WHERE name = '{environment}'), ''),
            {hour}, '{endpoint}', '{code}', {count}
         WHERE true ON CONFLICT DO UPDATE SET count = usage_totals.count + excluded.count"
    );
    db.execute_unprepared(&total).await.unwrap();
}

#[tokio::test]
async fn requests_are_reported_by_time_and_outcome() {
    use RequestOutcome::{Allowed, NotActive, NotPermitted, RateLimited};
    let (test, shop, _) = backend_with_two_keys().await;
    code(&test.services, &shop.token, "chat");
    code(&test.services, &shop.token, "chat");
    code(&test.services, &shop.token, "image");
    code(&test.services, &shop.token, "no-such");
    test.pass(3 * HOUR).await;
    code(&test.services, &shop.token, "chat");
    let by = Actor::command_line();
    test.services.keys.disable(&by, &shop.id).await.unwrap();
    code(&test.services, &shop.token, "chat");
    let now = test.services.now().0 / HOUR;
    put(&test, now, shop.id.as_str(), "default", ("image", "RATE_LIMITED", 5)).await;

    let day = report(&test, ask(Range::Day)).await;
    assert_eq!(day.buckets.len(), 24);
    assert_eq!(
        told(&day),
        [
            (3, vec![(Allowed, 2), (NotPermitted, 2)]),
            (0, vec![(Allowed, 1), (RateLimited, 5), (NotActive, 1)]),
        ]
    );
    assert_eq!((day.total().total(), day.total().refused()), (11, 8));
    assert_eq!(day.peak().unwrap().counts.total(), 7);
    // Endpoints have the order of the catalogue. Requests without an endpoint come last.
    let endpoints: Vec<(&str, &str, u64, u64)> = day
        .endpoints
        .iter()
        .map(|used| {
            (
                used.name.as_str(),
                used.title.as_str(),
                used.counts.total(),
                used.counts.refused(),
            )
        })
        .collect();
    assert_eq!(
        endpoints,
        [
            ("chat", "Chat", 4, 1),
            ("image", "Image", 6, 6),
            ("", "No endpoint", 1, 1)
        ]
    );
    // These requests in longer steps.
    for range in [Range::Week, Range::Month, Range::All] {
        let report = report(&test, ask(range)).await;
        assert_eq!(report.buckets.len(), range.starts(report.now).len());
        assert_eq!(report.total(), day.total(), "{range:?}");
        assert_eq!(report.buckets.last().unwrap().counts, day.total(), "{range:?}");
    }
}

#[tokio::test]
async fn a_range_begins_at_the_right_time() {
    let (test, shop, _) = backend_with_two_keys().await;
    let now = test.services.now();
    let hour = now.0 / HOUR;
    for range in Range::ALL {
        let first = range.starts(now)[0].0 / HOUR;
        for (hour, count) in [(first, 1), (first - 1, 1_000)] {
            put(&test, hour, shop.id.as_str(), "default", ("chat", "VALID", count)).await;
        }
        let of_all = report(&test, ask(range)).await;
        let of_key = UsageQuery {
            key: shop.id.to_string(),
            ..ask(range)
        };
        let of_key = report(&test, of_key).await;
        let inside = of_all.buckets[0].counts.total();
        assert_eq!((inside, of_key.buckets[0].counts.total()), (1, 1), "{range:?}");
        assert_eq!(of_all.keys[0].requests, of_all.total().total(), "{range:?}");
        assert!(first <= hour);
    }
}

#[tokio::test]
async fn the_report_is_filtered_by_environment_endpoint_and_key() {
    let (test, shop, staging_key) = backend_with_two_keys().await;
    let now = test.services.now().0 / HOUR;
    put(&test, now, shop.id.as_str(), "default", ("chat", "VALID", 3)).await;
    put(&test, now, staging_key.id.as_str(), "staging", ("chat", "VALID", 2)).await;
    put(&test, now, staging_key.id.as_str(), "staging", ("image", "VALID", 4)).await;
    put(&test, now, staging_key.id.as_str(), "staging", ("", "FORBIDDEN", 8)).await;
    put(&test, now, "", "", ("chat", "NOT_FOUND", 16)).await;
    let sum = async |environment: &str, key: &str, endpoint: &str| {
        let query = UsageQuery {
            environment: Some(environment.to_owned()),
            key: key.to_owned(),
            endpoint: endpoint.to_owned(),
            ..ask(Range::Day)
        };
        let report = report(&test, query).await;
        let keys: u64 = report.keys.iter().map(|key| key.requests).sum();
        (report.total().total(), keys)
    };
    // Unknown tokens belong to no key and to no environment.
    assert_eq!(sum("", "", "").await, (33, 17));
    assert_eq!(sum("default", "", "").await, (3, 3));
    assert_eq!(sum("staging", "", "").await, (14, 14));
    assert_eq!(sum("no-such", "", "").await, (0, 0));
    assert_eq!(sum("", "", "chat").await, (21, 5));
    assert_eq!(sum("staging", "", "-").await, (8, 8));
    // The requests of a key are reported even if another environment is chosen.
    assert_eq!(sum("default", staging_key.id.as_str(), "").await, (14, 0));
    assert_eq!(sum("", staging_key.id.as_str(), "image").await, (4, 0));
    assert_eq!(sum("", "key_0000000000", "").await, (0, 0));
}

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
async fn unknown_values_are_reported_in_words() {
    let (test, _, _) = backend_with_two_keys().await;
    let odd = [
        UsageQuery {
            range: "a fortnight".to_owned(),
            ..UsageQuery::default()
        },
        UsageQuery {
            key: "Nobody".to_owned(),
            ..UsageQuery::default()
        },
    ];
    for query in odd {
        let refused = test
            .services
            .usage
            .report(&Actor::command_line(), &query)
            .await
            .unwrap_err();
        assert!(matches!(refused, Error::InvalidQuery(_)), "{refused:?}");
        let refused = test
            .services
            .usage
            .begin_export(&Actor::command_line(), &query)
            .await
            .unwrap_err();
        assert!(matches!(refused, Error::InvalidQuery(_)), "{refused:?}");
    }
    let empty = report(&test, UsageQuery::default()).await;
    assert_eq!((empty.range, empty.ever, empty.total().total()), (Range::Day, false, 0));
    assert_eq!(empty.peak(), None);
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

/// The whole export.
async fn csv(test: &TestBackend, query: UsageQuery) -> Vec<String> {
    let mut export = test
        .services
        .usage
        .begin_export(&Actor::command_line(), &query)
        .await
        .unwrap();
    let mut csv = String::new();
    while let Some(lines) = test.services.usage.export_lines(&mut export).await.unwrap() {
        assert!(!lines.is_empty());
        csv.push_str(&lines);
    }
    assert!(csv.ends_with("\r\n"), "{csv:?}");
    let mut lines: Vec<String> = csv.split("\r\n").map(str::to_owned).collect();
    lines.pop();
    assert_eq!(
        lines.remove(0),
        "start,period,key_id,key_name,environment,endpoint,code,requests"
    );
    lines
}

/// A line of the export, with every field quoted.
fn quoted(line: &str) -> String {
    let fields: Vec<String> = line.split(',').map(|field| format!("\"{field}\"")).collect();
    fields.join(",")
}

#[tokio::test]
async fn an_export_has_one_line_for_each_count() {
    let (test, shop, staging_key) = backend_with_two_keys().await;
    let now = test.services.now();
    let hour = now.0 / HOUR;
    put(&test, hour - 30, shop.id.as_str(), "default", ("chat", "VALID", 5)).await;
    put(&test, hour - 1, shop.id.as_str(), "default", ("chat", "VALID", 3)).await;
    put(&test, hour, shop.id.as_str(), "default", ("chat", "VALID", 4)).await;
    put(&test, hour, staging_key.id.as_str(), "staging", ("", "FORBIDDEN", 1)).await;
    put(&test, hour, "", "", ("chat", "NOT_FOUND", 2)).await;
    let at = |hour: i64| Timestamp(hour * HOUR).rfc3339();
    let shop_line = |start: &str, period: &str, count: i64| {
        quoted(&format!("{start},{period},{},Shop,default,chat,VALID,{count}", shop.id))
    };
    let tests_line = |start: &str, period: &str| {
        quoted(&format!(
            "{start},{period},{},'=Tests,staging,,FORBIDDEN,1",
            staging_key.id
        ))
    };
    let mut by_hour = vec![
        shop_line(&at(hour - 1), "hour", 3),
        shop_line(&at(hour), "hour", 4),
        tests_line(&at(hour), "hour"),
        quoted(&format!("{},hour,,,,chat,NOT_FOUND,2", at(hour))),
    ];
    by_hour.sort();
    let mut found = csv(&test, ask(Range::Day)).await;
    found.sort();
    assert_eq!(found, by_hour);
    // It is 02:30, so the counts belong to the day before yesterday and to today.
    let today = at(hour - 2);
    let mut by_day = vec![
        shop_line(&at(hour - 50), "day", 5),
        shop_line(&today, "day", 7),
        tests_line(&today, "day"),
        quoted(&format!("{today},day,,,,chat,NOT_FOUND,2")),
    ];
    by_day.sort();
    for _ in ["from hours", "from days"] {
        let mut found = csv(&test, ask(Range::Month)).await;
        found.sort();
        assert_eq!(found, by_day);
        test.services.usage.apply_retention().await.unwrap();
    }
    let narrowed = |key: &str, environment: &str, endpoint: &str| UsageQuery {
        key: key.to_owned(),
        environment: Some(environment.to_owned()),
        endpoint: endpoint.to_owned(),
        ..ask(Range::Day)
    };
    assert_eq!(
        csv(&test, narrowed("", "staging", "")).await,
        [tests_line(&at(hour), "hour")]
    );
    assert_eq!(csv(&test, narrowed("", "", "-")).await, [tests_line(&at(hour), "hour")]);
    assert_eq!(
        csv(&test, narrowed(staging_key.id.as_str(), "", "")).await,
        [tests_line(&at(hour), "hour")]
    );
    assert_eq!(csv(&test, narrowed("", "no-such", "")).await, <[String; 0]>::default());
}

#[tokio::test]
async fn a_long_export_is_complete_and_comes_in_pieces() {
    let (test, _, _) = backend_with_two_keys().await;
    let hour = test.services.now().0 / HOUR;
    let db = test.connect_directly().await;
    for hour in [hour - 3, hour - 1] {
        let sql = format!(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10000)
             INSERT INTO usage_hours SELECT {hour}, printf('key_%010d', n), 'chat', 'VALID', n FROM n"
        );
        db.execute_unprepared(&sql).await.unwrap();
    }
    for (range, lines) in [(Range::Day, 20_000), (Range::Month, 20_000)] {
        let found = csv(&test, ask(range)).await;
        assert_eq!(found.len(), lines, "{range:?}");
        assert_eq!(
            found.iter().collect::<std::collections::BTreeSet<_>>().len(),
            lines,
            "{range:?}"
        );
    }
    let mut export = test
        .services
        .usage
        .begin_export(&Actor::command_line(), &ask(Range::Day))
        .await
        .unwrap();
    let header = test.services.usage.export_lines(&mut export).await.unwrap().unwrap();
    assert_eq!(header.lines().count(), 1, "the header comes first");
    let piece = test.services.usage.export_lines(&mut export).await.unwrap().unwrap();
    assert!(
        piece.lines().count() < 6_000,
        "a slow reader holds one piece, not the whole export"
    );
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
