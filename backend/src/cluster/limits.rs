//! Limits over all nodes: exchanges with the other nodes what was counted for limited keys.

use std::collections::HashMap;
use std::time::Duration;

use model::id::NodeId;
use model::limit::Window;
use model::time::{MINUTE, SECOND, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, TransactionTrait};

use super::Cluster;
use crate::error::Result;
use crate::store::column::Stored;
use crate::store::entities::{limit_report, node};
use crate::store::limit_reports;
use crate::store::time_limit::{WRITE_LIMIT, within};
use crate::verifier::{Counted, LimitReport, PeerNumber, Peers};

/// How often nodes exchange their counts.
const EXCHANGE_INTERVAL: Duration = Duration::from_millis(200);
/// How long the database may take to give what the other nodes have counted.
const READ_LIMIT: Duration = Duration::from_secs(15);
/// After an exchange, a node rests at least this many times as long as the exchange took.
const REST_FACTOR: u32 = 4;
/// Keys that a node reports at a time. With more limited keys in use, each is reported less often.
const KEYS_PER_EXCHANGE: usize = 800;
/// Reports of another node that are read at a time.
const READ_AT_ONCE: u64 = 4_000;
/// How often a node looks which others there are, in milliseconds.
const LOOK_INTERVAL: i64 = SECOND;
/// A node whose heartbeat stands still for this long gives its share back, in milliseconds.
const SILENCE_LIMIT: i64 = 5 * SECOND;
/// How long the counts of a silent node are remembered, in milliseconds.
const REMEMBERED: i64 = 10 * MINUTE;
/// A node that was never seen before shares limits only if its heartbeat is not older than this, in milliseconds.
const OLDEST_HEARTBEAT: i64 = MINUTE;
/// How often old reports are removed, in milliseconds.
const REMOVAL_INTERVAL: i64 = MINUTE;
/// Rounds whose reports stay, so that every node can read them.
const ROUNDS_KEPT: i64 = 50;
/// The most that a node removes of its own reports, and of those of nodes that are gone, in statements per
/// [`REMOVAL_INTERVAL`]. The exchange waits for them.
const REMOVALS: usize = 10;

/// What this node knows of the others that share limits with it.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// The number of this node's last reports.
    round: i64,
    others: HashMap<NodeId, Other>,
    last_number: PeerNumber,
    looked_at: Option<i64>,
    removed_at: Option<i64>,
}

/// Another node.
#[derive(Debug)]
struct Other {
    number: PeerNumber,
    heartbeat: Timestamp,
    /// When the heartbeat was seen to change, on this node's steady clock.
    changed_at: i64,
    /// The last of its rounds that was read completely.
    round: i64,
    /// Whether the next reports that are read of it may be older than what this node knows.
    backlog: bool,
}

impl Exchange {
    fn peers(&self, elapsed: i64) -> Peers {
        let numbers = |limit| {
            let others = self.others.values();
            let recent = others.filter(move |other| elapsed - other.changed_at <= limit);
            recent.map(|other| other.number).collect()
        };
        Peers {
            live: numbers(SILENCE_LIMIT),
            remembered: numbers(REMEMBERED),
        }
    }

    /// Notes the heartbeats of all other nodes. Whether a heartbeat moves is measured on this node's own clock, so the
    /// clocks of the nodes may differ.
    fn note_heartbeats(&mut self, found: Vec<(NodeId, Timestamp)>, now: Timestamp, elapsed: i64) {
        let mut before = std::mem::take(&mut self.others);
        let is_first_look = self.looked_at.is_none();
        for (id, heartbeat) in found {
            let mut other = before.remove(&id).unwrap_or_else(|| {
                self.last_number = self.last_number.wrapping_add(1);
                let is_old = now.since(heartbeat).abs() > OLDEST_HEARTBEAT;
                Other {
                    number: self.last_number,
                    heartbeat,
                    changed_at: if is_old { elapsed - REMEMBERED } else { elapsed },
                    round: 0,
                    backlog: is_first_look,
                }
            });
            if other.heartbeat != heartbeat {
                other.backlog |= elapsed - other.changed_at > REMEMBERED;
                other.heartbeat = heartbeat;
                other.changed_at = elapsed;
            }
            self.others.insert(id, other);
        }
    }
}

impl Cluster {
    /// Exchanges counts with the other nodes again and again. Runs for as long as the server does.
    pub async fn exchange_limits_regularly(&self) {
        let mut failing = false;
        loop {
            let began = self.store.clock.elapsed();
            let outcome = self.exchange_limits().await;
            match &outcome {
                Err(error) if !failing => {
                    tracing::error!(%error, "cannot exchange with the other nodes how limits are used; this node keeps its share");
                }
                Ok(()) if failing => tracing::info!("limits are exchanged with the other nodes again"),
                _ => {}
            }
            failing = outcome.is_err();
            let took = u64::try_from(self.store.clock.elapsed() - began).unwrap_or_default();
            let rest = Duration::from_millis(took) * REST_FACTOR;
            tokio::time::sleep(rest.max(EXCHANGE_INTERVAL)).await;
        }
    }

    /// Reports to the other nodes what this one has counted, reads what they have counted, and computes this node's
    /// share. A node that is alone only looks once a second whether it still is.
    pub async fn exchange_limits(&self) -> Result<()> {
        let mut exchange = self.exchange.lock().await;
        let elapsed = self.store.clock.elapsed();
        if is_due(exchange.looked_at, LOOK_INTERVAL, elapsed) {
            let found = within(READ_LIMIT, self.heartbeats_of_others()).await?;
            exchange.note_heartbeats(found, self.store.database_now(), elapsed);
            exchange.looked_at = Some(elapsed);
        }
        let peers = exchange.peers(elapsed);
        let nodes = u32::try_from(peers.live.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.verifier.set_nodes(nodes);
        if !peers.live.is_empty() {
            let reports = self.verifier.take_limit_reports(KEYS_PER_EXCHANGE);
            if let Err(error) = within(WRITE_LIMIT, self.store_reports(&mut exchange, &reports)).await {
                self.verifier.put_back_limit_reports(&reports);
                return Err(error);
            }
            within(READ_LIMIT, self.read_reports(&mut exchange, &peers)).await?;
            self.verifier
                .share_out_limits(reports.iter().map(|report| &report.subject), &peers);
        }
        if is_due(exchange.removed_at, REMOVAL_INTERVAL, elapsed) {
            exchange.removed_at = Some(elapsed);
            within(WRITE_LIMIT, self.remove_old_reports(&exchange, &peers)).await?;
        }
        Ok(())
    }

    async fn heartbeats_of_others(&self) -> Result<Vec<(NodeId, Timestamp)>> {
        let found: Vec<(Stored<NodeId>, Stored<Timestamp>)> = node::Entity::find()
            .select_only()
            .columns([node::Column::InstanceId, node::Column::HeartbeatAt])
            .filter(node::COLUMN.instance_id.ne(self.node.id.as_str()))
            .filter(node::COLUMN.stopped_at.is_null())
            .into_tuple()
            .all(&self.store.db)
            .await?;
        let found = found.into_iter().map(|(id, at)| (id.0, at.0));
        Ok(found.filter(|(id, _)| !self.node.locks.is_dead(id)).collect())
    }

    async fn store_reports(&self, exchange: &mut Exchange, reports: &[LimitReport]) -> Result<()> {
        if reports.is_empty() {
            return Ok(());
        }
        let now = self.store.database_now();
        exchange.round += 1;
        let rows = reports.iter().map(|report| self.row(exchange.round, report, now));
        let rows = rows.collect();
        // Not in the order of mutations, which must not wait for it.
        let transaction = self.store.db.begin().await?;
        limit_reports::store(&transaction, rows).await?;
        transaction.commit().await?;
        Ok(())
    }

    fn row(&self, round: i64, report: &LimitReport, now: Timestamp) -> limit_report::Model {
        let Counted {
            allowed,
            newly_allowed,
            demand,
            span,
            full_in: [second, minute, day],
        } = report.counted;
        let full_at = |full_in| Stored(if full_in == 0 { Timestamp(0) } else { now.plus(full_in) });
        limit_report::Model {
            instance_id: Stored(self.node.id.clone()),
            key_id: Stored(report.subject.clone()),
            round,
            allowed: i64::try_from(allowed).unwrap_or(i64::MAX),
            newly_allowed: i64::try_from(newly_allowed).unwrap_or(i64::MAX),
            demand,
            span,
            second_full_at: full_at(second),
            minute_full_at: full_at(minute),
            day_full_at: full_at(day),
        }
    }

    async fn read_reports(&self, exchange: &mut Exchange, peers: &Peers) -> Result<()> {
        let now = self.store.database_now();
        let others = exchange.others.iter_mut();
        for (id, other) in others.filter(|(_, other)| peers.live.contains(&other.number)) {
            loop {
                let rows = limit_reports::reports_after(&self.store.db, id, other.round, READ_AT_ONCE).await?;
                let Some(last) = rows.last().map(|row| row.round) else {
                    break;
                };
                let complete = u64::try_from(rows.len()).is_ok_and(|rows| rows < READ_AT_ONCE);
                let heard: Vec<LimitReport> = rows.into_iter().map(|row| heard(row, now)).collect();
                self.verifier.hear_limit_reports(other.number, &heard, other.backlog);
                self.verifier
                    .share_out_limits(heard.iter().map(|report| &report.subject), peers);
                if complete {
                    other.round = last;
                    break;
                }
                // The last round may go on behind what was read. A round has fewer reports than are read at a time.
                other.round = other.round.max(last - 1);
            }
            other.backlog = false;
        }
        Ok(())
    }

    /// Removes reports of which nobody learns anything any more: this node's own, and, where this node is the first of the
    /// live ones, those of nodes that are gone.
    async fn remove_old_reports(&self, exchange: &Exchange, peers: &Peers) -> Result<()> {
        let (db, own) = (&self.store.db, &self.node.id);
        let mut live = exchange
            .others
            .iter()
            .filter(|(_, other)| peers.live.contains(&other.number));
        let is_first = live.all(|(id, _)| id > own);
        let mut after = String::new();
        let mut left = REMOVALS;
        while let Some(id) = limit_reports::next_reporter(db, &after).await? {
            if id == *own {
                let (round, now) = (exchange.round - ROUNDS_KEPT, self.store.database_now());
                let mut left_of_own = REMOVALS;
                while left_of_own > 0 && limit_reports::remove_full(db, own, round, now).await? {
                    left_of_own -= 1;
                }
            } else if is_first
                && exchange
                    .others
                    .get(&id)
                    .is_none_or(|other| !peers.remembered.contains(&other.number))
            {
                while left > 0 && limit_reports::remove_some(db, &id).await? {
                    left -= 1;
                }
            }
            after = id.into();
        }
        Ok(())
    }
}

fn is_due(last: Option<i64>, interval: i64, elapsed: i64) -> bool {
    last.is_none_or(|last| elapsed - last >= interval)
}

fn heard(row: limit_report::Model, now: Timestamp) -> LimitReport {
    let full_in = |window| {
        let at = match window {
            Window::Second => row.second_full_at,
            Window::Minute => row.minute_full_at,
            Window::Day => row.day_full_at,
        };
        at.0.since(now).max(0)
    };
    LimitReport {
        counted: Counted {
            allowed: u64::try_from(row.allowed).unwrap_or_default(),
            newly_allowed: u64::try_from(row.newly_allowed).unwrap_or_default(),
            demand: row.demand,
            span: row.span,
            full_in: Window::ALL.map(full_in),
        },
        subject: row.key_id.0,
    }
}
