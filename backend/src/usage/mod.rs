//! Usage: what the verifier counts in memory, stored in batches, and read again by screens.

mod flush;

use std::collections::HashMap;

use model::key_page::UseCount;
use model::time::{HOUR, Timestamp};
use model::verify::Code;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};

use crate::entity::{usage_hour, usage_total};
use crate::error::Result;

/// The hour of a point in time: Unix time in hours.
pub(crate) const fn hour(at: Timestamp) -> i64 {
    at.0.div_euclid(HOUR)
}

#[derive(FromQueryResult)]
struct Sum {
    what: String,
    code: String,
    total: i64,
}

/// Accepted requests of these keys in the last `hours`, by key.
pub(crate) async fn accepted(
    db: &impl ConnectionTrait,
    ids: Vec<String>,
    now: Timestamp,
    hours: i64,
) -> Result<HashMap<String, u64>> {
    let sums = usage_hour::Entity::find()
        .select_only()
        .column_as(usage_hour::Column::KeyId, "what")
        .column_as(usage_hour::Column::Code, "code")
        .column_as(usage_hour::Column::Count.sum().cast_as("bigint"), "total")
        .filter(usage_hour::Column::KeyId.is_in(ids))
        .filter(usage_hour::Column::Hour.gt(hour(now) - hours))
        .filter(usage_hour::Column::Code.eq(Code::Valid.as_str()))
        .group_by(usage_hour::Column::KeyId)
        .group_by(usage_hour::Column::Code)
        .into_model::<Sum>()
        .all(db)
        .await?;
    Ok(sums.into_iter().map(|sum| (sum.what, count(sum.total))).collect())
}

/// Requests of one key in the last `hours`, by endpoint.
pub(crate) async fn by_endpoint(
    db: &impl ConnectionTrait,
    id: &str,
    now: Timestamp,
    hours: i64,
) -> Result<HashMap<String, UseCount>> {
    let sums = usage_hour::Entity::find()
        .select_only()
        .column_as(usage_hour::Column::EndpointName, "what")
        .column_as(usage_hour::Column::Code, "code")
        .column_as(usage_hour::Column::Count.sum().cast_as("bigint"), "total")
        .filter(usage_hour::Column::KeyId.eq(id))
        .filter(usage_hour::Column::Hour.gt(hour(now) - hours))
        .group_by(usage_hour::Column::EndpointName)
        .group_by(usage_hour::Column::Code)
        .into_model::<Sum>()
        .all(db)
        .await?;
    let mut counts: HashMap<String, UseCount> = HashMap::new();
    for sum in sums {
        add(counts.entry(sum.what).or_default(), &sum.code, sum.total);
    }
    Ok(counts)
}

/// Requests in the last `hours` in these environments.
pub(crate) async fn total(
    db: &impl ConnectionTrait,
    environments: Vec<String>,
    now: Timestamp,
    hours: i64,
) -> Result<UseCount> {
    let sums = usage_total::Entity::find()
        .select_only()
        .column_as(Expr::value(""), "what")
        .column_as(usage_total::Column::Code, "code")
        .column_as(usage_total::Column::Count.sum().cast_as("bigint"), "total")
        .filter(usage_total::Column::EnvironmentId.is_in(environments))
        .filter(usage_total::Column::Hour.gt(hour(now) - hours))
        .group_by(usage_total::Column::Code)
        .into_model::<Sum>()
        .all(db)
        .await?;
    let mut count = UseCount::default();
    for sum in sums {
        add(&mut count, &sum.code, sum.total);
    }
    Ok(count)
}

fn add(uses: &mut UseCount, code: &str, total: i64) {
    if code == Code::Valid.as_str() {
        uses.allowed += count(total);
    } else {
        uses.refused += count(total);
    }
}

fn count(total: i64) -> u64 {
    u64::try_from(total).unwrap_or_default()
}
