//! The filters of the list, as conditions of statements.

use std::collections::HashMap;

use model::end_date::SOON;
use model::id::{CustomerId, EnvironmentId, KeyId, UserId};
use model::key_list::{Attention, KeyQuery, NOT_ROTATED_AFTER, UNUSED_AFTER};
use model::name;
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

/// The longest search text that is used, in characters. The rest of a longer one is ignored.
const SEARCH_MAX: usize = 100;
/// Number of characters of a token that are stored as plain text.
const LAST_FOUR: usize = 4;

/// The condition of a query. An unknown word, such as a status that does not exist, matches nothing rather than
/// everything.
pub(super) fn condition(
    query: &KeyQuery,
    environments: &HashMap<EnvironmentId, Environment>,
    endpoints: usize,
    disabled: &[Stored<UserId>],
    now: Timestamp,
    database: DbBackend,
) -> Condition {
    let mut condition = Condition::all();
    let search = name::searched(&query.search, SEARCH_MAX);
    if !search.is_empty() {
        let prefix = search.to_lowercase();
        // A range rather than LIKE: it uses the index, and no character in it is special.
        let end = format!("{prefix}{}", char::MAX);
        let mut any = Condition::any().add(Column::NameLower.gte(&prefix).and(Column::NameLower.lt(end)));
        // A text that cannot be a key ID or the end of a token is not searched as one: each alternative reads another
        // index.
        if search.starts_with(KeyId::PREFIX) || KeyId::PREFIX.starts_with(&search) {
            let id_end = format!("{search}{}", char::MAX);
            any = any.add(Column::Id.gte(&search).and(Column::Id.lt(id_end)));
        }
        if search.chars().count() == LAST_FOUR {
            any = any.add(Column::TokenLastFour.eq(search));
        }
        condition = condition.add(any);
    }
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
    match Attention::parse(&query.attention) {
        Some(attention) => condition = condition.add(needs(attention, endpoints, disabled, now, database)),
        None if query.attention.is_empty() => {}
        None => condition = condition.add(never()),
    }
    if query.endpoint.is_empty() {
        return condition;
    }
    let alone = condition.is_empty();
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
        Attention::Expiring => {
            let live = Column::State.is_in([Stored(State::Active), Stored(State::Inactive)]);
            let live = CaseStatement::new().case(Condition::all().add(live), 1).finally(0);
            Condition::all()
                .add(end().gt(now.0))
                .add(end().lte(now.plus(SOON).0))
                .add(Expr::expr(live).eq(1))
        }
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
