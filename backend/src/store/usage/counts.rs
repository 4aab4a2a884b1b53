//! Adding new counts to those that are stored.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{DatabaseTransaction, ExprTrait};

use crate::error::Result;
use crate::store::entities::{usage_hour, usage_total};
use crate::store::mutation::insert_or;

/// Adds requests by hour, key, endpoint and code.
pub(crate) async fn add_hours(transaction: &DatabaseTransaction, rows: Vec<usage_hour::Model>) -> Result<()> {
    let add = OnConflict::columns([
        usage_hour::Column::Hour,
        usage_hour::Column::KeyId,
        usage_hour::Column::EndpointName,
        usage_hour::Column::Code,
    ])
    .value(
        usage_hour::Column::Count,
        Expr::col((usage_hour::Entity, usage_hour::Column::Count)).add(Expr::cust("excluded.count")),
    )
    .to_owned();
    insert_or::<usage_hour::Entity, usage_hour::ActiveModel>(transaction, rows, Some(&add)).await
}

/// Adds requests by environment, hour, endpoint and code.
pub(crate) async fn add_totals(transaction: &DatabaseTransaction, rows: Vec<usage_total::Model>) -> Result<()> {
    let add = OnConflict::columns([
        usage_total::Column::EnvironmentId,
        usage_total::Column::Hour,
        usage_total::Column::EndpointName,
        usage_total::Column::Code,
    ])
    .value(
        usage_total::Column::Count,
        Expr::col((usage_total::Entity, usage_total::Column::Count)).add(Expr::cust("excluded.count")),
    )
    .to_owned();
    insert_or::<usage_total::Entity, usage_total::ActiveModel>(transaction, rows, Some(&add)).await
}
