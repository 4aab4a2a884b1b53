//! The requests of customers. Their hours are kept for some days; then they are added up to the first hour of their day.

use std::collections::HashMap;

use model::id::{CustomerId, EnvironmentId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult, Statement, Value};

use super::Span;
use super::sums::Sum;
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::entities::customer_usage::{ActiveModel, Column, Entity, Model};
use crate::store::environments::within_environments;
use crate::store::mutation::insert_or;
use crate::store::padded::padded;
use crate::store::statement::{places, read_one, statement};

/// Requests of one customer.
#[derive(Debug, FromQueryResult)]
struct CustomerSum {
    customer_id: Stored<CustomerId>,
    total: i64,
}

/// Requests of one customer within some hours, by environment, endpoint and code.
#[derive(Debug, FromQueryResult)]
pub(crate) struct CustomerRow {
    pub(crate) environment_id: Stored<EnvironmentId>,
    pub(crate) endpoint_name: String,
    pub(crate) code: String,
    pub(crate) total: i64,
}

/// Adds requests by customer, hour, environment, endpoint and code.
pub(crate) async fn add_customer_usage(transaction: &DatabaseTransaction, rows: Vec<Model>) -> Result<()> {
    let add = OnConflict::columns([
        Column::CustomerId,
        Column::Hour,
        Column::EnvironmentId,
        Column::EndpointName,
        Column::Code,
    ])
    .value(
        Column::Count,
        Expr::col((Entity, Column::Count)).add(Expr::cust("excluded.count")),
    )
    .to_owned();
    insert_or::<Entity, ActiveModel>(transaction, rows, Some(&add)).await
}

/// Requests of these customers after an hour, allowed or not, in these environments or (`None`) in all.
pub(crate) async fn requests_of_customers(
    db: &impl ConnectionTrait,
    ids: &[&CustomerId],
    environments: Option<&[EnvironmentId]>,
    after: i64,
) -> Result<HashMap<CustomerId, i64>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let statement = requests_statement(db.get_database_backend(), ids, environments, after);
    let sums = CustomerSum::find_by_statement(statement).all(db).await?;
    Ok(sums.into_iter().map(|sum| (sum.customer_id.0, sum.total)).collect())
}

fn requests_statement(
    database: DbBackend,
    ids: &[&CustomerId],
    environments: Option<&[EnvironmentId]>,
    after: i64,
) -> Statement {
    let ids = padded(ids.iter().map(|id| Value::from(id.as_str())));
    let (within, reached) = within_environments(environments);
    let sql = format!(
        "SELECT customer_id, CAST(sum(count) AS bigint) AS total FROM customer_usage
         WHERE customer_id IN ({}) AND hour > ?{within} GROUP BY customer_id",
        places(ids.len())
    );
    statement(database, &sql, ids.into_iter().chain([after.into()]).chain(reached))
}

/// Requests of one customer. `step` hours are added up to one sum.
pub(crate) async fn sums_of_customer(
    db: &impl ConnectionTrait,
    id: &CustomerId,
    environments: Option<&[EnvironmentId]>,
    endpoint: Option<&str>,
    hours: Span,
    step: i64,
) -> Result<Vec<Sum>> {
    let start = format!("hour / {step} * {step} AS start");
    let statement = sums_statement(db.get_database_backend(), &start, id, environments, endpoint, hours);
    Ok(Sum::find_by_statement(statement).all(db).await?)
}

/// Requests of one customer within some hours, for an export.
pub(crate) async fn requests_of_customer(
    db: &impl ConnectionTrait,
    id: &CustomerId,
    environments: Option<&[EnvironmentId]>,
    endpoint: Option<&str>,
    hours: Span,
) -> Result<Vec<CustomerRow>> {
    let statement = sums_statement(
        db.get_database_backend(),
        "environment_id",
        id,
        environments,
        endpoint,
        hours,
    );
    Ok(CustomerRow::find_by_statement(statement).all(db).await?)
}

/// Requests of one customer, added up by a column, by endpoint and by code.
fn sums_statement(
    database: DbBackend,
    column: &str,
    id: &CustomerId,
    environments: Option<&[EnvironmentId]>,
    endpoint: Option<&str>,
    (first, last): Span,
) -> Statement {
    let (within, reached) = within_environments(environments);
    let (is_endpoint, endpoint) = super::endpoint_condition(endpoint);
    let sql = format!(
        "SELECT {column}, endpoint_name, code, CAST(sum(count) AS bigint) AS total
         FROM customer_usage WHERE customer_id = ? AND hour BETWEEN ? AND ?{within}{is_endpoint}
         GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    );
    let values = [Value::from(id.as_str()), first.into(), last.into()];
    statement(database, &sql, values.into_iter().chain(reached).chain(endpoint))
}

/// The first hour before this one that is not the first of its day, of those from `from` on.
pub(crate) async fn next_hour_to_add_up(db: &impl ConnectionTrait, from: i64, before: i64) -> Result<Option<i64>> {
    let statement = next_hour_statement(db.get_database_backend(), from, before);
    Ok(read_one::<Option<i64>>(db, statement).await?.flatten())
}

fn next_hour_statement(database: DbBackend, from: i64, before: i64) -> Statement {
    let sql = "SELECT min(hour) FROM customer_usage WHERE hour >= ? AND hour < ?";
    statement(database, sql, [from.into(), before.into()])
}

/// Adds the requests of an hour to the first hour of its day.
pub(crate) async fn add_up_hour(transaction: &DatabaseTransaction, hour: i64) -> Result<()> {
    let database = transaction.get_database_backend();
    let day = hour.div_euclid(24) * 24;
    let add = format!(
        "INSERT INTO customer_usage (customer_id, hour, environment_id, endpoint_name, code, count)
         SELECT customer_id, {day}, environment_id, endpoint_name, code, count FROM customer_usage WHERE hour = ?
         ON CONFLICT (customer_id, hour, environment_id, endpoint_name, code)
            DO UPDATE SET count = customer_usage.count + excluded.count"
    );
    transaction
        .execute_raw(statement(database, &add, [hour.into()]))
        .await?;
    remove_hour(transaction, hour).await
}

/// Removes the requests of an hour.
pub(crate) async fn remove_hour(transaction: &DatabaseTransaction, hour: i64) -> Result<()> {
    let remove = remove_statement(transaction.get_database_backend(), hour);
    transaction.execute_raw(remove).await?;
    Ok(())
}

fn remove_statement(database: DbBackend, hour: i64) -> Statement {
    statement(database, "DELETE FROM customer_usage WHERE hour = ?", [hour.into()])
}

#[cfg(test)]
mod tests {
    use super::super::tests::DATABASE;
    use super::*;
    use crate::store::postgres::query_plan::{assert_sought, new_store_without_scans};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    fn statements(database: DbBackend) -> Vec<(Statement, &'static str)> {
        let id = CustomerId::from_random("0123456789");
        let environments = [EnvironmentId::from_random("0123456789")];
        let some = Some(environments.as_slice());
        vec![
            (
                requests_statement(database, &[&id], None, 7),
                "PRIMARY KEY (customer_id=? AND hour>?)",
            ),
            (
                requests_statement(database, &[&id], some, 7),
                "PRIMARY KEY (customer_id=? AND hour>?)",
            ),
            (
                sums_statement(database, "hour / 6 * 6 AS start", &id, None, None, (1, 24)),
                "PRIMARY KEY (customer_id=? AND hour>? AND hour<?)",
            ),
            (
                sums_statement(database, "hour / 24 * 24 AS start", &id, some, Some("chat"), (1, 24)),
                "PRIMARY KEY (customer_id=? AND hour>? AND hour<?)",
            ),
            (
                sums_statement(database, "environment_id", &id, some, Some("chat"), (24, 47)),
                "PRIMARY KEY (customer_id=? AND hour>? AND hour<?)",
            ),
            (
                next_hour_statement(database, 1, 24),
                "customer_usage_hour (hour>? AND hour<?)",
            ),
            (remove_statement(database, 1), "customer_usage_hour (hour=?)"),
        ]
    }

    #[tokio::test]
    async fn requests_are_sought_by_customer_or_by_hour() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        for (statement, seek) in statements(DATABASE) {
            let plan = plan(&store, statement).await;
            assert!(plan.iter().any(|step| step.contains(seek)), "{seek}: {plan:#?}");
        }
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_requests_are_sought() {
        let store = new_store_without_scans().await;
        for (statement, _) in statements(DbBackend::Postgres) {
            assert_sought(&store, "customer_usage", statement).await;
        }
        store.close().await.unwrap();
    }
}
