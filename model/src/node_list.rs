//! The nodes that share the database, as the screen Settings → Nodes lists them.

use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::proof::{LIVE_LIMIT, NodeFacts};
use crate::time::{DAY, Timestamp};

/// How long a node that stopped is listed, in milliseconds.
pub const STOPPED_SHOWN: i64 = DAY;

/// The nodes that could answer, and those that stopped a short while ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeList {
    pub nodes: Vec<NodeRow>,
    pub now: Timestamp,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRow {
    pub id: NodeId,
    pub name: String,
    /// Empty for a version that did not tell.
    pub version: String,
    pub started_at: Timestamp,
    /// The last change that it has applied.
    pub applied: i64,
    /// Number of changes that it has not applied yet.
    pub behind: i64,
    pub last_heard_at: Timestamp,
    pub standing: Standing,
    /// Whether it is the node that made this list.
    pub here: bool,
}

/// How a node stands to the change log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    InStep,
    Behind,
    /// It was not heard from for a while, and may answer from memory until then.
    Silent {
        until: Timestamp,
    },
    Stopped,
}

impl Standing {
    /// How a node stands when the change log ends with `last`.
    pub fn of(node: &NodeFacts, last: i64, now: Timestamp) -> Self {
        if node.ends_at() <= now {
            Self::Stopped
        } else if now.since(node.last_heard_at) > LIVE_LIMIT {
            Self::Silent { until: node.ends_at() }
        } else if node.applied < last {
            Self::Behind
        } else {
            Self::InStep
        }
    }

    /// In words, such as `Silent until 12:31:07`.
    pub fn words(self) -> String {
        match self {
            Self::InStep => "In step".to_owned(),
            Self::Behind => "Behind".to_owned(),
            Self::Silent { until } => format!("Silent until {}", until.clock()),
            Self::Stopped => "Stopped".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{MINUTE, SECOND};

    const NOW: Timestamp = Timestamp(1_795_326_180_000); // 2026-11-22T05:43:00Z

    fn standing(heard_before: i64, applied: i64, stopped: bool) -> String {
        let node = NodeFacts {
            id: NodeId::from_random("0123456789"),
            name: "node-a".to_owned(),
            started_at: NOW.plus(-DAY),
            last_heard_at: NOW.plus(-heard_before),
            stale_limit: 5 * MINUTE,
            stopped_at: stopped.then_some(NOW),
            loaded: Some(1),
            applied,
            applied_at: None,
        };
        Standing::of(&node, 7, NOW).words()
    }

    #[test]
    fn a_node_stands_as_it_was_last_heard() {
        assert_eq!(standing(SECOND, 7, false), "In step");
        assert_eq!(standing(SECOND, 6, false), "Behind");
        assert_eq!(standing(LIVE_LIMIT, 7, false), "In step");
        for applied in [6, 7] {
            assert_eq!(standing(LIVE_LIMIT + 1, applied, false), "Silent until 05:47:54");
        }
        assert_eq!(standing(5 * MINUTE, 7, false), "Stopped");
        assert_eq!(standing(SECOND, 7, true), "Stopped");
    }
}
