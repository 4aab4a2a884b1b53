//! The report as CSV.

use super::{ask, backend_with_two_keys, put};
use crate::common::TestBackend;
use backend::audit::Actor;
use model::time::{DAY, HOUR, Timestamp};
use model::usage::{Range, UsageQuery};
use sea_orm::ConnectionTrait;

/// The whole export.
async fn csv(test: &TestBackend, query: UsageQuery) -> Vec<String> {
    let header = "start,period,key_id,key_name,environment,endpoint,code,requests";
    csv_of(test, query, header).await
}

/// The whole export, which has this header.
pub(super) async fn csv_of(test: &TestBackend, query: UsageQuery, header: &str) -> Vec<String> {
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
    assert_eq!(lines.remove(0), header);
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
async fn days_are_exported_by_the_hour_or_by_the_day() {
    let (test, shop, _) = backend_with_two_keys().await;
    let today = test.services.now().0.div_euclid(DAY);
    let day = |back: i64| Timestamp((today - back) * DAY).iso_date();
    let hour = (today - 3) * 24;
    for (hour, count) in [(hour - 1, 1), (hour, 2), (hour + 23, 3), (hour + 24, 4)] {
        put(&test, hour, shop.id.as_str(), "default", ("chat", "VALID", count)).await;
    }
    let days = |from: i64, to: i64| UsageQuery {
        from: day(from),
        to: day(to),
        ..UsageQuery::default()
    };
    // The last field of each line, which is the number of requests, and the second one, which is the period.
    let told = async |query: UsageQuery| {
        let lines = csv(&test, query).await;
        let told = lines.iter().map(|line| {
            let fields: Vec<&str> = line.split("\",\"").collect();
            format!("{} {}", fields[1], fields[fields.len() - 1].trim_end_matches('"'))
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(told(days(3, 3)).await, ["hour 2", "hour 3"]);
    for _ in ["from hours", "from days"] {
        assert_eq!(told(days(30, 3)).await, ["day 1", "day 5"]);
        test.services.usage.apply_retention().await.unwrap();
    }
    let begun = test
        .services
        .usage
        .begin_export(&Actor::command_line(), &days(3, 3))
        .await;
    assert_eq!(begun.unwrap().range().name(), format!("{0}_{0}", day(3)));
}

#[tokio::test]
async fn a_long_export_is_complete_and_comes_in_pieces() {
    let (test, _, _) = backend_with_two_keys().await;
    let hour = test.services.now().0 / HOUR;
    let db = test.connect_directly().await;
    for hour in [hour - 3, hour - 1] {
        let sql = format!(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10000)
             INSERT INTO usage_hours SELECT {hour}, 'key_' || (1000000000 + n), 'chat', 'VALID', n FROM n"
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
