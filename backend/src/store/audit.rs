//! Reads the events of the audit log that filters let through. Each filter has an index.

use model::id::{ServiceAccountId, UserId};
use model::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Query, UnionType};
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

impl AuditFilter {
    const fn has_time(&self) -> bool {
        self.from.is_some() || self.until.is_some()
    }
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

/// The place of an event in the log.
#[derive(Clone, Copy, Debug)]
struct Place {
    number: i64,
    /// `None` where no event has this number.
    at: Option<Timestamp>,
}

/// The first events that a filter finds, latest first, from before this number on.
///
/// With a filter by time, "latest" is by time, and else by number. The two differ only where the clocks of nodes differ. Both orders
/// have an index, and so each page is read where it begins: a database does not know that numbers and times rise together, and would
/// look for the events of last year beginning with the newest.
pub(crate) async fn events(
    db: &impl ConnectionTrait,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<audit_event::Model>> {
    let before = match before {
        Some(number) => Some(place(db, number).await?),
        None => None,
    };
    Ok(select_events(filter, before, limit).all(db).await?)
}

async fn place(db: &impl ConnectionTrait, number: i64) -> Result<Place> {
    let row = audit_event::Entity::find_by_id(number).one(db).await?;
    Ok(Place {
        number,
        at: row.map(|row| row.at.0),
    })
}

fn select_events(filter: &AuditFilter, before: Option<Place>, limit: u64) -> Select<audit_event::Entity> {
    let select = audit_event::Entity::find().filter(condition(filter)).limit(limit);
    if !filter.has_time() {
        let select = select.order_by_desc(Column::Number);
        return match before {
            Some(before) => select.filter(Column::Number.lt(before.number)),
            None => select,
        };
    }
    let select = select.order_by_desc(Column::At).order_by_desc(Column::Number);
    // A single upper bound, the narrower one, since SQLite seeks by one only.
    let until = filter.until.map(|until| Expr::col(Column::At).lt(until.0));
    let bound = match before {
        Some(Place { number, at: Some(at) }) if filter.until.is_none_or(|until| at < until) => {
            let columns = Expr::tuple([Expr::col(Column::At), Expr::col(Column::Number)]);
            Some(columns.lt(Expr::tuple([Expr::val(at.0), Expr::val(number)])))
        }
        Some(Place { number, at: None }) => {
            let earlier = Expr::col(Column::Number).lt(number);
            Some(until.map_or_else(|| earlier.clone(), |until| until.and(earlier.clone())))
        }
        _ => until,
    };
    match bound {
        Some(bound) => select.filter(bound),
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
    // The other end of the time is a part of where the page begins.
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
mod tests;
