//! The filters of the list, as conditions of statements.

use std::collections::HashMap;

use model::end_date::SOON;
use model::id::{CustomerId, EnvironmentId, ServiceAccountId, UserId};
use model::key_list::{Attention, Expiry, KeyQuery, NOT_ROTATED_AFTER, UNUSED_AFTER};
use model::status::{PROVISIONING_LIMIT, State, Status};
use model::time::Timestamp;
use sea_orm::sea_query::{CaseStatement, Expr, Query};
use sea_orm::{ColumnTrait, Condition, DbBackend, ExprTrait};

use super::order::end;
use crate::store::column::Stored;
use crate::store::database::has_some_endpoints;
use crate::store::entities::api_key::{Column, Entity};
use crate::store::entities::{api_key_endpoint, api_key_tag};
use crate::store::environments::Environment;
use crate::store::padded::padded;

/// The condition of the filters of a query. `is_searched` says whether the statement also has a search. An unknown word, such as a status that does not exist, matches nothing rather than
/// everything.
pub(super) fn condition(
    query: &KeyQuery,
    is_searched: bool,
    environments: &HashMap<EnvironmentId, Environment>,
    endpoints: usize,
    disabled: &[Stored<UserId>],
    now: Timestamp,
    database: DbBackend,
) -> Condition {
    let mut condition = Condition::all();
    if let Some(name) = query.environment.as_ref().filter(|name| !name.is_empty()) {
        let environment = environments.values().find(|known| known.name == *name);
        let of_disabled = Attention::parse(&query.attention) == Some(Attention::OwnerDisabled);
        condition = condition.add(environment.map_or_else(never, |known| {
            if of_disabled {
                // Few people are disabled, so their keys are looked up, and not those of the environment.
                Expr::cust("environment_id || ''").eq(known.id.as_str())
            } else {
                Column::EnvironmentId.eq(known.id.as_str())
            }
        }));
    }
    if !query.status.is_empty() {
        let known = query.status.iter().filter_map(|slug| Status::parse(slug));
        condition = condition.add(known.fold(Condition::any().add(never()), |any, status| {
            any.add(has_status(status, now))
        }));
    }
    if !query.profile.is_empty() {
        let (none, ids): (Vec<&String>, Vec<_>) = query.profile.iter().partition(|id| *id == "none");
        let (some, ids) = (!ids.is_empty(), ids.into_iter().filter(|id| is_text(id)));
        let mut any = Condition::any();
        if some {
            any = any.add(Column::ProfileId.is_in(padded(ids)));
        }
        if !none.is_empty() {
            any = any.add(Column::ProfileId.is_null());
        }
        condition = condition.add(any);
    }
    if !query.customer.is_empty() {
        let customer = CustomerId::parse(&query.customer);
        condition = condition.add(customer.map_or_else(never, |id| Column::CustomerId.eq(id.as_str())));
    }
    if !query.tag.is_empty() {
        condition = condition.add(has_tag(&query.tag));
    }
    if !query.creator.is_empty() {
        condition = condition.add(has_creator(&query.creator));
    }
    match Expiry::parse(&query.expiry) {
        Some(Expiry::Soon) => condition = condition.add(ends_soon(now)),
        Some(Expiry::Expired) => condition = condition.add(has_status(Status::Expired, now)),
        // Written as in the index of end dates.
        Some(Expiry::Never) => condition = condition.add(end().eq(i64::MAX)),
        None if query.expiry.is_empty() => {}
        None => condition = condition.add(never()),
    }
    match Attention::parse(&query.attention) {
        Some(attention) => condition = condition.add(needs(attention, endpoints, disabled, now, database)),
        None if query.attention.is_empty() => {}
        None => condition = condition.add(never()),
    }
    if query.endpoint.is_empty() {
        return condition;
    }
    let alone = condition.is_empty() && !is_searched;
    condition.add(
        Condition::any()
            .add(Column::AllEndpoints.eq(true))
            .add(has_granted_endpoint(&query.endpoint, alone)),
    )
}

/// Whether a key was granted one of these endpoints. Where there is no other filter, all keys with these grants are
/// looked up; else the grants of each key are.
fn has_granted_endpoint(endpoints: &[String], alone: bool) -> Expr {
    let mut holders = Query::select();
    holders
        .from(api_key_endpoint::Entity)
        .and_where(api_key_endpoint::Column::EndpointName.is_in(padded(endpoints.iter().filter(|name| is_text(name)))));
    if alone {
        holders.column(api_key_endpoint::Column::KeyId);
        return Column::Id.in_subquery(holders);
    }
    let key = (api_key_endpoint::Entity, api_key_endpoint::Column::KeyId);
    holders
        .expr(Expr::val(1))
        .and_where(Expr::col(key).equals((Entity, Column::Id)));
    Expr::exists(holders)
}

/// Whether a key has one of these tags.
fn has_tag(tags: &[String]) -> Expr {
    let mut tagged = Query::select();
    tagged
        .column(api_key_tag::Column::KeyId)
        .from(api_key_tag::Entity)
        .and_where(api_key_tag::Column::Tag.is_in(padded(tags.iter().filter(|tag| is_text(tag)))));
    Column::Id.in_subquery(tagged)
}

/// Whether a column may have this text. PostgreSQL refuses a statement with NUL in a text.
fn is_text(word: &str) -> bool {
    !word.contains('\0')
}

/// Whether a condition matches every row.
pub(super) fn is_empty(condition: &Condition) -> bool {
    // An empty condition that was added to another one leaves no trace in SQL.
    *condition == Condition::all().add(Condition::all())
}

/// A condition that no key satisfies.
fn never() -> Expr {
    Column::Id.eq("")
}

/// [`model::status::status`] as a condition.
pub(super) fn has_status(status: Status, now: Timestamp) -> Condition {
    let state = |state: State| Column::State.eq(Stored(state));
    let late = now.plus(-PROVISIONING_LIMIT).0;
    let open = Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(now.0));
    match status {
        Status::Provisioning => Condition::all()
            .add(state(State::Provisioning))
            .add(Column::CreatedAt.gt(late)),
        Status::Active => Condition::all().add(state(State::Active)).add(open),
        Status::Inactive => Condition::all().add(state(State::Inactive)).add(open),
        Status::Expired => {
            // The states are wrapped in CASE, so that no index on them is used: most keys have one of these states, and
            // few have ended.
            let ended = Column::State.is_in([Stored(State::Active), Stored(State::Inactive)]);
            let ended = CaseStatement::new().case(Condition::all().add(ended), 1).finally(0);
            Condition::all().add(end().lte(now.0)).add(Expr::expr(ended).eq(1))
        }
        Status::Failed => Condition::any().add(state(State::Failed)).add(
            Condition::all()
                .add(state(State::Provisioning))
                .add(Column::CreatedAt.lte(late)),
        ),
    }
}

/// The condition for keys that end within 14 days.
fn ends_soon(now: Timestamp) -> Condition {
    let live = Column::State.is_in([Stored(State::Active), Stored(State::Inactive)]);
    let live = CaseStatement::new().case(Condition::all().add(live), 1).finally(0);
    Condition::all()
        .add(end().gt(now.0))
        .add(end().lte(now.plus(SOON).0))
        .add(Expr::expr(live).eq(1))
}

/// The condition for the keys of a creator: a person or a service account, by ID.
fn has_creator(id: &str) -> Expr {
    if let Some(id) = UserId::parse(id) {
        return Column::CreatedBy.eq(id.as_str());
    }
    ServiceAccountId::parse(id).map_or_else(never, |id| Column::CreatedByService.eq(id.as_str()))
}

/// The condition for the keys that an [`Attention`] is about.
fn needs(
    attention: Attention,
    endpoints: usize,
    disabled: &[Stored<UserId>],
    now: Timestamp,
    database: DbBackend,
) -> Condition {
    let active = has_status(Status::Active, now);
    match attention {
        Attention::Expiring => ends_soon(now),
        Attention::Unused => {
            // The first condition is found by an index, but `idle_since` may be a day behind the last use. The second
            // is exact.
            let since = now.plus(-UNUSED_AFTER).0;
            active
                .add(Column::IdleSince.lte(since))
                .add(Expr::cust("COALESCE(last_used_at, 0) + 0").lte(since))
        }
        Attention::NotRotated => active.add(Column::RotatedAt.lte(now.plus(-NOT_ROTATED_AFTER).0)),
        Attention::MoreThanUsed => {
            let most = i64::try_from(endpoints).unwrap_or(i64::MAX) - 1;
            let all = has_status(Status::Active, now)
                .add(Column::AllEndpoints.eq(true))
                .add(Column::UsedEndpoints.gte(1))
                .add(Column::UsedEndpoints.lte(most));
            let spare = active
                .add(has_some_endpoints(database))
                .add(Expr::cust("(granted_endpoints - used_endpoints)").gt(0))
                .add(Column::UsedEndpoints.gte(1));
            Condition::any().add(all).add(spare)
        }
        Attention::OwnerDisabled => {
            // No index on the state is used: most keys are active.
            let active = CaseStatement::new().case(active, 1).finally(0);
            Condition::all()
                .add(Column::CreatedBy.is_in(padded(disabled.iter().map(|id| id.as_str()))))
                .add(Expr::expr(active).eq(1))
        }
    }
}
