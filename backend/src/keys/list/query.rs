//! The statements of the list. Each runs on an index, however many keys there are:
//!
//! - Without filters, a page is the next 51 entries of the order's own index.
//! - With filters, the first 1,001 matches are looked up, each filter by its own index. Where there are at most 1,000, the
//!   page is cut out of them.
//! - Where there are more, matches are frequent, and a stretch of the order's index is likely to fill the page. Where it
//!   does not, since the matches come late in the order, all matches are looked up and sorted.

use std::collections::HashMap;

use model::end_date::SOON;
use model::id::KeyId;
use model::key_list::{Attention, COUNTED, KeyQuery, NOT_ROTATED_AFTER, PAGE_SIZE, Sort, UNUSED_AFTER};
use model::name;
use model::status::{PROVISIONING_LIMIT, State, Status};
use model::time::Timestamp;
use sea_orm::sea_query::{Asterisk, CaseStatement, Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ExprTrait, Iterable, Order, Value};

use crate::store::entities::api_key::{Column, Entity};
use crate::store::entities::api_key_endpoint;
use crate::store::environments::Environment;
use crate::store::padded::padded;

/// The longest search text that is used, in characters. The rest of a longer one is ignored.
const SEARCH_MAX: usize = 100;
/// Number of characters of a token that are stored as plain text.
const LAST_FOUR: usize = 4;

/// How many entries of the order's index are searched for a page, before all matches are sorted instead.
const STRETCH: u64 = 1_000;

/// The keys among which a page is looked for.
#[derive(Clone, Debug)]
pub(super) enum Among {
    /// These keys.
    These(Vec<String>),
    /// The next [`STRETCH`] entries in the order. The page is not full where they do not hold enough matches.
    Stretch,
}

/// A checked query.
#[derive(Clone, Debug)]
pub(super) struct ListQuery {
    /// The filter; `None` for all keys.
    condition: Option<Condition>,
    sort: Sort,
    after: Option<(Value, String)>,
}

impl ListQuery {
    /// `endpoints` is the size of the catalogue.
    pub(super) fn new(
        query: &KeyQuery,
        also: Condition,
        environments: &HashMap<String, Environment>,
        endpoints: usize,
        now: Timestamp,
    ) -> Self {
        let condition = condition(query, environments, endpoints, now).add(also);
        let sort = Sort::parse(&query.sort);
        Self {
            condition: (!condition.is_empty() && !is_empty(&condition)).then_some(condition),
            after: cursor(&query.after, sort),
            sort,
        }
    }

    pub(super) fn is_filtered(&self) -> bool {
        self.condition.is_some()
    }

    /// The IDs of the first matches, one more than are counted.
    pub(super) fn matches(&self) -> SelectStatement {
        let mut select = Query::select();
        select.column(Column::Id).from(Entity).limit(COUNTED + 1);
        if let Some(condition) = &self.condition {
            select.cond_where(condition.clone());
        }
        select
    }

    /// One page, and one row more.
    pub(super) fn page(&self, among: Among) -> SelectStatement {
        let (key, order) = order(self.sort);
        let mut select = Query::select();
        select.columns(Column::iter().map(|column| (Entity, column)));
        match (among, &self.condition) {
            (Among::These(ids), _) => {
                select
                    .from(Entity)
                    .and_where(Expr::col((Entity, Column::Id)).is_in(padded(ids)));
            }
            (Among::Stretch, Some(condition)) => {
                let mut stretch = Query::select();
                stretch.columns(Column::iter()).from(Entity).limit(STRETCH);
                self.start(&mut stretch);
                in_order(&mut stretch, &key, &order);
                select.from_subquery(stretch, Entity).cond_where(condition.clone());
            }
            (Among::Stretch, None) => {
                select.from(Entity);
            }
        }
        self.start(&mut select);
        in_order(&mut select, &key, &order);
        select.limit(PAGE_SIZE + 1).to_owned()
    }

    /// The IDs of one page, and one more, out of all matches. Order and start are written so that SQLite cannot use an
    /// index of the order: the matches are too few for that.
    pub(super) fn sorted_matches(&self) -> SelectStatement {
        let (_, order) = order(self.sort);
        let mut select = self.matches();
        select
            .order_by_expr(unindexed(self.sort), order.clone())
            .order_by_expr(Expr::cust("id || ''"), order)
            .limit(PAGE_SIZE + 1);
        if let Some(place) = self.place() {
            let place = CaseStatement::new().case(place, 1).finally(0);
            select.and_where(Expr::expr(place).eq(1));
        }
        select
    }

    /// Where the page starts.
    fn start(&self, select: &mut SelectStatement) {
        if let Some(place) = self.place() {
            select.cond_where(place);
        }
    }

    fn place(&self) -> Option<Condition> {
        let (value, id) = self.after.as_ref()?;
        let (key, order) = order(self.sort);
        let place = Expr::tuple([key.clone(), Expr::col(Column::Id)]);
        let last = Expr::tuple([Expr::val(value.clone()), Expr::val(id.clone())]);
        // The first condition follows from the second. It lets SQLite seek in an index over an expression, too.
        Some(match order {
            Order::Desc => Condition::all().add(key.lte(value.clone())).add(place.lt(last)),
            _ => Condition::all().add(key.gte(value.clone())).add(place.gt(last)),
        })
    }
}

fn in_order(select: &mut SelectStatement, key: &Expr, order: &Order) {
    select
        .order_by_expr(key.clone(), order.clone())
        .order_by(Column::Id, order.clone());
}

/// Counts every key.
pub(super) fn count_all() -> SelectStatement {
    Query::select()
        .expr(Expr::col(Asterisk).count())
        .from(Entity)
        .to_owned()
}

/// The expression that the index of an order has before the ID, and the direction.
fn order(sort: Sort) -> (Expr, Order) {
    match sort {
        Sort::Newest => (Expr::col(Column::CreatedAt), Order::Desc),
        Sort::Oldest => (Expr::col(Column::CreatedAt), Order::Asc),
        Sort::Name => (Expr::col(Column::NameLower), Order::Asc),
        Sort::NameDescending => (Expr::col(Column::NameLower), Order::Desc),
        Sort::Ending => (end(), Order::Asc),
        Sort::EndingDescending => (end(), Order::Desc),
        Sort::Used => (Expr::cust("COALESCE(last_used_at, 0)"), Order::Desc),
        Sort::UsedDescending => (Expr::cust("COALESCE(last_used_at, 0)"), Order::Asc),
    }
}

/// An expression with the same values as that of [`order`], which no index has.
fn unindexed(sort: Sort) -> Expr {
    Expr::cust(match sort {
        Sort::Newest | Sort::Oldest => "created_at + 0",
        Sort::Name | Sort::NameDescending => "name_lower || ''",
        Sort::Ending | Sort::EndingDescending => "COALESCE(expires_at, 9223372036854775807) + 0",
        Sort::Used | Sort::UsedDescending => "COALESCE(last_used_at, 0) + 0",
    })
}

/// The end date; a key without one ends last.
fn end() -> Expr {
    Expr::cust("COALESCE(expires_at, 9223372036854775807)")
}

/// The start of the page that follows this row: the row's value in the order, and its ID.
pub(super) fn place(row: &crate::store::entities::api_key::Model, sort: Sort) -> String {
    let value = match sort {
        Sort::Newest | Sort::Oldest => row.created_at.to_string(),
        Sort::Name | Sort::NameDescending => row.name_lower.clone(),
        Sort::Ending | Sort::EndingDescending => row.expires_at.unwrap_or(i64::MAX).to_string(),
        Sort::Used | Sort::UsedDescending => row.last_used_at.unwrap_or(0).to_string(),
    };
    format!("{value}~{}", row.id)
}

/// Reads where a page starts. A text in another form means the first page.
fn cursor(text: &str, sort: Sort) -> Option<(Value, String)> {
    let (value, id) = text.rsplit_once('~')?;
    let value = match sort {
        Sort::Name | Sort::NameDescending => Value::from(value),
        _ => Value::from(value.parse::<i64>().ok()?),
    };
    Some((value, id.to_owned()))
}

/// The condition of a query. An unknown word, such as a status that does not exist, matches nothing rather than
/// everything.
fn condition(
    query: &KeyQuery,
    environments: &HashMap<String, Environment>,
    endpoints: usize,
    now: Timestamp,
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
        let id = environments
            .values()
            .find(|known| known.name == *name)
            .map(|known| known.id.clone());
        condition = condition.add(Column::EnvironmentId.eq(id.unwrap_or_default()));
    }
    if !query.status.is_empty() {
        let known = query.status.iter().filter_map(|slug| Status::parse(slug));
        condition = condition.add(known.fold(Condition::any().add(never()), |any, status| {
            any.add(has_status(status, now))
        }));
    }
    if !query.profile.is_empty() {
        let (none, ids): (Vec<&String>, Vec<_>) = query.profile.iter().partition(|id| *id == "none");
        let mut any = Condition::any();
        if !ids.is_empty() {
            any = any.add(Column::ProfileId.is_in(padded(ids)));
        }
        if !none.is_empty() {
            any = any.add(Column::ProfileId.is_null());
        }
        condition = condition.add(any);
    }
    match Attention::parse(&query.attention) {
        Some(attention) => condition = condition.add(needs(attention, endpoints, now)),
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
            .add(holds_one(&query.endpoint, alone)),
    )
}

/// Whether a key was granted one of these endpoints. Where there is no other filter, all keys with these grants are
/// looked up; else the grants of each key are.
fn holds_one(endpoints: &[String], alone: bool) -> Expr {
    let mut holders = Query::select();
    holders
        .from(api_key_endpoint::Entity)
        .and_where(api_key_endpoint::Column::EndpointName.is_in(padded(endpoints)));
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

fn is_empty(condition: &Condition) -> bool {
    // An empty condition that was added to another one leaves no trace in SQL.
    *condition == Condition::all().add(Condition::all())
}

fn never() -> Expr {
    Column::Id.eq("")
}

/// [`model::status::status`] as a condition.
pub(super) fn has_status(status: Status, now: Timestamp) -> Condition {
    let state = |state: State| Column::State.eq(state.as_str());
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
            let ended = Column::State.is_in([State::Active.as_str(), State::Inactive.as_str()]);
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
fn needs(attention: Attention, endpoints: usize, now: Timestamp) -> Condition {
    let active = has_status(Status::Active, now);
    match attention {
        Attention::Expiring => {
            let live = Column::State.is_in([State::Active.as_str(), State::Inactive.as_str()]);
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
                // Written as in the definition of the index.
                .add(Expr::cust("all_endpoints = 0"))
                .add(Expr::cust("(granted_endpoints - used_endpoints)").gt(0))
                .add(Column::UsedEndpoints.gte(1));
            Condition::any().add(all).add(spare)
        }
    }
}
