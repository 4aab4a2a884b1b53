//! The report over time, by endpoint and by key, and its export.

mod customers;
mod export;
mod keys;
mod totals;

use crate::common::{TestBackend, create, new_key};
use backend::audit::Actor;
use backend::keys::{NewKey, NewKeyWithToken};
use model::endpoint::Grant;
use model::environment::EnvironmentForm;
use model::time::{DAY, HOUR};
use model::usage::{Range, UsageQuery, UsageReport};
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
         WHERE true ON CONFLICT (environment_id, hour, endpoint_name, code) DO UPDATE SET count = usage_totals.count + excluded.count"
    );
    db.execute_unprepared(&total).await.unwrap();
}
