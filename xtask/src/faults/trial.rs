//! One trial: nodes under load, a fault again and again, and what was found.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::check;
use super::cut::Proxy;
use super::disk::Mounted;
use super::load::Load;
use super::table::Row;
use crate::nodes::Nodes;
use crate::nodes::database::{Database, Engine};
use crate::nodes::postgres::Postgres;

/// How long a node may answer from memory. Short, so that the trials end some day; the default is five minutes.
pub(crate) const STALE_LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) load: Load,
    pub(crate) nodes: Nodes,
    /// How often the fault was tried.
    pub(crate) times: u32,
    slowest: Duration,
    /// Whether the clock of a node was wrong, so that new keys may have failed.
    pub(crate) clock_was_wrong: bool,
    /// Facts for the table.
    pub(crate) notes: Vec<String>,
    /// What should not have happened.
    pub(crate) wrong: Vec<String>,
    /// The proxy in front of the database of a node, if there is one.
    pub(crate) proxy: Option<Proxy>,
    /// The file system under the data, if there is one. The last field, so that everything on it ends before it.
    pub(crate) mounted: Option<Mounted>,
}

/// Nodes on a new database that have not started yet.
pub(crate) fn new_nodes(engine: Engine, program: &Path) -> Result<Nodes> {
    let database = match engine {
        // The nodes make the file in their data folder.
        Engine::Sqlite => Database::sqlite(Path::new(""))?,
        Engine::Postgres => Database::Postgres(Postgres::start(None)?),
    };
    let mut nodes = Nodes::new(program, database, None)?;
    if engine == Engine::Sqlite {
        nodes.database = Database::sqlite(&nodes.file("data"))?;
    }
    nodes.set("LATCHKEY_STALE_LIMIT", format!("{}s", STALE_LIMIT.as_secs()));
    Ok(nodes)
}

impl Trial {
    /// Starts the nodes, unless they run, and the load.
    pub(crate) fn start(mut nodes: Nodes) -> Result<Trial> {
        if nodes.node(0).running.is_none() {
            nodes.start()?;
        }
        let load = Load::start(&nodes)?;
        let trial = Trial {
            load,
            nodes,
            times: 0,
            slowest: Duration::ZERO,
            clock_was_wrong: false,
            notes: Vec::new(),
            wrong: Vec::new(),
            proxy: None,
            mounted: None,
        };
        trial.load.wait_until_recovered(Instant::now())?;
        Ok(trial)
    }

    /// Call this when a fault is over. Waits until all nodes serve again, and checks the logs.
    pub(crate) fn fault_ended(&mut self, ended: Instant) -> Result<()> {
        self.times += 1;
        let took = self.load.wait_until_recovered(ended);
        let took = took.with_context(|| format!("fault {}; the logs:\n{}", self.times, self.nodes.logs()))?;
        self.slowest = self.slowest.max(took);
        if let Err(error) = check::logs(&self.nodes) {
            self.wrong.push(format!("after fault {}: {error:#}", self.times));
        }
        Ok(())
    }

    /// Ends the load, compares everything, and makes the row of the table.
    pub(crate) fn finish(mut self) -> Result<Row> {
        self.load.stop_changes()?;
        check::logs(&self.nodes)?;
        let found = check::keys(&self.nodes, &self.load, self.clock_was_wrong)?;
        self.wrong.extend(self.load.mistakes());
        self.wrong
            .extend(found.lost.iter().take(5).map(|what| format!("lost: {what}")));
        self.wrong
            .extend(found.half.iter().take(5).map(|what| format!("half-applied: {what}")));
        let counts = self.load.counts();
        let count = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::SeqCst);
        Ok(Row {
            times: self.times,
            answers: count(&counts.answers),
            after_proof: count(&counts.answers_after_proof),
            acknowledged: count(&counts.acknowledged),
            unknown: count(&counts.unknown),
            proofs: count(&counts.proofs),
            receipts: count(&counts.receipts),
            lost: found.lost.len() as u64 + count(&counts.refused_without_reason),
            half: found.half.len() as u64,
            valid_after_proof: count(&counts.valid_after_proof),
            slowest: self.slowest,
            notes: self.notes,
            wrong: self.wrong,
            ..Row::default()
        })
    }
}
