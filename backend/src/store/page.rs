//! Pages of a list: its order, and where a page starts. A page starts after the last row of the page before it. That
//! row is found again by its place in the order, so that no row is shown twice or left out when rows are added or
//! deleted.

use model::list::Paging;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, EntityTrait, Order, QueryFilter, QueryTrait, Select, Value};

/// The sort key: what rows are ordered by first.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    Text(Expr),
    Number(Expr),
}

/// The order of a list: by a sort key, then by an ID, which distinguishes rows with equal sort keys.
#[derive(Clone, Debug)]
pub(crate) struct Sorted {
    key: Key,
    id: Expr,
    order: Order,
}

impl Sorted {
    pub(crate) const fn ascending(key: Key, id: Expr) -> Self {
        Self {
            key,
            id,
            order: Order::Asc,
        }
    }

    pub(crate) const fn descending(key: Key, id: Expr) -> Self {
        Self {
            key,
            id,
            order: Order::Desc,
        }
    }

    /// The rows of one page, and one row more, which shows whether there is a next page.
    pub(crate) fn page<E: EntityTrait>(&self, select: Select<E>, after: &str, size: u64) -> Select<E> {
        let mut select = match self.start(after) {
            Some(start) => select.filter(start),
            None => select,
        };
        QueryTrait::query(&mut select)
            .order_by_expr(self.key.expr().clone(), self.order.clone())
            .order_by_expr(self.id.clone(), self.order.clone())
            .limit(size + 1);
        select
    }

    /// The condition for the rows after a place. A text in another form means the first page, and so does one with NUL,
    /// which PostgreSQL has in no text.
    fn start(&self, after: &str) -> Option<Condition> {
        if after.contains('\0') {
            return None;
        }
        let (value, id) = match self.key {
            // A name may have a tilde in it; an ID has none.
            Key::Text(_) => {
                let (text, id) = after.rsplit_once('~')?;
                (Value::from(text), id)
            }
            Key::Number(_) => {
                let (number, id) = after.split_once('~')?;
                (Value::from(number.parse::<i64>().ok()?), id)
            }
        };
        let key = self.key.expr().clone();
        let place = Expr::tuple([key.clone(), self.id.clone()]);
        let last = Expr::tuple([Expr::val(value.clone()), Expr::val(id)]);
        // The first condition follows from the second. It lets SQLite seek in an index over an expression, too.
        Some(match self.order {
            Order::Desc => Condition::all().add(key.lte(value)).add(place.lt(last)),
            _ => Condition::all().add(key.gte(value)).add(place.gt(last)),
        })
    }
}

impl Key {
    const fn expr(&self) -> &Expr {
        match self {
            Self::Text(expr) | Self::Number(expr) => expr,
        }
    }
}

/// The place of a row in its list: its key and its ID.
pub(crate) fn place(key: impl std::fmt::Display, id: &str) -> String {
    format!("{key}~{id}")
}

/// Removes the row that belongs to the next page, and answers with the place where the next page starts.
pub(crate) fn cut<T>(rows: &mut Vec<T>, size: u64, place: impl Fn(&T) -> String) -> Option<String> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    rows.last().filter(|_| more).map(place)
}

/// The place of a page in a list of `total` rows. `matching` is the number of rows that a search finds.
pub(crate) const fn paging(total: u64, matching: Option<u64>, next: Option<String>) -> Paging {
    let matching = match matching {
        Some(matching) => matching,
        None => total,
    };
    Paging { matching, total, next }
}
