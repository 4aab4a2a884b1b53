//! The nodes that share this database, and which changes they have applied when.

use std::collections::HashMap;

use model::id::NodeId;
use model::proof::{LIVE_LIMIT, NODES_MAX};
use model::time::{DAY, Timestamp};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement, Value,
};

use super::column::Stored;
use super::entities::{node, node_acknowledgement};
use super::mutation::insert_or;
use super::padded::padded;
use super::statement::{places, statement};
use crate::error::{Error, RefusedStart, Result};

/// How long the rows of nodes that stopped are kept, and what nodes have acknowledged, in milliseconds.
pub(crate) const RETENTION: i64 = 30 * DAY;
/// The most acknowledgements that are kept of one node.
const ACKNOWLEDGEMENTS_MAX: i64 = 100_000;

/// The nodes that had not stopped at this point in time, latest heard first.
pub(crate) async fn nodes_since(db: &impl ConnectionTrait, at: Timestamp) -> Result<Vec<node::Model>> {
    let going = node::Column::StoppedAt.is_null().or(node::Column::StoppedAt.gt(at.0));
    let rows = node::Entity::find()
        .filter(going)
        .order_by_desc(node::Column::HeartbeatAt)
        .limit(NODES_MAX + 1)
        .all(db)
        .await?;
    if rows.len() as u64 > NODES_MAX {
        return Err(Error::Internal(format!(
            "more than {NODES_MAX} nodes share the database"
        )));
    }
    Ok(rows)
}

/// Stores which changes a node has applied, and when.
pub(crate) async fn insert_acknowledgements(
    transaction: &DatabaseTransaction,
    rows: Vec<node_acknowledgement::Model>,
) -> Result<()> {
    let again = OnConflict::columns([
        node_acknowledgement::Column::InstanceId,
        node_acknowledgement::Column::Number,
    ])
    .update_column(node_acknowledgement::Column::At)
    .to_owned();
    insert_or::<node_acknowledgement::Entity, node_acknowledgement::ActiveModel>(transaction, rows, Some(&again)).await
}

/// Refuses to go on while a node runs, or may run: one that is cut off from the database answers gateways until its stale
/// limit. `stale_limit` is for rows that have none.
pub(crate) async fn refuse_while_nodes_run(db: &impl ConnectionTrait, now: Timestamp, stale_limit: i64) -> Result<()> {
    let running = nodes_since(db, now).await?;
    if running.iter().any(|node| now.since(node.heartbeat_at.0) <= LIVE_LIMIT) {
        return Err(RefusedStart::ServerRuns.into());
    }
    let end = |node: &node::Model| node.heartbeat_at.plus(node.stale_limit.unwrap_or(stale_limit));
    let last = running
        .iter()
        .max_by_key(|node| end(node))
        .filter(|node| end(node) > now);
    match last {
        None => Ok(()),
        Some(node) => Err(RefusedStart::NodeCouldAnswer {
            name: node.name.clone(),
            until: end(node).clock(),
        }
        .into()),
    }
}

/// When each node had applied each of these changes, by change and node, as far as that is stored.
pub(crate) async fn applied_at(
    db: &impl ConnectionTrait,
    changes: &[i64],
) -> Result<HashMap<(i64, NodeId), Timestamp>> {
    if changes.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = db
        .query_all_raw(applied_at_statement(db.get_database_backend(), changes))
        .await?;
    rows.iter()
        .map(|row| {
            let change = row.try_get_by_index(0)?;
            let (Stored(id), Stored(at)) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            Ok(((change, id), at))
        })
        .collect()
}

/// The first acknowledgement of each node that covers a change. `CROSS JOIN` makes SQLite read the tables in this order.
fn applied_at_statement(database: DbBackend, changes: &[i64]) -> Statement {
    let changes = padded(changes.iter().copied());
    let sql = format!(
        "SELECT change_log.number, acknowledged.instance_id, acknowledged.at FROM change_log
         CROSS JOIN nodes
         CROSS JOIN node_acknowledgements AS acknowledged
         WHERE change_log.number IN ({})
         AND acknowledged.instance_id = nodes.instance_id
         AND acknowledged.number = (
             SELECT min(later.number) FROM node_acknowledgements AS later
             WHERE later.instance_id = nodes.instance_id AND later.number >= change_log.number
         )",
        places(changes.len())
    );
    statement(database, &sql, changes.into_iter().map(Value::from))
}

/// Notes that a node stopped at this point in time, unless that is known already.
pub(crate) async fn note_stop(db: &impl ConnectionTrait, id: &NodeId, at: Timestamp) -> Result<()> {
    let sql = "UPDATE nodes SET stopped_at = ? WHERE instance_id = ? AND stopped_at IS NULL";
    db.execute_raw(statement(
        db.get_database_backend(),
        sql,
        [at.0.into(), id.as_str().into()],
    ))
    .await?;
    Ok(())
}

/// Notes that a node has stored all uses, so that nothing is lost when it stops.
pub(crate) async fn note_uses_stored(db: &impl ConnectionTrait, id: &NodeId) -> Result<()> {
    node::Entity::update_many()
        .col_expr(node::Column::UsesStored, Expr::value(true))
        .filter(node::Column::InstanceId.eq(id.as_str()))
        .exec(db)
        .await?;
    Ok(())
}

/// Until when nodes may have said VALID without telling: the ends of those that stopped without having applied the change, and
/// without having stored their uses. `stale_limit` is for rows that have none.
pub(crate) async fn last_untold_end(
    db: &impl ConnectionTrait,
    change: i64,
    stale_limit: i64,
) -> Result<Option<Timestamp>> {
    let rows = node::Entity::find()
        // An early version, which writes none, told nothing at all.
        .filter(node::Column::AppliedNumber.lt(change).or(node::Column::Version.eq("")))
        .filter(Expr::col(node::Column::UsesStored).not())
        .all(db)
        .await?;
    let end = |row: node::Model| match row.stopped_at {
        Some(at) => at.0,
        None => row.heartbeat_at.plus(row.stale_limit.unwrap_or(stale_limit)),
    };
    Ok(rows.into_iter().map(end).max())
}

/// Notes that no node answers any more, where the database was put in the place of another one. The proofs of earlier changes need
/// the rows.
pub(crate) async fn note_all_stopped(db: &impl ConnectionTrait) -> Result<()> {
    let sql = "UPDATE nodes SET stopped_at = heartbeat_at WHERE stopped_at IS NULL";
    db.execute_raw(statement(db.get_database_backend(), sql, [])).await?;
    Ok(())
}

/// Notes which nodes stopped answering at their stale limits, and removes what is older than [`RETENTION`] and what is
/// more than the bounds allow. `stale_limit` is that of this node, for rows that have none.
pub(crate) async fn tidy(db: &impl ConnectionTrait, own: &NodeId, now: Timestamp, stale_limit: i64) -> Result<()> {
    let database = db.get_database_backend();
    let old = now.plus(-RETENTION).0;
    let statements = [
        statement(
            database,
            "UPDATE nodes SET stopped_at = heartbeat_at + COALESCE(stale_limit, ?)
             WHERE stopped_at IS NULL AND heartbeat_at + COALESCE(stale_limit, ?) <= ?",
            [stale_limit.into(), stale_limit.into(), now.0.into()],
        ),
        statement(
            database,
            "DELETE FROM nodes WHERE stopped_at < ? OR stopped_at IS NOT NULL AND instance_id NOT IN (
                 SELECT instance_id FROM nodes ORDER BY heartbeat_at DESC LIMIT ?
             )",
            [old.into(), NODES_MAX.cast_signed().into()],
        ),
        statement(
            database,
            "DELETE FROM node_acknowledgements WHERE at < ? OR instance_id NOT IN (SELECT instance_id FROM nodes)",
            [old.into()],
        ),
        statement(
            database,
            "DELETE FROM last_valid_uses WHERE stored_at < ?",
            [old.into()],
        ),
        statement(
            database,
            "DELETE FROM node_acknowledgements WHERE instance_id = ? AND number <= (
                 SELECT number FROM node_acknowledgements WHERE instance_id = ? ORDER BY number DESC LIMIT 1 OFFSET ?
             )",
            [own.as_str().into(), own.as_str().into(), ACKNOWLEDGEMENTS_MAX.into()],
        ),
    ];
    for statement in statements {
        db.execute_raw(statement).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::postgres::query_plan::{new_store, rows_read, run};
    use crate::store::sqlite::query_plan::{empty_store, plan};

    #[tokio::test]
    async fn the_first_acknowledgement_of_a_change_is_sought() {
        let folder = tempfile::tempdir().unwrap();
        let store = empty_store(&folder).await;
        let plan = plan(&store, applied_at_statement(DbBackend::Sqlite, &[7, 9])).await;
        let scanned: Vec<&String> = plan
            .iter()
            .filter(|step| step.starts_with("SCAN") && !step.starts_with("SCAN nodes"))
            .collect();
        let sought = plan.iter().filter(|step| step.starts_with("SEARCH")).count();
        assert!(scanned.is_empty() && sought == 3, "{plan:#?}");
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn on_postgres_the_first_acknowledgement_of_a_change_is_sought() {
        let store = new_store().await;
        let fill = "INSERT INTO nodes (instance_id, name, version, started_at, heartbeat_at, applied_number)
             SELECT 'node_' || n, 'node', '1', 1, 1, 1 FROM generate_series(1, 3) n;
             INSERT INTO change_log (number, at, subject, subject_id, audit_number)
             SELECT n, n, 'key', 'key_' || n, n FROM generate_series(2, 30000) n;
             INSERT INTO node_acknowledgements (instance_id, number, at)
             SELECT 'node_' || (1 + n % 3), n, n FROM generate_series(1, 30000) n;
             ANALYZE";
        run(&store.db, fill).await;
        let statement = applied_at_statement(DbBackend::Postgres, &[7, 9]);
        let (read, plan) = rows_read(&store, statement).await;
        assert!(read["node_acknowledgements"] <= 50.0, "{plan:#}");
        store.close().await.unwrap();
    }
}
