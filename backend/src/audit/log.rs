//! The audit log as the screen and the export read it.

use std::collections::HashMap;

use model::audit::{AuditPage, AuditQuery, AuditRow, PAGE_SIZE};
use model::environment::Kind;
use model::id::UserId;
use model::name;
use model::role::Permission;
use model::time::{DAY, Timestamp};
use model::token;
use sea_orm::sea_query::{Cond, Expr, ExprTrait, Func, Query};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select, Statement,
};

use super::sentence;
use crate::actor::Actor;
use crate::actor::KINDS;
use crate::audit::Audit;
use crate::error::{InvalidQuery, Result};
use crate::store::entities::audit_event::{self, Column};
use crate::store::entities::user;
use crate::store::search::{self, spellings};

/// The longest text of the filter by subject, in characters. The rest of a longer one is ignored.
const SUBJECT_MAX: usize = 320;

/// The actions in the log. Each is found by one step in the index.
pub(super) const ACTIONS: &str = "WITH RECURSIVE found (action) AS (
    SELECT min(action) FROM audit_events
    UNION ALL
    SELECT (SELECT min(action) FROM audit_events WHERE action > found.action) FROM found WHERE found.action IS NOT NULL
) SELECT action FROM found WHERE action IS NOT NULL";

#[derive(FromQueryResult)]
struct Action {
    action: String,
}

impl Audit {
    /// One page of the audit log, latest event first.
    pub async fn list(&self, actor: &Actor, query: &AuditQuery) -> Result<AuditPage> {
        actor.require(Permission::SeeAudit)?;
        let before = number(&query.before)?;
        let mut rows = self.rows(query, before, PAGE_SIZE + 1).await?;
        let more = rows.len() as u64 > PAGE_SIZE;
        rows.truncate(usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX));
        let emails = self.emails_of_actors(&rows).await?;
        let statement = Statement::from_string(self.store.db.get_database_backend(), ACTIONS);
        let actions = Action::find_by_statement(statement).all(&self.store.db).await?;
        Ok(AuditPage {
            next: rows.last().filter(|_| more).map(|row| row.number),
            events: rows.into_iter().map(|row| shown(row, &emails)).collect(),
            actions: actions.into_iter().map(|found| found.action).collect(),
            now: self.store.now(),
        })
    }

    /// At most `limit` events that a query finds, latest first, beginning with the event before `before`.
    pub(super) async fn rows(
        &self,
        query: &AuditQuery,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<audit_event::Model>> {
        Ok(select(query, before, limit)?.all(&self.store.db).await?)
    }
}

pub(super) fn select(query: &AuditQuery, before: Option<i64>, limit: u64) -> Result<Select<audit_event::Entity>> {
    let select = audit_event::Entity::find()
        .filter(condition(query)?)
        .order_by_desc(Column::Number)
        .limit(limit);
    Ok(match before {
        Some(before) => select.filter(Column::Number.lt(before)),
        None => select,
    })
}

fn condition(query: &AuditQuery) -> Result<Condition> {
    // A token is refused: it would stay in the page's address, and for good in the event of an export.
    for text in [&query.actor, &query.action, &query.subject] {
        if [Kind::Live, Kind::Test]
            .into_iter()
            .any(|kind| text.contains(token::prefix(kind)))
        {
            return Err(InvalidQuery::Token.into());
        }
    }
    let mut all = Condition::all();
    let actor = query.actor.trim();
    let kind = KINDS
        .iter()
        .find(|(kind, name)| *kind == actor || name.eq_ignore_ascii_case(actor));
    if let Some((kind, _)) = kind {
        all = all.add(Column::ActorKind.eq(*kind));
    } else if !actor.is_empty() {
        all = all.add(Column::ActorKind.eq("user")).add(acted(actor));
    }
    let action = query.action.trim();
    if action.contains('.') {
        all = all.add(Column::Action.eq(action));
    } else if !action.is_empty() {
        // All actions that begin with this word and a dot: `/` is the character after the dot.
        all = all
            .add(Column::Action.gt(format!("{action}.")))
            .add(Column::Action.lt(format!("{action}/")));
    }
    let subject = name::searched(&query.subject, SUBJECT_MAX);
    let subject = subject.as_str();
    if !subject.is_empty() {
        let lower = |text: String| Func::lower(Expr::val(text));
        let subject_name = || Expr::from(Func::lower(Expr::col(Column::SubjectName)));
        let starts = |text: &str| {
            Condition::all()
                .add(subject_name().gte(lower(text.to_owned())))
                .add(subject_name().lt(lower(format!("{text}{}", char::MAX))))
        };
        // Subqueries for event numbers, so that each of them uses an index of its own.
        let found = |condition: Condition| {
            Query::select()
                .column(Column::Number)
                .from(audit_event::Entity)
                .cond_where(condition)
                .to_owned()
        };
        let by_id = found(Condition::all().add(Column::SubjectId.eq(subject)));
        let mut any = Cond::any().add(Column::Number.in_subquery(by_id));
        for spelling in spellings(subject) {
            any = any.add(Column::Number.in_subquery(found(starts(&spelling))));
        }
        all = all.add(any);
    }
    if let Some(from) = day(&query.from, "From")? {
        all = all.add(Column::At.gte(from.0));
    }
    if let Some(to) = day(&query.to, "To")? {
        all = all.add(Column::At.lt(to.plus(DAY).0));
    }
    Ok(all)
}

/// Whether the actor is the person with this ID, e-mail address or name.
fn acted(who: &str) -> Condition {
    if UserId::parse(who).is_some() {
        return Condition::all().add(Column::ActorId.eq(who));
    }
    let called = |condition: Condition| {
        Query::select()
            .column(user::Column::Id)
            .from(user::Entity)
            .cond_where(condition)
            .to_owned()
    };
    let name = search::lower(user::Column::Name).eq(search::lowered(who));
    let any = user::Column::Email.eq(who.to_lowercase()).or(name);
    Condition::all().add(Column::ActorId.in_subquery(called(Condition::all().add(any))))
}

/// The beginning of a calendar day in UTC.
fn day(text: &str, field: &'static str) -> Result<Option<Timestamp>> {
    match text.trim() {
        "" => Ok(None),
        text => Timestamp::end_of_day(text, 0)
            .map(|end| Some(end.plus(1 - DAY)))
            .ok_or_else(|| InvalidQuery::Day { field }.into()),
    }
}

pub(super) fn number(text: &str) -> Result<Option<i64>> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| InvalidQuery::AuditPage.into()),
    }
}

/// The e-mail address of the person who acted, or their ID. `None` where the actor is no person.
pub(crate) fn person(row: &audit_event::Model, emails: &HashMap<String, String>) -> Option<String> {
    let id = row.actor_id.as_ref().filter(|_| row.actor_kind == "user");
    // A row that was inserted by hand may say that a person acted, but not which person.
    let id = id
        .map(String::as_str)
        .or((row.actor_kind == "user").then_some("unknown"))?;
    Some(emails.get(id).map_or(id, String::as_str).to_owned())
}

fn shown(row: audit_event::Model, emails: &HashMap<String, String>) -> AuditRow {
    AuditRow {
        person: person(&row, emails),
        number: row.number,
        at: Timestamp(row.at),
        actor: row.actor_name,
        address: row.address,
        details: sentence(&row.action, &row.details),
        action: row.action,
        subject_id: row.subject_id,
        subject_name: row.subject_name,
    }
}
