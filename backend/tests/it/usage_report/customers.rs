//! The report and the export of one customer.

use backend::Error;
use backend::audit::Actor;
use model::customer::{CustomerName, CustomerOutcome, EXTERNAL_ID, NAME};
use model::form_values::FormValues;
use model::time::{DAY, HOUR, Timestamp};
use model::usage::{Range, UsageQuery};
use model::verify::Code;
use sea_orm::ConnectionTrait;

use super::export::csv_of;
use super::{ask, backend_with_two_keys, report};
use crate::common::TestBackend;

async fn customer(test: &TestBackend, external_id: &str, name: &str) -> CustomerName {
    let form = FormValues::from([(EXTERNAL_ID, external_id), (NAME, name)]);
    match test.services.customers.create(&Actor::command_line(), &form).await {
        Ok(CustomerOutcome::Saved { called, .. }) => called,
        other => panic!("{other:?}"),
    }
}

/// Inserts counts of a customer directly.
async fn put(test: &TestBackend, hour: i64, id: &str, environment: &str, what: (&str, Code, i64)) {
    let (endpoint, code, count) = what;
    let code = code.as_str();
    let sql = format!(
        "INSERT INTO customer_usage (customer_id, hour, environment_id, endpoint_name, code, count)
         SELECT '{id}', {hour}, id, '{endpoint}', '{code}', {count} FROM environments WHERE name = '{environment}'"
    );
    test.connect_directly().await.execute_unprepared(&sql).await.unwrap();
}

fn of(customer: &str) -> UsageQuery {
    UsageQuery {
        customer: customer.to_owned(),
        ..ask(Range::Day)
    }
}

#[tokio::test]
async fn a_customer_has_its_own_requests_in_each_range_and_environment() {
    let (test, ..) = backend_with_two_keys().await;
    let acme = customer(&test, "acme-7", "Acme").await;
    let other = customer(&test, "other", "Other").await;
    let now = test.services.now().0 / HOUR;
    let id = acme.id.as_str();
    put(&test, now, id, "default", ("chat", Code::Valid, 4)).await;
    put(&test, now - 1, id, "staging", ("image", Code::RateLimited, 3)).await;
    put(&test, now - 60, id, "default", ("chat", Code::Valid, 20)).await;
    // Added up to the first hour of its day.
    put(
        &test,
        (now - 20 * 24) / 24 * 24,
        id,
        "default",
        ("chat", Code::Valid, 100),
    )
    .await;
    put(
        &test,
        (now - 100 * 24) / 24 * 24,
        id,
        "default",
        ("", Code::Forbidden, 1_000),
    )
    .await;
    put(&test, now, other.id.as_str(), "default", ("chat", Code::Valid, 7)).await;
    let total = async |query: UsageQuery| report(&test, query).await.total().total();
    for (range, expected) in [
        (Range::Day, 7),
        (Range::Week, 27),
        (Range::Month, 127),
        (Range::All, 1_127),
    ] {
        let query = UsageQuery {
            range: range.slug().to_owned(),
            ..of(id)
        };
        assert_eq!(total(query).await, expected, "{range:?}");
    }
    let narrowed = |environment: &str, endpoint: &str| UsageQuery {
        environment: Some(environment.to_owned()),
        endpoint: endpoint.to_owned(),
        ..of(id)
    };
    assert_eq!(total(narrowed("staging", "")).await, 3);
    assert_eq!(total(narrowed("default", "")).await, 4);
    assert_eq!(total(narrowed("no-such", "")).await, 0);
    assert_eq!(total(narrowed("", "image")).await, 3);

    let report = report(&test, of("external:acme-7")).await;
    assert_eq!(report.customer.unwrap().called, Some(acme.clone()));
    assert!(report.keys.is_empty(), "its requests are not counted by key");
    assert_eq!(report.endpoints.len(), 2);
    assert!(report.any_customers);
    for named in ["acme-7", " acme ", "ACME"] {
        assert_eq!(total(of(named)).await, 7, "{named}");
    }
}

#[tokio::test]
async fn days_whose_hours_were_added_up_are_reported_by_day() {
    let (test, ..) = backend_with_two_keys().await;
    let acme = customer(&test, "acme-7", "Acme").await;
    let today = test.services.now().0.div_euclid(DAY);
    let day = |back: i64| Timestamp((today - back) * DAY).iso_date();
    put(
        &test,
        (today - 20) * 24 + 7,
        acme.id.as_str(),
        "default",
        ("chat", Code::Valid, 3),
    )
    .await;
    put(
        &test,
        (today - 2) * 24 + 7,
        acme.id.as_str(),
        "default",
        ("chat", Code::Valid, 4),
    )
    .await;
    let days = |from: i64, to: i64| UsageQuery {
        from: day(from),
        to: day(to),
        range: String::new(),
        ..of(acme.id.as_str())
    };
    for _ in ["by the hour", "added up"] {
        let old = report(&test, days(20, 20)).await;
        assert_eq!(
            (old.range.step(), old.buckets.len(), old.total().total()),
            ("day", 1, 3)
        );
        let recent = report(&test, days(2, 2)).await;
        assert_eq!(
            (recent.range.step(), recent.buckets.len(), recent.total().total()),
            ("hour", 24, 4)
        );
        test.services.usage.apply_retention().await.unwrap();
    }
}

#[tokio::test]
async fn the_requests_of_a_deleted_customer_stay() {
    let (test, ..) = backend_with_two_keys().await;
    let acme = customer(&test, "acme-7", "Acme").await;
    let now = test.services.now().0 / HOUR;
    put(&test, now, acme.id.as_str(), "default", ("chat", Code::Valid, 4)).await;
    test.services
        .customers
        .delete(&Actor::command_line(), &acme.id)
        .await
        .unwrap();
    let report = report(&test, of(acme.id.as_str())).await;
    assert_eq!(report.total().total(), 4);
    assert_eq!(report.customer.unwrap().called, None);
}

#[tokio::test]
async fn a_customer_that_nobody_knows_and_a_key_beside_it_are_refused() {
    let (test, shop, _) = backend_with_two_keys().await;
    assert!(!report(&test, ask(Range::Day)).await.any_customers);
    let acme = customer(&test, "acme-7", "Acme").await;
    let usage = &test.services.usage;
    let refused = async |query: UsageQuery| {
        let export = usage.begin_export(&Actor::command_line(), &query).await.err();
        assert!(matches!(export, Some(Error::InvalidQuery(_))), "{export:?}");
        match usage.report(&Actor::command_line(), &query).await {
            Err(error @ Error::InvalidQuery(_)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    for unknown in ["nobody", "external:nobody", "cus_", "a\u{0}b"] {
        assert!(
            refused(of(unknown)).await.contains("There is no customer"),
            "{unknown:?}"
        );
    }
    customer(&test, "acme-8", "acme").await;
    assert!(refused(of("Acme")).await.contains("several have this name"));
    let both = UsageQuery {
        key: shop.id.to_string(),
        ..of(acme.id.as_str())
    };
    assert!(refused(both).await.contains("not by both at once"));
}

#[tokio::test]
async fn an_export_of_a_customer_has_one_line_for_each_count() {
    let (test, ..) = backend_with_two_keys().await;
    let acme = customer(&test, "acme-7", "=Acme").await;
    let now = test.services.now().0 / HOUR;
    let id = acme.id.as_str();
    put(&test, now, id, "default", ("chat", Code::Valid, 4)).await;
    put(&test, now, id, "staging", ("", Code::Forbidden, 1)).await;
    put(&test, now - 1, id, "default", ("chat", Code::Valid, 3)).await;
    let header = "start,period,customer_id,external_id,customer_name,environment,endpoint,code,requests";
    let line = |start: i64, period: &str, rest: &str| {
        let start = Timestamp(start * HOUR).rfc3339();
        let fields = format!("{start},{period},{id},acme-7,'=Acme,{rest}");
        fields
            .split(',')
            .map(|field| format!("\"{field}\""))
            .collect::<Vec<_>>()
            .join(",")
    };
    let mut by_hour = vec![
        line(now - 1, "hour", "default,chat,VALID,3"),
        line(now, "hour", "default,chat,VALID,4"),
        line(now, "hour", "staging,,FORBIDDEN,1"),
    ];
    by_hour.sort();
    let mut found = csv_of(&test, of(id), header).await;
    found.sort();
    assert_eq!(found, by_hour);
    let staging = UsageQuery {
        environment: Some("staging".to_owned()),
        ..of(id)
    };
    assert_eq!(
        csv_of(&test, staging, header).await,
        [line(now, "hour", "staging,,FORBIDDEN,1")]
    );
    // It is 02:30.
    let by_day = UsageQuery {
        range: Range::Month.slug().to_owned(),
        endpoint: "chat".to_owned(),
        ..of(id)
    };
    let today = [line(now - 2, "day", "default,chat,VALID,7")];
    assert_eq!(csv_of(&test, by_day.clone(), header).await, today);
    test.clock.advance(12 * DAY);
    test.services.usage.apply_retention().await.unwrap();
    assert_eq!(csv_of(&test, by_day, header).await, today);
}
