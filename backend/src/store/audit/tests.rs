use model::audit_event::{AuditEvent, KeyDeleted};
use model::status::Status;
use model::time::MINUTE;
use sea_orm::{DbBackend, QueryTrait};

use super::*;
use crate::actor::Actor;
use crate::store::postgres::query_plan::{new_store, rows_read, run};
use crate::store::sqlite::gather_statistics;
use crate::store::sqlite::query_plan::{self, empty_store};
use crate::store::{Event, Store};

/// Where a page begins in a log with an event in each minute.
const fn before(number: i64) -> Place {
    Place {
        number,
        at: Some(Timestamp(1_803_000_000_000 + number * MINUTE)),
    }
}

async fn plan(store: &Store, filter: &AuditFilter, before: Option<Place>) -> Vec<String> {
    let statement = select_events(filter, before, 51).build(DbBackend::Sqlite);
    query_plan::plan(store, statement).await
}

/// A query with each filter alone, and the indexes that it uses.
fn filters() -> Vec<(AuditFilter, &'static [&'static str])> {
    let filter = |change: fn(&mut AuditFilter)| {
        let mut filter = AuditFilter::default();
        change(&mut filter);
        filter
    };
    vec![
        (
            filter(|filter| filter.actor = Some(ActorFilter::Person("usr_0123456789".to_owned()))),
            &["audit_events_actor (actor_kind=? AND actor_id=?"],
        ),
        (
            filter(|filter| filter.actor = Some(ActorFilter::Person("ada@example.com".to_owned()))),
            &[
                "audit_events_actor (actor_kind=? AND actor_id=?",
                "users_name (<expr>=?",
            ],
        ),
        (
            filter(|filter| {
                filter.actor = Some(ActorFilter::ServiceAccount(ServiceAccountId::from_random("0123456789")));
            }),
            &["audit_events_actor (actor_kind=? AND actor_id=?"],
        ),
        (
            filter(|filter| filter.actor = Some(ActorFilter::Kind("system"))),
            &["audit_events_actor (actor_kind=?"],
        ),
        (
            filter(|filter| filter.action = Some(ActionFilter::Exactly("key.created".to_owned()))),
            &["audit_events_action (action=?"],
        ),
        (
            filter(|filter| filter.action = Some(ActionFilter::Group("key".to_owned()))),
            &["audit_events_action (action>? AND action<?"],
        ),
        (
            filter(|filter| filter.subject = "shop".to_owned()),
            &[
                "audit_events_subject (subject_id=?",
                "audit_events_subject_name (<expr>>? AND <expr><?",
            ],
        ),
        (
            filter(|filter| {
                filter.from = Some(Timestamp(1_803_081_600_000));
                filter.until = Some(Timestamp(1_803_168_000_000));
            }),
            &["audit_events_at (at>? AND "],
        ),
        (
            filter(|filter| filter.from = Some(Timestamp(1_803_081_600_000))),
            &["audit_events_at (at>?"],
        ),
        (
            filter(|filter| filter.until = Some(Timestamp(1_803_168_000_000))),
            &["audit_events_at ("],
        ),
    ]
}

#[tokio::test]
async fn every_filter_is_found_by_its_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(&folder).await;
    for (filter, indexes) in filters() {
        for before in [None, Some(before(1_000))] {
            let plan = plan(&store, &filter, before).await;
            for index in indexes {
                let found = plan.iter().any(|step| step.contains(index));
                assert!(found, "{filter:?} {before:?} {index}: {plan:#?}");
            }
        }
    }
}

#[tokio::test]
async fn nothing_reads_the_log_from_end_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(&folder).await;
    fill(&store).await;
    for (filter, _) in filters() {
        for before in [None, Some(before(1_000))] {
            let plan = plan(&store, &filter, before).await;
            let scans = plan.iter().any(|step| step.starts_with("SCAN audit_events"));
            assert!(!scans, "{filter:?} {before:?}: {plan:#?}");
        }
    }
    // Without a filter, a page is read in the order of the log, from its beginning and no further than the page.
    let plan = plan(&store, &AuditFilter::default(), Some(before(1_000))).await;
    assert!(
        plan[0].starts_with("SEARCH audit_events USING INTEGER PRIMARY KEY") && plan.len() == 1,
        "{plan:#?}"
    );
}

#[tokio::test]
async fn a_page_of_some_days_is_read_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(&folder).await;
    fill(&store).await;
    let (from, until) = (Timestamp(1_803_081_600_000), Timestamp(1_803_168_000_000));
    for (from, until) in [(Some(from), None), (None, Some(until)), (Some(from), Some(until))] {
        let filter = AuditFilter {
            from,
            until,
            ..AuditFilter::default()
        };
        for before in [None, Some(before(1_000)), Some(before(2_500))] {
            let plan = plan(&store, &filter, before).await;
            assert!(
                plan.len() == 1 && plan[0].contains("audit_events_at ("),
                "{filter:?} {before:?}: {plan:#?}"
            );
        }
    }
}

#[tokio::test]
async fn the_actions_are_found_step_by_step_in_their_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(&folder).await;
    fill(&store).await;
    let plan = query_plan::plan(&store, statement(DbBackend::Sqlite, ACTIONS, [])).await;
    let steps = plan.iter().filter(|step| step.contains("audit_events"));
    assert!(steps.clone().count() >= 2, "{plan:#?}");
    for step in steps {
        assert!(
            step.starts_with("SEARCH") && step.contains("COVERING INDEX audit_events_action"),
            "{plan:#?}"
        );
    }
}

/// Adds enough events for SQLite to decide between two usable indexes.
async fn fill(store: &Store) {
    let mut mutation = store.begin_unguarded().await.unwrap();
    for number in 0..3_000 {
        let deleted = AuditEvent::KeyDeleted(KeyDeleted {
            status: Status::Active,
            last_used_at: None,
        });
        let (id, name) = (format!("key_{number:010}"), format!("Shop {number}"));
        mutation.audit(&Actor::command_line(), &Event::on(&id, &name, deleted));
    }
    mutation.commit().await.unwrap();
    gather_statistics(&store.db).await.unwrap();
}

/// No page may read more events than this of 30,000.
const READ_MAX: f64 = 500.0;

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn on_postgres_no_page_reads_many_more_events_than_it_shows() {
    let store = new_store().await;
    // Each actor, action and subject has 30 events.
    let fill =
        "INSERT INTO audit_events (number, at, actor_kind, actor_id, actor_name, action, subject_id, subject_name,
             details, mac)
         SELECT n, 1803000000000 + n * 60000, 'user', 'usr_' || lpad(CAST(n % 1000 AS text), 10, '0'), 'Ada',
             CASE WHEN n % 1000 = 7 THEN 'profile.created' ELSE 'key.created' END,
             'key_' || lpad(CAST(n % 1000 AS text), 10, '0'), 'Shop ' || n % 1000, '{}', ''
         FROM generate_series(10, 30000) n";
    run(&store.db, fill).await;
    run(&store.db, "ANALYZE").await;
    let filter = |change: fn(&mut AuditFilter)| {
        let mut filter = AuditFilter::default();
        change(&mut filter);
        filter
    };
    let filters = [
        AuditFilter::default(),
        filter(|filter| filter.actor = Some(ActorFilter::Kind("system"))),
        filter(|filter| filter.actor = Some(ActorFilter::Person("ada@example.com".to_owned()))),
        filter(|filter| filter.action = Some(ActionFilter::Exactly("key.created".to_owned()))),
        filter(|filter| filter.from = Some(Timestamp(1_803_600_000_000))),
        // The newest half of the log is later than these.
        filter(|filter| filter.until = Some(Timestamp(1_803_900_000_000))),
        filter(|filter| filter.until = Some(Timestamp(1_803_012_000_000))),
        filter(|filter| {
            filter.until = Some(Timestamp(1_803_900_000_000));
            filter.action = Some(ActionFilter::Exactly("key.created".to_owned()));
        }),
        filter(|filter| {
            filter.from = Some(Timestamp(1_803_060_000_000));
            filter.until = Some(Timestamp(1_803_066_000_000));
        }),
        filter(|filter| filter.actor = Some(ActorFilter::Person("usr_0000000007".to_owned()))),
        filter(|filter| filter.action = Some(ActionFilter::Group("profile".to_owned()))),
        filter(|filter| filter.subject = "key_0000000007".to_owned()),
        filter(|filter| filter.subject = "shop 777".to_owned()),
    ];
    for filter in filters {
        for before in [None, Some(before(15_000)), Some(before(7_500))] {
            let statement = select_events(&filter, before, 51).build(DbBackend::Postgres);
            let (read, plan) = rows_read(&store, statement).await;
            let events = read.get("audit_events").copied().unwrap_or_default();
            assert!(
                events <= READ_MAX,
                "{filter:?} {before:?}: {events} events read, {plan:#}"
            );
        }
    }
    let actions = statement(DbBackend::Postgres, ACTIONS, []);
    let (read, plan) = rows_read(&store, actions).await;
    assert!(read["audit_events"] <= 20.0, "{plan:#}");
    store.close().await.unwrap();
}
