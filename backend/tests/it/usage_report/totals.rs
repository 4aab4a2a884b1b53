//! The sums of the report: over time, by outcome and by endpoint, and filtered.

use super::{ask, backend_with_two_keys, put, report};
use crate::common::code;
use backend::Error;
use backend::audit::Actor;
use model::time::{DAY, HOUR, Timestamp};
use model::usage::{Range, RequestOutcome, UsageQuery, UsageReport};

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
    // The endpoints with the most requests come first.
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
            ("image", "Image", 6, 6),
            ("chat", "Chat", 4, 1),
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

fn days(from: &str, to: &str) -> UsageQuery {
    UsageQuery {
        from: from.to_owned(),
        to: to.to_owned(),
        ..UsageQuery::default()
    }
}

#[tokio::test]
async fn any_days_are_reported_whole_and_alone() {
    let (test, shop, _) = backend_with_two_keys().await;
    let today = test.services.now().0.div_euclid(DAY);
    let day = |back: i64| Timestamp((today - back) * DAY).iso_date();
    // Requests in the first and the last hour of two days, and in the hours around them.
    let (first, last) = ((today - 3) * 24, (today - 1) * 24 - 1);
    for (hour, count) in [
        (first - 1, 1_000),
        (first, 1),
        (first + 23, 2),
        (last, 4),
        (last + 1, 1_000),
    ] {
        put(&test, hour, shop.id.as_str(), "default", ("chat", "VALID", count)).await;
    }
    // Also once these days are summed up.
    for _ in ["from hours", "from days"] {
        for key in [String::new(), shop.id.to_string()] {
            let query = UsageQuery {
                key,
                ..days(&day(3), &day(2))
            };
            let both = report(&test, query).await;
            assert_eq!((both.buckets.len(), both.range.step()), (48, "hour"));
            assert_eq!(both.total().total(), 7);
            assert_eq!(told(&both).len(), 3);
            assert!(!both.is_running());
            if both.key.is_none() {
                assert_eq!(both.keys[0].requests, 7);
                assert_eq!(both.endpoints[0].counts.total(), 7);
            }
        }
        let one = report(&test, days(&day(2), &day(2))).await;
        assert_eq!((one.buckets.len(), one.total().total()), (24, 4));
        let week = report(&test, days(&day(9), &day(2))).await;
        assert_eq!((week.range.step(), week.total().total()), ("6 hours", 1_007));
        let months = report(&test, days(&day(100), "")).await;
        assert_eq!((months.range.step(), months.total().total()), ("week", 2_007));
        assert!(months.is_running());
        test.services.usage.apply_retention().await.unwrap();
    }
    // It is 02:30: the third hour has begun.
    let now = report(&test, days(&day(0), &day(0))).await;
    assert_eq!((now.buckets.len(), now.total().total()), (3, 0));
    assert!(now.is_running());
}

#[tokio::test]
async fn days_that_cannot_be_reported_are_named() {
    let (test, ..) = backend_with_two_keys().await;
    let today = test.services.now().0.div_euclid(DAY);
    let day = |back: i64| Timestamp((today - back) * DAY).iso_date();
    for (from, to, sentence) in [
        ("yesterday".to_owned(), String::new(), "From is not a day"),
        (String::new(), "2026-02-30".to_owned(), "To is not a day"),
        (day(1), day(2), "From is after To"),
        (day(-1), String::new(), "has not begun"),
        (day(400), String::new(), "kept for 400 days"),
    ] {
        let query = days(&from, &to);
        let refused = test.services.usage.report(&Actor::command_line(), &query).await;
        assert!(
            refused
                .as_ref()
                .is_err_and(|error| error.to_string().contains(sentence)),
            "{from} {to}: {refused:?}"
        );
    }
    assert_eq!(report(&test, days(&day(399), &day(-1))).await.range.step(), "week");
}
