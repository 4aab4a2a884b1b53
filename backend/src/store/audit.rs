//! Reads the events of the audit log that filters let through. Each filter has an index.

use model::id::{ServiceAccountId, UserId};
use model::time::Timestamp;
use sea_orm::sea_query::{ExprTrait, Query, UnionType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::entities::audit_event::{self, Column};
use super::entities::user;
use super::padded::padded;
use super::search::{self, spellings};
use super::statement::statement;
use crate::error::Result;

/// The actions that occur, each found by one step in the index.
const ACTIONS: &str = "WITH RECURSIVE found (action) AS (
    SELECT min(action) FROM audit_events
    UNION ALL
    SELECT (SELECT min(action) FROM audit_events WHERE action > found.action) FROM found WHERE found.action IS NOT NULL
) SELECT action FROM found WHERE action IS NOT NULL";

/// The filters of the log. By default none.
#[derive(Clone, Debug, Default)]
pub(crate) struct AuditFilter {
    pub(crate) actor: Option<ActorFilter>,
    pub(crate) action: Option<ActionFilter>,
    /// The ID of a subject, or the beginning of its name. Empty for all.
    pub(crate) subject: String,
    pub(crate) from: Option<Timestamp>,
    /// Not included.
    pub(crate) until: Option<Timestamp>,
}

/// Whose events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ActorFilter {
    /// Actors of a kind that are nobody in particular.
    Kind(&'static str),
    /// A person, by ID, e-mail address or name.
    Person(String),
    ServiceAccount(ServiceAccountId),
}

/// Which events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ActionFilter {
    Exactly(String),
    /// All whose name begins with this and a dot.
    Group(String),
}

#[derive(FromQueryResult)]
struct Action {
    action: String,
}

/// The first events that a filter finds, latest first, from before this number on.
pub(crate) async fn events(
    db: &impl ConnectionTrait,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<audit_event::Model>> {
    Ok(select_events(filter, before, limit).all(db).await?)
}

fn select_events(filter: &AuditFilter, before: Option<i64>, limit: u64) -> Select<audit_event::Entity> {
    let select = audit_event::Entity::find()
        .filter(condition(filter))
        .order_by_desc(Column::Number)
        .limit(limit);
    match before {
        Some(before) => select.filter(Column::Number.lt(before)),
        None => select,
    }
}

/// The events with these numbers, which are the primary key, latest first.
pub(crate) async fn events_with_numbers(db: &impl ConnectionTrait, numbers: &[i64]) -> Result<Vec<audit_event::Model>> {
    Ok(audit_event::Entity::find()
        .filter(Column::Number.is_in(padded(numbers.iter().copied())))
        .order_by_desc(Column::Number)
        .all(db)
        .await?)
}

/// The names of all actions that occur.
pub(crate) async fn stored_actions(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    let statement = statement(db.get_database_backend(), ACTIONS, []);
    let found = Action::find_by_statement(statement).all(db).await?;
    Ok(found.into_iter().map(|found| found.action).collect())
}

fn condition(filter: &AuditFilter) -> Condition {
    let mut all = Condition::all();
    match &filter.actor {
        Some(ActorFilter::Kind(kind)) => all = all.add(Column::ActorKind.eq(*kind)),
        Some(ActorFilter::ServiceAccount(id)) => {
            all = all
                .add(Column::ActorKind.eq("service_account"))
                .add(Column::ActorId.eq(id.as_str()));
        }
        Some(ActorFilter::Person(who)) => all = all.add(Column::ActorKind.eq("user")).add(acted(who)),
        None => {}
    }
    match &filter.action {
        Some(ActionFilter::Exactly(action)) => all = all.add(Column::Action.eq(action.as_str())),
        // `/` is the character after the dot.
        Some(ActionFilter::Group(group)) => {
            all = all
                .add(Column::Action.gt(format!("{group}.")))
                .add(Column::Action.lt(format!("{group}/")));
        }
        None => {}
    }
    if !filter.subject.is_empty() {
        all = all.add(happened_to(&filter.subject));
    }
    if let Some(from) = filter.from {
        all = all.add(Column::At.gte(from.0));
    }
    if let Some(until) = filter.until {
        all = all.add(Column::At.lt(until.0));
    }
    all
}

/// Events of a subject. Each alternative selects the numbers of its events, so that it uses an index of its own. They are one
/// list, which PostgreSQL looks up in the log; with one list for each, it would read the log from end to end.
fn happened_to(subject: &str) -> Condition {
    let subject_name = || search::lower(Column::SubjectName);
    let starts = |text: &str| {
        Condition::all()
            .add(subject_name().gte(search::lowered(text)))
            .add(subject_name().lt(search::lowered(&format!("{text}{}", char::MAX))))
    };
    let found = |condition: Condition| {
        Query::select()
            .column(Column::Number)
            .from(audit_event::Entity)
            .cond_where(condition)
            .to_owned()
    };
    let mut all = found(Condition::all().add(Column::SubjectId.eq(subject)));
    for spelling in spellings(subject) {
        all.union(UnionType::All, found(starts(&spelling)));
    }
    Condition::all().add(Column::Number.in_subquery(all))
}

/// Events of a person, by ID, e-mail address or name.
fn acted(who: &str) -> Condition {
    if UserId::parse(who).is_some() {
        return Condition::all().add(Column::ActorId.eq(who));
    }
    let name = search::lower(user::Column::Name).eq(search::lowered(who));
    let people = Query::select()
        .column(user::Column::Id)
        .from(user::Entity)
        .cond_where(Condition::all().add(user::Column::Email.eq(who.to_lowercase()).or(name)))
        .to_owned();
    Condition::all().add(Column::ActorId.in_subquery(people))
}

#[cfg(test)]
mod tests {
    use model::audit_event::{AuditEvent, KeyDeleted};
    use model::status::Status;
    use sea_orm::{DbBackend, QueryTrait};

    use super::*;
    use crate::actor::Actor;
    use crate::store::postgres::query_plan::{new_store, rows_read, run};
    use crate::store::sqlite::gather_statistics;
    use crate::store::sqlite::query_plan::{self, empty_store};
    use crate::store::{Event, Store};

    async fn plan(store: &Store, filter: &AuditFilter, before: Option<i64>) -> Vec<String> {
        let statement = select_events(filter, before, 51).build(DbBackend::Sqlite);
        query_plan::plan(store, statement).await
    }

    /// A query with each filter alone, and the indexes that it uses. A first day without a last day is left out, since no
    /// index helps there: the page has the first rows of the order anyway.
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
                &["audit_events_at (at>? AND at<?"],
            ),
        ]
    }

    #[tokio::test]
    async fn every_filter_is_found_by_its_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        for (filter, indexes) in filters() {
            for before in [None, Some(1_000_000)] {
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
            for before in [None, Some(1_000)] {
                let plan = plan(&store, &filter, before).await;
                let scans = plan.iter().any(|step| step.starts_with("SCAN audit_events"));
                assert!(!scans, "{filter:?} {before:?}: {plan:#?}");
            }
        }
        // Without a filter, a page is read in the order of the log, from its beginning and no further than the page.
        let plan = plan(&store, &AuditFilter::default(), Some(1_000)).await;
        assert!(
            plan[0].starts_with("SEARCH audit_events USING INTEGER PRIMARY KEY") && plan.len() == 1,
            "{plan:#?}"
        );
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
            for before in [None, Some(15_000)] {
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
}
