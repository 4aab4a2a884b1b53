//! Complete days are summed up, and old counts are removed.

use crate::common::database::number;
use crate::common::{TestBackend, code, create, new_key};
use backend::audit::Actor;
use model::endpoint::Grant;
use model::time::{DAY, HOUR, SECOND};
use model::usage::{KEPT_DAYS, UsageQuery};
use model::verify::Code;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

/// A backend early on a day, and the number of that day.
async fn early_on_a_day() -> (TestBackend, i64) {
    let test = TestBackend::new().await;
    let today = go_to_half_past_midnight(&test).await;
    (test, today)
}

async fn go_to_half_past_midnight(test: &TestBackend) -> i64 {
    test.services.cluster.load_index().await.unwrap();
    let now = test.services.now().0;
    test.pass(DAY - now.rem_euclid(DAY) + HOUR / 2).await;
    test.services.now().0 / DAY
}

/// Inserts the counts of an hour directly.
async fn put(db: &DatabaseConnection, hour: i64, key: &str, count: i64) {
    let sql = format!("INSERT INTO usage_hours VALUES ({hour}, '{key}', 'chat', 'VALID', {count})");
    db.execute_unprepared(&sql).await.unwrap();
}

/// The day, the key and the count of each daily sum.
async fn days(db: &DatabaseConnection) -> Vec<(i64, String, i64)> {
    let sql = "SELECT day, key_id, count FROM usage_days ORDER BY day, key_id, endpoint_name, code";
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .unwrap();
    let row = |row: sea_orm::QueryResult| {
        (
            row.try_get_by_index(0).unwrap(),
            row.try_get_by_index(1).unwrap(),
            row.try_get_by_index(2).unwrap(),
        )
    };
    rows.into_iter().map(row).collect()
}

#[tokio::test]
async fn a_day_is_summed_up_an_hour_after_it_has_ended() {
    let (test, today) = early_on_a_day().await;
    let db = test.connect_directly().await;
    let yesterday = today - 1;
    put(&db, yesterday * 24 - 1, "key_a", 1).await;
    put(&db, yesterday * 24, "key_a", 2).await;
    put(&db, yesterday * 24 + 23, "key_a", 4).await;
    put(&db, yesterday * 24 + 23, "key_b", 8).await;
    put(&db, today * 24, "key_a", 16).await;
    let told = |rows: &[(i64, &str, i64)]| -> Vec<_> {
        rows.iter()
            .map(|(day, key, count)| (*day, (*key).to_owned(), *count))
            .collect()
    };
    // It is half an hour after the end of a day. That day is not due yet, but the day before it is.
    test.services.usage.apply_retention().await.unwrap();
    assert_eq!(days(&db).await, told(&[(yesterday - 1, "key_a", 1)]));
    test.clock.advance(HOUR / 2 - SECOND);
    test.services.usage.apply_retention().await.unwrap();
    assert_eq!(days(&db).await.len(), 1);
    // Late counts are included.
    put(&db, yesterday * 24 + 22, "key_a", 32).await;
    test.clock.advance(SECOND);
    test.services.usage.apply_retention().await.unwrap();
    let summed = told(&[
        (yesterday - 1, "key_a", 1),
        (yesterday, "key_a", 38),
        (yesterday, "key_b", 8),
    ]);
    assert_eq!(days(&db).await, summed);
    // Summing up a second time, on this node or another, changes nothing.
    test.services.usage.apply_retention().await.unwrap();
    test.another(2).await.usage.apply_retention().await.unwrap();
    assert_eq!(days(&db).await, summed);
    assert_eq!(number(&db, "SELECT last_day FROM usage_progress").await, yesterday);
    assert_eq!(
        number(&db, "SELECT CAST(sum(count) AS bigint) FROM usage_hours").await,
        63,
        "the hourly counts stay"
    );
}

#[tokio::test]
async fn a_server_that_was_away_catches_up_day_by_day() {
    let (test, today) = early_on_a_day().await;
    let db = test.connect_directly().await;
    for back in [90, 60, 1] {
        put(&db, (today - back) * 24 + 5, "key_a", back).await;
    }
    test.clock.advance(HOUR);
    test.services.usage.apply_retention().await.unwrap();
    let summed: Vec<(i64, i64)> = days(&db)
        .await
        .into_iter()
        .map(|(day, _, count)| (day, count))
        .collect();
    assert_eq!(summed, [(today - 90, 90), (today - 60, 60), (today - 1, 1)]);
}

#[tokio::test]
async fn uses_stored_after_their_day_was_summed_up_are_in_the_sum() {
    let test = TestBackend::new().await;
    // Created before the server starts, the key is ACTIVE at once.
    let shop = create(&test.services, &new_key("Shop", Grant::All)).await;
    let today = go_to_half_past_midnight(&test).await;
    assert_eq!(code(&test.services, &shop.token, "chat"), Code::Valid);
    let db = test.connect_directly().await;
    put(&db, today * 24, shop.id.as_str(), 2).await;
    put(&db, today * 24, "key_other", 5).await;
    // The machine sleeps over the next night. The days are summed up before old counts are removed.
    test.clock.advance(DAY + HOUR);
    test.services.usage.apply_retention().await.unwrap();
    let counts = |rows: Vec<(i64, String, i64)>| -> Vec<_> { rows.into_iter().map(|(_, _, count)| count).collect() };
    assert_eq!(number(&db, "SELECT last_day FROM usage_progress").await, today);
    let mut before = counts(days(&db).await);
    before.sort_unstable();
    assert_eq!(before, [2, 5]);
    test.services.usage.flush().await.unwrap();
    let mut after = counts(days(&db).await);
    after.sort_unstable();
    assert_eq!(after, [3, 5]);
}

#[tokio::test]
async fn without_counts_nothing_is_summed_up() {
    let (test, _) = early_on_a_day().await;
    test.services.usage.apply_retention().await.unwrap();
    let db = test.connect_directly().await;
    assert_eq!(number(&db, "SELECT count(*) FROM usage_progress").await, 0);
}

#[tokio::test]
async fn a_day_is_summed_up_for_all_keys_including_deleted_ones() {
    let (test, today) = early_on_a_day().await;
    let by = Actor::command_line();
    let new = new_key("Batch", Grant::All);
    test.services.keys.create_many(&by, &new, 2_345).await.unwrap();
    let db = test.connect_directly().await;
    // Every key has counts in two hours. So have deleted keys whose IDs sort before, between and after theirs.
    for hour in [(today - 1) * 24, (today - 1) * 24 + 23] {
        let all = format!("INSERT INTO usage_hours SELECT {hour}, id, 'chat', 'VALID', 3 FROM api_keys");
        db.execute_unprepared(&all).await.unwrap();
        for gone in ["key_0000000000", "key_V000000000", "key_zzzzzzzzzz"] {
            put(&db, hour, gone, 3).await;
        }
    }
    test.clock.advance(HOUR);
    test.services.usage.apply_retention().await.unwrap();
    let summed = days(&db).await;
    assert_eq!(summed.len(), 2_345 + 3);
    assert!(summed.iter().all(|(_, _, count)| *count == 6));
}

#[tokio::test]
async fn only_counts_older_than_400_days_are_removed() {
    let (test, today) = early_on_a_day().await;
    let db = test.connect_directly().await;
    let first = today - KEPT_DAYS;
    // There are more than two batches of hourly and of daily counts.
    let many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 12345)";
    for (table, at) in [("usage_hours", first * 24 - 1), ("usage_days", first - 1)] {
        let sql = format!("{many} INSERT INTO {table} SELECT {at} - n % 3, 'key_' || n, 'chat', 'VALID', 1 FROM n");
        db.execute_unprepared(&sql).await.unwrap();
    }
    let kept = format!(
        "INSERT INTO usage_hours VALUES ({hour}, 'key_a', 'chat', 'VALID', 1);
         INSERT INTO usage_days VALUES ({first}, 'key_a', 'chat', 'VALID', 1);
         INSERT INTO usage_totals SELECT id, {hour}, 'chat', 'VALID', 1 FROM environments;
         INSERT INTO usage_totals SELECT id, {hour} - 1, 'chat', 'VALID', 1 FROM environments;
         INSERT INTO usage_totals VALUES ('', {hour}, 'chat', 'NOT_FOUND', 1);
         INSERT INTO usage_totals VALUES ('', {hour} - 1, 'chat', 'NOT_FOUND', 1)",
        hour = first * 24
    );
    db.execute_unprepared(&kept).await.unwrap();
    test.services.usage.apply_retention().await.unwrap();
    for (table, rows) in [("usage_hours", 1), ("usage_totals", 2)] {
        assert_eq!(
            number(&db, &format!("SELECT count(*) FROM {table}")).await,
            rows,
            "{table}"
        );
        assert_eq!(
            number(&db, &format!("SELECT min(hour) FROM {table}")).await,
            first * 24,
            "{table}"
        );
    }
    assert_eq!(number(&db, "SELECT count(*) FROM usage_days WHERE day < 0").await, 0);
    assert_eq!(number(&db, "SELECT min(day) FROM usage_days").await, first);
    // A day later the counts of the oldest day are removed.
    test.clock.advance(DAY);
    test.services.usage.apply_retention().await.unwrap();
    for table in ["usage_hours", "usage_totals"] {
        assert_eq!(
            number(&db, &format!("SELECT count(*) FROM {table}")).await,
            0,
            "{table}"
        );
    }
}

#[tokio::test]
async fn summing_up_days_does_not_change_the_report() {
    let (test, today) = early_on_a_day().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    test.services.cluster.load_index().await.unwrap();
    let db = test.connect_directly().await;
    let every_seventh = format!(
        "WITH RECURSIVE h (h) AS (SELECT {} UNION ALL SELECT h + 7 FROM h WHERE h + 7 < {})
         INSERT INTO usage_hours SELECT h, '{}', 'chat', 'VALID', h % 11 + 1 FROM h",
        (today - 420) * 24,
        today * 24,
        key.id
    );
    db.execute_unprepared(&every_seventh).await.unwrap();
    test.clock.advance(HOUR);
    test.services.cluster.load_index().await.unwrap();
    code(&test.services, &key.token, "chat");
    let asked: Vec<UsageQuery> = ["24h", "7d", "30d", "400d"]
        .into_iter()
        .flat_map(|range| {
            ["", key.id.as_str()].map(|key| UsageQuery {
                range: range.to_owned(),
                key: key.to_owned(),
                ..UsageQuery::default()
            })
        })
        .collect();
    let mut before = Vec::new();
    for query in &asked {
        before.push(test.services.usage.report(&Actor::command_line(), query).await.unwrap());
    }
    test.services.usage.apply_retention().await.unwrap();
    assert!(number(&db, "SELECT count(*) FROM usage_days").await > 300);
    for (query, before) in asked.iter().zip(before) {
        let after = test.services.usage.report(&Actor::command_line(), query).await.unwrap();
        assert_eq!(after, before, "{query:?}");
        let requests: u64 = after.keys.iter().chain(&after.key).map(|key| key.requests).sum();
        assert!(requests > 0, "{query:?}");
    }
}
