//! The orders of the list, and where a page starts in each.

use model::key_list::Sort;
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{Order, Value};

use crate::store::column::Stored;
use crate::store::entities::api_key::{self, Column};

/// The expression that the index of an order has before the ID, and the direction.
pub(super) fn order(sort: Sort) -> (Expr, Order) {
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

/// The expression of [`order`], written so that SQLite uses no index for it. The order is the same.
pub(super) fn unindexed(sort: Sort) -> Expr {
    Expr::cust(match sort {
        Sort::Newest | Sort::Oldest => "created_at + 0",
        Sort::Name | Sort::NameDescending => "name_lower || ''",
        Sort::Ending | Sort::EndingDescending => "COALESCE(expires_at, 9223372036854775807) + 0",
        Sort::Used | Sort::UsedDescending => "COALESCE(last_used_at, 0) + 0",
    })
}

/// The end date; a key without one ends last.
pub(super) fn end() -> Expr {
    Expr::cust("COALESCE(expires_at, 9223372036854775807)")
}

/// The start of the page that follows this row: the row's value in the order, and its ID.
pub(super) fn place(row: &api_key::Model, sort: Sort) -> String {
    let value = match sort {
        Sort::Newest | Sort::Oldest => row.created_at.milliseconds().to_string(),
        Sort::Name | Sort::NameDescending => row.name_lower.clone(),
        Sort::Ending | Sort::EndingDescending => row.expires_at.map_or(i64::MAX, Stored::milliseconds).to_string(),
        Sort::Used | Sort::UsedDescending => row.last_used_at.map_or(0, Stored::milliseconds).to_string(),
    };
    format!("{value}~{}", row.id.0)
}

/// Reads where a page starts. A text in another form means the first page, and so does one with NUL, which PostgreSQL
/// has in no text.
pub(super) fn cursor(text: &str, sort: Sort) -> Option<(Value, String)> {
    if text.contains('\0') {
        return None;
    }
    let (value, id) = text.rsplit_once('~')?;
    let value = match sort {
        Sort::Name | Sort::NameDescending => Value::from(value),
        _ => Value::from(value.parse::<i64>().ok()?),
    };
    Some((value, id.to_owned()))
}

/// Puts a statement in an order.
pub(super) fn in_order(select: &mut SelectStatement, key: &Expr, order: &Order) {
    select
        .order_by_expr(key.clone(), order.clone())
        .order_by(Column::Id, order.clone());
}
