//! Checks with SQLite's own query plans that every statement about usage seeks in the order of its table.

use model::id::KeyId;
use model::usage::{Range, UsageQuery};
use sea_orm::{DbBackend, Statement};

use super::export::{self, Period};
use super::filter::{Spans, UsageFilter};
use super::retention::{self, Keys, Table};
use super::*;
use crate::query_plan::{plan, services};
use crate::services::Services;

const DATABASE: DbBackend = DbBackend::Sqlite;
const KEY: &str = "key_8fQ2nLw0Zz";

/// The steps that read one of the tables of usage, without "SEARCH".
async fn seeks(services: &Services, statement: Statement) -> Vec<String> {
    let plan = plan(services, statement).await;
    let reads = plan
        .iter()
        .filter(|step| step.contains("usage_") || step.contains(" used "));
    reads
        .map(|step| {
            let seek = step.strip_prefix("SEARCH ");
            seek.unwrap_or_else(|| panic!("{plan:#?}")).to_owned()
        })
        .collect()
}

fn filter(range: Range) -> UsageFilter {
    let query = UsageQuery {
        range: range.slug().to_owned(),
        ..UsageQuery::default()
    };
    UsageFilter::read(&query).unwrap()
}

#[tokio::test]
async fn a_page_of_keys_is_sought_hour_by_hour_and_key_by_key() {
    let folder = tempfile::tempdir().unwrap();
    let services = services(&folder).await;
    let ids = vec![KEY.to_owned(); 50];
    assert_eq!(
        seeks(&services, accepted_by_hour(DATABASE, &ids, 1, 24)).await,
        ["used USING PRIMARY KEY (hour=? AND key_id=?)"]
    );
    assert_eq!(
        seeks(&services, of_key_by_endpoint(DATABASE, KEY, 1, 720)).await,
        ["used USING PRIMARY KEY (hour=? AND key_id=?)"]
    );
}

#[tokio::test]
async fn a_report_reads_its_range_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let services = services(&folder).await;
    let key = KeyId::parse(KEY).unwrap();
    for range in Range::ALL {
        let filter = filter(range);
        assert_eq!(
            seeks(
                &services,
                sums::of_environments(DATABASE, &filter, &["env_1", ""], (1, 24))
            )
            .await,
            ["usage_totals USING PRIMARY KEY (environment_id=? AND hour>? AND hour<?)"]
        );
        assert_eq!(
            seeks(&services, sums::of_key(DATABASE, &filter, &key, Table::Hours, (1, 24))).await,
            ["used USING PRIMARY KEY (hour=? AND key_id=?)"]
        );
    }
    assert_eq!(
        seeks(
            &services,
            sums::of_key(DATABASE, &filter(Range::All), &key, Table::Days, (1, 24))
        )
        .await,
        ["used USING PRIMARY KEY (day=? AND key_id=?)"]
    );
    let spans = Spans::new((30, 990), Some(38));
    for environment in [None, Some("env_1")] {
        let mut read = seeks(
            &services,
            sums::top_keys(DATABASE, &filter(Range::Month), environment, &spans),
        )
        .await;
        read.sort();
        assert_eq!(
            read,
            [
                "usage_days USING PRIMARY KEY (day>? AND day<?)",
                "usage_hours USING PRIMARY KEY (hour>? AND hour<?)",
                "usage_hours USING PRIMARY KEY (hour>? AND hour<?)",
            ]
        );
    }
}

#[tokio::test]
async fn an_export_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let services = services(&folder).await;
    let after = (KEY.to_owned(), "chat".to_owned(), "VALID".to_owned());
    let filter = filter(Range::Month);
    let rows = |period| export::rows(DATABASE, &filter, period, &after);
    for (period, seek) in [
        (
            Period::Hour(1),
            "usage_hours USING PRIMARY KEY (hour=? AND (key_id,endpoint_name,code)>(?,?,?))",
        ),
        (
            Period::Day(1),
            "usage_days USING PRIMARY KEY (day=? AND (key_id,endpoint_name,code)>(?,?,?))",
        ),
    ] {
        assert_eq!(seeks(&services, rows(period)).await, [seek]);
    }
    for (keys, seek) in [
        (Keys::One(KEY), "used USING PRIMARY KEY (hour=? AND key_id=?)"),
        (
            Keys::Between(KEY, Some("key_zzzzzzzzzz")),
            "used USING PRIMARY KEY (hour=? AND key_id>? AND key_id<?)",
        ),
    ] {
        let sums = export::sums_of_day(DATABASE, &filter, Period::HoursOfDay(1), keys);
        assert_eq!(seeks(&services, sums).await, [seek]);
    }
    for period in [Period::Hour(1), Period::Day(1), Period::HoursOfDay(1)] {
        assert_eq!(
            seeks(&services, export::unknown_tokens(DATABASE, &filter, period)).await,
            ["usage_totals USING PRIMARY KEY (environment_id=? AND hour>? AND hour<?)"]
        );
    }
    // No page has to be sorted: it is read in the order of the table.
    let steps = plan(&services, rows(Period::Hour(1))).await;
    assert!(!steps.iter().any(|step| step.contains("ORDER BY")), "{steps:#?}");
}

#[tokio::test]
async fn summing_up_and_forgetting_touch_only_their_hours_and_days() {
    let folder = tempfile::tempdir().unwrap();
    let services = services(&folder).await;
    for until in [None, Some("key_zzzzzzzzzz")] {
        let read = seeks(&services, retention::sum_up(DATABASE, 1, Keys::Between(KEY, until))).await;
        let seek = match until {
            None => "used USING PRIMARY KEY (hour=? AND key_id>?)",
            Some(_) => "used USING PRIMARY KEY (hour=? AND key_id>? AND key_id<?)",
        };
        assert_eq!(read, [seek]);
    }
    for table in [Table::Hours, Table::Days] {
        let (name, time) = table.names();
        let before = format!("{name} USING PRIMARY KEY ({time}<?)");
        assert_eq!(
            seeks(&services, retention::kept_after(DATABASE, table, 1)).await,
            [before.as_str()]
        );
        assert_eq!(
            seeks(&services, retention::forget_before(DATABASE, table, 1)).await,
            [before]
        );
        let place = (1, KEY.to_owned(), "chat".to_owned(), "VALID".to_owned());
        assert_eq!(
            seeks(&services, retention::forget_up_to(DATABASE, table, place)).await,
            [format!(
                "{name} USING PRIMARY KEY (({time},key_id,endpoint_name,code)<(?,?,?,?))"
            )]
        );
    }
    assert_eq!(
        seeks(&services, retention::forget_totals(DATABASE, "env_1", 1)).await,
        ["usage_totals USING PRIMARY KEY (environment_id=? AND hour<?)"]
    );
}
