//! The audit log as the screen and the export read it.

use std::collections::HashMap;

use model::audit::{AuditPage, AuditQuery, AuditRow};
use model::audit_event::{headline, subject_path};
use model::id::ServiceAccountId;
use model::list::PageSize;
use model::name;
use model::role::Permission;
use model::service_token::may_hold_token;
use model::time::{DAY, Timestamp};

use super::sentence;
use crate::actor::Actor;
use crate::actor::KINDS;
use crate::audit::Audit;
use crate::error::{InvalidQuery, Result};
use crate::store::audit::{ActionFilter, ActorFilter, AuditFilter, events, events_with_numbers, stored_actions};
use crate::store::entities::audit_event;

/// The longest text of the filters by actor and by subject, in characters. The rest of a longer one is ignored.
const TEXT_MAX: usize = 320;

impl Audit {
    /// One page of the audit log, latest event first.
    pub async fn list(&self, actor: &Actor, query: &AuditQuery) -> Result<AuditPage> {
        actor.require(Permission::SeeAudit)?;
        self.page(actor, query, PageSize::USUAL).await
    }

    /// As [`Self::list`], with a page of this size. For programs.
    pub async fn page(&self, actor: &Actor, query: &AuditQuery, size: PageSize) -> Result<AuditPage> {
        actor.require(Permission::SeeAudit)?;
        let before = number(&query.before)?;
        let mut rows = self.rows(query, before, size.rows() + 1).await?;
        let more = rows.len() as u64 > size.rows();
        rows.truncate(usize::try_from(size.rows()).unwrap_or(usize::MAX));
        let emails = self.emails_of_actors(&rows).await?;
        Ok(AuditPage {
            next: rows.last().filter(|_| more).map(|row| row.number),
            events: rows.into_iter().map(|row| shown(row, &emails)).collect(),
            actions: stored_actions(&self.store.db).await?,
            now: self.store.now(),
        })
    }

    /// The events with these numbers, latest first. For another service, which has already required a permission.
    pub(crate) async fn events_with_numbers(&self, numbers: &[i64]) -> Result<Vec<AuditRow>> {
        let rows = events_with_numbers(&self.store.db, numbers).await?;
        let emails = self.emails_of_actors(&rows).await?;
        Ok(rows.into_iter().map(|row| shown(row, &emails)).collect())
    }

    /// At most `limit` events that a query finds, latest first, beginning with the event before `before`.
    pub(super) async fn rows(
        &self,
        query: &AuditQuery,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<audit_event::Model>> {
        events(&self.store.db, &filter(query)?, before, limit).await
    }
}

fn filter(query: &AuditQuery) -> Result<AuditFilter> {
    // A token is refused: it would stay in the page's address, and for good in the event of an export.
    for text in [&query.actor, &query.action, &query.subject] {
        if may_hold_token(text) {
            return Err(InvalidQuery::Token.into());
        }
    }
    let (actor, action) = (query.actor.trim(), query.action.trim());
    let kind = KINDS
        .iter()
        .find(|(kind, name)| *kind == actor || name.eq_ignore_ascii_case(actor));
    Ok(AuditFilter {
        actor: match kind {
            Some((kind, _)) => Some(ActorFilter::Kind(kind)),
            None if ServiceAccountId::parse(actor).is_some() => Some(ActorFilter::ServiceAccount(
                ServiceAccountId::from_stored(actor.to_owned()),
            )),
            None => (!actor.is_empty()).then(|| ActorFilter::Person(name::searched(actor, TEXT_MAX))),
        },
        action: match action {
            "" => None,
            action if action.contains('.') => Some(ActionFilter::Exactly(action.to_owned())),
            group => Some(ActionFilter::Group(group.to_owned())),
        },
        subject: name::searched(&query.subject, TEXT_MAX),
        from: day(&query.from, "From")?,
        until: day(&query.to, "To")?.map(|to| to.plus(DAY)),
    })
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
    let is_alone = match &row.subject_id {
        Some(subject) => row.actor_id.as_ref() == Some(subject),
        None => row.subject_name.is_none(),
    };
    let (headline, with_subject) = headline(&row.action, is_alone);
    AuditRow {
        person: person(&row, emails),
        number: row.number,
        at: row.at.0,
        actor: row.actor_name,
        address: row.address,
        details: sentence(&row.action, &row.details),
        headline,
        with_subject,
        subject_path: row.subject_id.as_deref().and_then(|id| subject_path(&row.action, id)),
        action: row.action,
        subject_id: row.subject_id,
        subject_name: row.subject_name,
    }
}
