//! The statements of the list of keys. Each runs on an index, however many keys there are:
//!
//! - Without filters, a page is the next 51 entries of the order's own index.
//! - With filters, the first 1,001 matches are looked up, each filter by its own index. Where there are at most 1,000, the
//!   page is cut out of them. What a search finds is looked up before, see [`super::key_words`].
//! - A search alone that finds more reads them by time out of the index of words, if few words match it.
//! - Otherwise, where there are more, matches are frequent, and the next entries of the order's index are likely to fill the page.
//!   Where they do not, since the matches come late in the order, all matches are looked up and sorted.
//! - The keys of one customer have an index in the order of their creation, of which the next entries are read.
//!
//! A page for a program is not counted, so there the frequency of matches shows after fewer look-ups.

mod condition;
mod order;
#[cfg(test)]
mod plans;

use std::collections::HashMap;

use model::id::{CustomerId, EnvironmentId, KeyId, UserId};
use model::key_list::{COUNT_LIMIT, KeyQuery, Matching, Sort};
use model::list::PageSize;
use model::status::Status;
use model::time::Timestamp;
use sea_orm::sea_query::{Asterisk, CaseStatement, Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, ExprTrait, Iterable, Order, PaginatorTrait,
    QueryFilter, Select, Value,
};

use self::condition::{condition, has_status, is_empty};
use self::order::{cursor, in_order, order, place, unindexed};
use super::column::Stored;
use super::entities::api_key::{self, Column, Entity};
use super::environments::Environment;
use super::key_words::{Alternatives, Search};
use super::padded::padded;
use super::statement::read_one;
use crate::error::Result;

/// How many entries of the order's index are searched for a page, before all matches are sorted instead.
const NEXT_ENTRIES: u64 = 1_000;

/// By how much the rows of a page are exceeded by the matches that are looked up to find out how frequent they are, where they are not counted.
const LOOKED_UP: u64 = 2;

/// Where the rows of a page are looked for.
#[derive(Clone, Debug)]
enum PageSource {
    /// Among these keys.
    Ids(Vec<Stored<KeyId>>),
    /// The next [`NEXT_ENTRIES`] entries in the order. The page is not full where they do not hold enough matches.
    NextEntries,
}

/// A page of the list.
#[derive(Clone, Debug)]
pub(crate) struct PageOfKeys {
    pub(crate) rows: Vec<api_key::Model>,
    /// Where the next page starts, and before which row the previous one ends, if there are any.
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
    /// How many keys match; `None` without filters.
    pub(crate) matching: Option<Matching>,
}

/// A checked query.
#[derive(Clone, Debug)]
pub(crate) struct KeyListQuery {
    /// The filters without the search.
    filters: Condition,
    search: Option<Search>,
    /// The customer whose keys are asked for, where only one's are. It is a part of the filters as well.
    customer: Option<CustomerId>,
    sort: Sort,
    /// The row after which the page starts, or before which it ends.
    start: Option<(Value, String)>,
    is_backward: bool,
    size: PageSize,
    /// How many matches are looked up at first.
    looked_up: u64,
}

impl KeyListQuery {
    /// `search` is what the query's search finds. `endpoints` is the size of the catalogue, and `disabled` are the people who were
    /// disabled, where the query is about their keys.
    #[expect(clippy::too_many_arguments, reason = "the statement is made of all of these")]
    pub(crate) fn new(
        query: &KeyQuery,
        search: Option<Search>,
        also: Condition,
        environments: &HashMap<EnvironmentId, Environment>,
        endpoints: usize,
        disabled: &[Stored<UserId>],
        now: Timestamp,
        database: DbBackend,
    ) -> Self {
        let filters = condition(
            query,
            search.is_some(),
            environments,
            endpoints,
            disabled,
            now,
            database,
        )
        .add(also);
        let sort = Sort::parse(&query.sort);
        let is_backward = query.after.is_empty() && !query.before.is_empty();
        Self {
            filters,
            search,
            start: cursor(if is_backward { &query.before } else { &query.after }, sort),
            is_backward,
            customer: CustomerId::parse(&query.customer),
            sort,
            size: query.page_size(),
            looked_up: COUNT_LIMIT,
        }
    }

    /// Sets how many keys a page has.
    pub(crate) const fn with_page_size(mut self, size: PageSize) -> Self {
        self.size = size;
        self
    }

    /// Reads a page whose matches are not counted.
    pub(crate) async fn read_uncounted(
        mut self,
        db: &impl ConnectionTrait,
    ) -> Result<(Vec<api_key::Model>, Option<String>)> {
        self.looked_up = LOOKED_UP * self.size.rows();
        let page = self.read_page(db).await?;
        Ok((page.rows, page.next))
    }

    /// Reads one page.
    pub(crate) async fn read_page(&self, db: &impl ConnectionTrait) -> Result<PageOfKeys> {
        let (source, matching) = match self.first_matches(db).await? {
            Some((_, matching)) if self.search_by_time().is_some_and(Alternatives::is_in_order_of_time) => {
                let ids = read_ids(db, &self.sorted_matches()).await?;
                (PageSource::Ids(ids), Some(matching))
            }
            Some((ids, matching @ Matching::Exactly(_))) if ids.len() as u64 <= self.looked_up => {
                (PageSource::Ids(ids), Some(matching))
            }
            Some((_, matching)) => (PageSource::NextEntries, Some(matching)),
            None => (PageSource::NextEntries, None),
        };
        let from_next_entries = matches!((&source, matching), (PageSource::NextEntries, Some(_)));
        let mut rows = read_rows(db, &self.page(source)).await?;
        if from_next_entries && rows.len() as u64 <= self.size.rows() {
            let ids = read_ids(db, &self.sorted_matches()).await?;
            rows = read_rows(db, &self.page(PageSource::Ids(ids))).await?;
        }
        let more = rows.len() as u64 > self.size.rows();
        rows.truncate(usize::try_from(self.size.rows()).unwrap_or(usize::MAX));
        if self.is_backward {
            rows.reverse();
        }
        // On the other side are the rows from which the page was asked for.
        let (has_next, has_previous) = match (&self.start, self.is_backward) {
            (None, _) => (more, false),
            (Some(_), false) => (more, true),
            (Some(_), true) => (true, more),
        };
        let place = |row: &api_key::Model| place(row, self.sort);
        let next = rows.last().filter(|_| has_next).map(place);
        let previous = rows.first().filter(|_| has_previous).map(place);
        Ok(PageOfKeys {
            rows,
            next,
            previous,
            matching,
        })
    }

    /// How many keys match, as far as they are counted.
    pub(crate) async fn count_matches(&self, db: &impl ConnectionTrait) -> Result<Matching> {
        Ok(match self.first_matches(db).await? {
            Some((_, matching)) => matching,
            None => Matching::of(read_ids(db, &self.matches()).await?.len()),
        })
    }

    /// The first matches and their number; `None` if there is no filter. The search itself knows that more keys match than are
    /// counted.
    async fn first_matches(&self, db: &impl ConnectionTrait) -> Result<Option<(Vec<Stored<KeyId>>, Matching)>> {
        if !self.is_filtered() {
            return Ok(None);
        }
        if let (Some(Search::Many(_)), false) = (&self.search, self.has_filters()) {
            return Ok(Some((Vec::new(), Matching::MoreThan(COUNT_LIMIT))));
        }
        let ids = read_ids(db, &self.matches()).await?;
        let matching = Matching::of(ids.len());
        Ok(Some((ids, matching)))
    }

    fn is_filtered(&self) -> bool {
        self.search.is_some() || self.has_filters()
    }

    fn has_filters(&self) -> bool {
        !self.filters.is_empty() && !is_empty(&self.filters)
    }

    /// The filters and the search, for statements that test each key.
    fn condition(&self) -> Condition {
        let search = self.search.as_ref().map(Search::tested);
        self.filters.clone().add_option(search)
    }

    /// The order in which the rows of the page are read.
    fn order(&self) -> (Expr, Order) {
        let (key, order) = order(self.sort);
        match (order, self.is_backward) {
            (Order::Desc, true) => (key, Order::Asc),
            (_, true) => (key, Order::Desc),
            (order, false) => (key, order),
        }
    }

    /// The IDs of the first matches, one more than are counted.
    fn matches(&self) -> SelectStatement {
        let mut select = Query::select();
        select.column(Column::Id).from(Entity).limit(self.looked_up + 1);
        if self.is_filtered() {
            let search = self.search.as_ref().map(Search::narrowing);
            select.cond_where(self.filters.clone().add_option(search));
        }
        select
    }

    /// One page, and one row more.
    fn page(&self, source: PageSource) -> SelectStatement {
        let (key, order) = self.order();
        let mut select = Query::select();
        select.columns(Column::iter().map(|column| (Entity, column)));
        match source {
            PageSource::Ids(ids) => {
                select
                    .from(Entity)
                    .and_where(Expr::col((Entity, Column::Id)).is_in(padded(ids)));
            }
            PageSource::NextEntries if self.is_filtered() => {
                let mut entries = Query::select();
                entries.columns(Column::iter()).from(Entity).limit(NEXT_ENTRIES);
                if let Some(customer) = self.customer_with_index() {
                    entries.and_where(Column::CustomerId.eq(customer.as_str()));
                }
                self.start(&mut entries);
                in_order(&mut entries, &key, &order);
                select.from_subquery(entries, Entity).cond_where(self.condition());
            }
            PageSource::NextEntries => {
                select.from(Entity);
            }
        }
        self.start(&mut select);
        in_order(&mut select, &key, &order);
        select.limit(self.size.rows() + 1).to_owned()
    }

    /// The IDs of one page, and one more, out of all matches. Order and start are written so that SQLite cannot use an
    /// index of the order: the matches are too few for that. Matches of a search alone, by time, are read from the index of words.
    fn sorted_matches(&self) -> SelectStatement {
        let (_, order) = self.order();
        let most = self.size.rows() + 1;
        let by_time = self.search_by_time();
        if let Some(select) = by_time.and_then(|all| all.select_by_time(&order, self.start.as_ref(), most)) {
            return select;
        }
        let search = self.search.as_ref().map(Search::sought);
        let mut select = Query::select();
        select
            .column(Column::Id)
            .from(Entity)
            .cond_where(self.filters.clone().add_option(search))
            .order_by_expr(unindexed(self.sort), order.clone())
            .order_by_expr(Expr::cust("id || ''"), order)
            .limit(most);
        if let Some(place) = self.place() {
            let place = CaseStatement::new().case(place, 1).finally(0);
            select.and_where(Expr::expr(place).eq(1));
        }
        select
    }

    /// What a search finds that is the only filter, if the order is that of time.
    fn search_by_time(&self) -> Option<&Alternatives> {
        match (&self.search, self.sort) {
            (Some(Search::Many(all)), Sort::Newest | Sort::Oldest) if !self.has_filters() => Some(all),
            _ => None,
        }
    }

    /// The customer whose keys have an index in this order.
    fn customer_with_index(&self) -> Option<&CustomerId> {
        let is_indexed = matches!(self.sort, Sort::Newest | Sort::Oldest);
        self.customer.as_ref().filter(|_| is_indexed)
    }

    /// Where the page starts.
    fn start(&self, select: &mut SelectStatement) {
        if let Some(place) = self.place() {
            select.cond_where(place);
        }
    }

    fn place(&self) -> Option<Condition> {
        let (value, id) = self.start.as_ref()?;
        let (key, order) = self.order();
        let place = Expr::tuple([key.clone(), Expr::col(Column::Id)]);
        let last = Expr::tuple([Expr::val(value.clone()), Expr::val(id.clone())]);
        // The first condition follows from the second. It lets SQLite seek in an index over an expression, too.
        Some(match order {
            Order::Desc => Condition::all().add(key.lte(value.clone())).add(place.lt(last)),
            _ => Condition::all().add(key.gte(value.clone())).add(place.gt(last)),
        })
    }
}

/// Counts every key.
pub(crate) async fn count_all(db: &impl ConnectionTrait) -> Result<u64> {
    let statement = db.get_database_backend().build(&select_count());
    let count: Option<i64> = read_one(db, statement).await?;
    Ok(u64::try_from(count.unwrap_or_default()).unwrap_or_default())
}

fn select_count() -> SelectStatement {
    Query::select()
        .expr(Expr::col(Asterisk).count())
        .from(Entity)
        .to_owned()
}

/// Counts the keys of a status, in these environments or (`None`) in all.
pub(crate) async fn count_with_status(
    db: &impl ConnectionTrait,
    status: Status,
    environments: Option<&[EnvironmentId]>,
    now: Timestamp,
) -> Result<u64> {
    Ok(with_status(status, environments, now).count(db).await?)
}

fn with_status(status: Status, environments: Option<&[EnvironmentId]>, now: Timestamp) -> Select<Entity> {
    let select = Entity::find().filter(has_status(status, now));
    match environments {
        Some(ids) => select.filter(Column::EnvironmentId.is_in(padded(ids.iter().map(EnvironmentId::as_str)))),
        None => select,
    }
}

async fn read_rows(db: &impl ConnectionTrait, statement: &SelectStatement) -> Result<Vec<api_key::Model>> {
    let statement = db.get_database_backend().build(statement);
    Ok(Entity::find().from_raw_sql(statement).all(db).await?)
}

async fn read_ids(db: &impl ConnectionTrait, statement: &SelectStatement) -> Result<Vec<Stored<KeyId>>> {
    let rows = db.query_all(statement).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<_, _>>()?)
}
