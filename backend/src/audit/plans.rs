//! Checks with SQLite's own query plans that every filter of the audit log uses an index.

use model::audit::AuditQuery;
use sea_orm::{QueryTrait, Statement};

use super::Actor;
use super::log::{ACTIONS, select};
use crate::query_plan::{self, services};
use crate::services::Services;

async fn plan(services: &Services, query: &AuditQuery, before: Option<i64>) -> Vec<String> {
    let statement = select(query, before, 51)
        .unwrap()
        .build(services.store.db.get_database_backend());
    query_plan::plan(services, statement).await
}

/// A query with each filter alone, and the indexes that it uses. A first day without a last day is left out, since no
/// index helps there: the page has the first rows of the order anyway.
fn filters() -> Vec<(AuditQuery, &'static [&'static str])> {
    let query = |change: fn(&mut AuditQuery)| {
        let mut query = AuditQuery::default();
        change(&mut query);
        query
    };
    vec![
        (
            query(|query| query.actor = "usr_0123456789".to_owned()),
            &["audit_events_actor (actor_kind=? AND actor_id=?"],
        ),
        (
            query(|query| query.actor = "ada@example.com".to_owned()),
            &[
                "audit_events_actor (actor_kind=? AND actor_id=?",
                "users_name (<expr>=?",
            ],
        ),
        (
            query(|query| query.actor = "system".to_owned()),
            &["audit_events_actor (actor_kind=?"],
        ),
        (
            query(|query| query.action = "key.created".to_owned()),
            &["audit_events_action (action=?"],
        ),
        (
            query(|query| query.action = "key".to_owned()),
            &["audit_events_action (action>? AND action<?"],
        ),
        (
            query(|query| query.subject = "shop".to_owned()),
            &[
                "audit_events_subject (subject_id=?",
                "audit_events_subject_name (<expr>>? AND <expr><?",
            ],
        ),
        (
            query(|query| {
                query.from = "2027-02-20".to_owned();
                query.to = "2027-02-20".to_owned();
            }),
            &["audit_events_at (at>? AND at<?"],
        ),
    ]
}

#[tokio::test]
async fn every_filter_is_found_by_its_index() {
    let folder = tempfile::tempdir().unwrap();
    let services = services(&folder).await;
    for (query, indexes) in filters() {
        for before in [None, Some(1_000_000)] {
            let plan = plan(&services, &query, before).await;
            for index in indexes {
                let found = plan.iter().any(|step| step.contains(index));
                assert!(found, "{query:?} {before:?} {index}: {plan:#?}");
            }
        }
    }
}

#[tokio::test]
async fn nothing_reads_the_log_from_end_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let services = services(&folder).await;
    fill(&services).await;
    for (query, _) in filters() {
        for before in [None, Some(1_000)] {
            let plan = plan(&services, &query, before).await;
            let scans = plan.iter().any(|step| step.starts_with("SCAN audit_events"));
            assert!(!scans, "{query:?} {before:?}: {plan:#?}");
        }
    }
    // Without a filter, a page is read in the order of the log, from its beginning and no further than the page.
    let plan = plan(&services, &AuditQuery::default(), Some(1_000)).await;
    assert!(
        plan[0].starts_with("SEARCH audit_events USING INTEGER PRIMARY KEY") && plan.len() == 1,
        "{plan:#?}"
    );
}

#[tokio::test]
async fn the_actions_are_found_step_by_step_in_their_index() {
    let folder = tempfile::tempdir().unwrap();
    let services = services(&folder).await;
    fill(&services).await;
    let statement = Statement::from_string(services.store.db.get_database_backend(), ACTIONS);
    let plan = query_plan::plan(&services, statement).await;
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
async fn fill(services: &Services) {
    let new = crate::keys::NewKey {
        name: "Shop".to_owned(),
        environment: "default".to_owned(),
        grant: model::endpoint::Grant::All,
        expires_at: None,
        profile: None,
        limits: model::limit::Limits::NONE,
        addresses: model::address::AllowedAddresses::default(),
        browser_skew: None,
    };
    services
        .keys
        .create_many(&Actor::command_line(), &new, 3_000)
        .await
        .unwrap();
    crate::store::sqlite::gather_statistics(&services.store.db)
        .await
        .unwrap();
}
