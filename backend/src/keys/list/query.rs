//! The statements of the list. Each runs on an index, however many keys there are:
//!
//! - Without filters, a page is the next 51 entries of the order's own index.
//! - With filters, the first 1,001 matches are looked up, each filter by its own index. Are there no more than 1,000, the
//!   page is cut out of them.
//! - Are there more, matches are frequent, and a stretch of the order's index is likely to fill the page. Where it does
//!   not, since the matches come late in the order, all of them are looked up and put in order.

use std::collections::HashMap;

use model::end_date::SOON;
use model::key_list::{Attention, COUNTED, KeyQuery, NOT_ROTATED_AFTER, PAGE_SIZE, Sort, UNUSED_AFTER};
use model::status::{PROVISIONING_LIMIT, State, Status};
use model::time::Timestamp;
use sea_orm::sea_query::{Asterisk, CaseStatement, Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ExprTrait, Iterable, JoinType, Order, Value};

use crate::entity::api_key::{Column, Entity};
use crate::entity::api_key_endpoint;
use crate::environments::Environment;

/// Characters of a search that are looked at.
const SEARCH_MAX: usize = 100;

/// Entries of the order's index that are looked through for a page, before the matches are put in order instead.
const STRETCH: u64 = 5_000;
/// Names within one statement.
const MATCHES: &str = "matches";
const MATCH: &str = "match_id";

/// Where a page is looked for.
#[derive(Clone, Debug)]
pub(super) enum Among {
    /// These keys.
    These(Vec<String>),
    /// The next entries in the order. The page is not full where they do not hold enough matches.
    Stretch,
    /// Everything that matches.
    Matches,
}

/// A checked query.
#[derive(Clone, Debug)]
pub(super) struct ListQuery {
    /// What is asked for; `None` for everything.
    wanted: Option<Condition>,
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
        let wanted = wanted(query, environments, endpoints, now).add(also);
        let sort = Sort::parse(&query.sort);
        Self {
            wanted: (!wanted.is_empty() && !is_empty(&wanted)).then_some(wanted),
            after: cursor(&query.after, sort),
            sort,
        }
    }

    pub(super) fn is_filtered(&self) -> bool {
        self.wanted.is_some()
    }

    /// The IDs of the first matches, one more than are counted.
    pub(super) fn matches(&self) -> SelectStatement {
        let mut select = Query::select();
        select.column(Column::Id).from(Entity).limit(COUNTED + 1);
        if let Some(wanted) = &self.wanted {
            select.cond_where(wanted.clone());
        }
        select
    }

    /// One page, and one row more.
    pub(super) fn page(&self, among: Among) -> SelectStatement {
        let (key, order) = order(self.sort);
        let mut select = Query::select();
        select.columns(Column::iter().map(|column| (Entity, column)));
        match (among, &self.wanted) {
            (Among::These(ids), _) => {
                select
                    .from(Entity)
                    .and_where(Expr::col((Entity, Column::Id)).is_in(ids));
            }
            (Among::Stretch, Some(wanted)) => {
                let mut stretch = Query::select();
                stretch.columns(Column::iter()).from(Entity).limit(STRETCH);
                self.start(&mut stretch);
                in_order(&mut stretch, &key, &order);
                select.from_subquery(stretch, Entity).cond_where(wanted.clone());
            }
            (Among::Matches, Some(wanted)) => {
                // The matches first, by their own indexes: as a cross join, since SQLite keeps its order.
                let mut matches = Query::select();
                matches
                    .expr_as(Expr::col(Column::Id), MATCH)
                    .from(Entity)
                    .cond_where(wanted.clone());
                // (No ON: the schema builder leaves it out of a cross join.)
                select
                    .from_subquery(matches, MATCHES)
                    .join(JoinType::CrossJoin, Entity, Condition::all())
                    .and_where(Expr::col((Entity, Column::Id)).equals((MATCHES, MATCH)));
            }
            (Among::Stretch | Among::Matches, None) => {
                select.from(Entity);
            }
        }
        self.start(&mut select);
        in_order(&mut select, &key, &order);
        select.limit(PAGE_SIZE + 1).to_owned()
    }

    /// Where the page starts.
    fn start(&self, select: &mut SelectStatement) {
        let Some((value, id)) = &self.after else {
            return;
        };
        let (key, order) = order(self.sort);
        let place = Expr::tuple([key.clone(), Expr::col(Column::Id)]);
        let last = Expr::tuple([Expr::val(value.clone()), Expr::val(id.clone())]);
        // The first part alone says less; with it SQLite seeks in an index over an expression, too.
        match order {
            Order::Desc => select.and_where(key.lte(value.clone())).and_where(place.lt(last)),
            _ => select.and_where(key.gte(value.clone())).and_where(place.gt(last)),
        };
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

/// What the index of an order is over, beside the ID.
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

/// The end date; a key without one ends last.
fn end() -> Expr {
    Expr::cust("COALESCE(expires_at, 9223372036854775807)")
}

/// Where a page starts that follows this row: its place in the order, and its ID.
pub(super) fn place(row: &crate::entity::api_key::Model, sort: Sort) -> String {
    let value = match sort {
        Sort::Newest | Sort::Oldest => row.created_at.to_string(),
        Sort::Name | Sort::NameDescending => row.name_lower.clone(),
        Sort::Ending | Sort::EndingDescending => row.expires_at.unwrap_or(i64::MAX).to_string(),
        Sort::Used | Sort::UsedDescending => row.last_used_at.unwrap_or(0).to_string(),
    };
    format!("{value}~{}", row.id)
}

/// Reads where a page starts. Nonsense means the first page.
fn cursor(text: &str, sort: Sort) -> Option<(Value, String)> {
    let (value, id) = text.rsplit_once('~')?;
    let value = match sort {
        Sort::Name | Sort::NameDescending => Value::from(value),
        _ => Value::from(value.parse::<i64>().ok()?),
    };
    Some((value, id.to_owned()))
}

/// What a query asks for. Words that mean nothing (a status that there is not) match nothing rather than all.
fn wanted(
    query: &KeyQuery,
    environments: &HashMap<String, Environment>,
    endpoints: usize,
    now: Timestamp,
) -> Condition {
    let mut wanted = Condition::all();
    let search: String = query.search.trim().chars().take(SEARCH_MAX).collect();
    if !search.is_empty() {
        let prefix = search.to_lowercase();
        // A range rather than LIKE: it uses the index, and no character in it has a meaning of its own.
        let end = format!("{prefix}{}", char::MAX);
        let id_end = format!("{search}{}", char::MAX);
        wanted = wanted.add(
            Condition::any()
                .add(Column::NameLower.gte(&prefix).and(Column::NameLower.lt(end)))
                .add(Column::Id.gte(&search).and(Column::Id.lt(id_end)))
                .add(Column::TokenLastFour.eq(search)),
        );
    }
    if let Some(name) = query.environment.as_ref().filter(|name| !name.is_empty()) {
        let id = environments
            .values()
            .find(|known| known.name == *name)
            .map(|known| known.id.clone());
        wanted = wanted.add(Column::EnvironmentId.eq(id.unwrap_or_default()));
    }
    if !query.status.is_empty() {
        let known = query.status.iter().filter_map(|slug| Status::parse(slug));
        wanted = wanted.add(known.fold(Condition::any().add(never()), |any, status| {
            any.add(has_status(status, now))
        }));
    }
    if !query.endpoint.is_empty() {
        let holders = Query::select()
            .column(api_key_endpoint::Column::KeyId)
            .from(api_key_endpoint::Entity)
            .and_where(api_key_endpoint::Column::EndpointName.is_in(&query.endpoint))
            .take();
        wanted = wanted.add(
            Condition::any()
                .add(Column::AllEndpoints.eq(true))
                .add(Column::Id.in_subquery(holders)),
        );
    }
    if !query.profile.is_empty() {
        let ids = query.profile.iter().filter(|id| *id != "none");
        let mut any = Condition::any().add(Column::ProfileId.is_in(ids));
        if query.profile.iter().any(|id| id == "none") {
            any = any.add(Column::ProfileId.is_null());
        }
        wanted = wanted.add(any);
    }
    match Attention::parse(&query.attention) {
        Some(attention) => wanted.add(needs(attention, endpoints, now)),
        None if query.attention.is_empty() => wanted,
        None => wanted.add(never()),
    }
}

fn is_empty(condition: &Condition) -> bool {
    // An empty condition that was added to another counts for nothing in SQL.
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
            // Wrapped: most keys have one of these states, and few have ended.
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

/// What the best practices ask a person to watch.
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
        Attention::Unused => active.add(Column::IdleSince.lte(now.plus(-UNUSED_AFTER).0)),
        Attention::NotRotated => active.add(Column::RotatedAt.lte(now.plus(-NOT_ROTATED_AFTER).0)),
        Attention::MoreThanUsed => {
            let most = i64::try_from(endpoints).unwrap_or(i64::MAX) - 1;
            let all = has_status(Status::Active, now)
                .add(Column::AllEndpoints.eq(true))
                .add(Column::UsedEndpoints.gte(1))
                .add(Column::UsedEndpoints.lte(most));
            let spare = active
                .add(Expr::cust("(granted_endpoints - used_endpoints)").gt(0))
                .add(Column::UsedEndpoints.gte(1));
            Condition::any().add(all).add(spare)
        }
    }
}
