//! Everything that works with PostgreSQL only, with the same functions as the folder `sqlite`.

mod byte_order;
mod connection;
mod index_keys;
mod listen;
mod lock;
#[cfg(test)]
pub(crate) mod query_plan;
mod replace;
mod snapshot;

use sea_orm::ConnectionTrait;
use sea_orm::sea_query::Expr;

use super::statement::{read_one, statement};
use crate::error::{Error, Result};

pub(crate) use self::connection::{cause, connect, connect_writer, in_words, try_to_connect};
pub(crate) use self::index_keys::{count_keys, send_keys};
pub(crate) use self::listen::{announce, listen};
pub(crate) use self::lock::{begin, migrate};
pub(crate) use self::replace::{begin_replacing, empty, gather_statistics};
pub(crate) use self::snapshot::{begin_snapshot, begin_two_snapshots};

/// The database's clock, in Unix milliseconds.
pub(crate) async fn time(db: &impl ConnectionTrait) -> Result<i64> {
    let sql = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)";
    let time = read_one(db, statement(db.get_database_backend(), sql, [])).await?;
    time.ok_or_else(|| Error::Internal("the database does not tell the time".to_owned()))
}

/// Whether a key was granted some endpoints and not all. The condition is written as in the index `api_keys_spare`.
pub(crate) fn has_some_endpoints() -> Expr {
    Expr::cust("NOT all_endpoints")
}
