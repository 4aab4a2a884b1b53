//! The proof of a change: which nodes have it in force, and until when the others could still answer by the old state.

use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::progress::span;
use crate::time::{SECOND, Timestamp};

/// A node that is silent for longer than this, in milliseconds, is not waited for when a key is created.
pub const LIVE_LIMIT: i64 = 5 * SECOND;

/// The most nodes that one proof counts.
pub const NODES_MAX: u64 = 1_000;

/// How many nodes a sentence names.
const NAMED: usize = 3;

/// The proof of a change, as JSON has it. All times are the database's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// The number of the change.
    pub change: i64,
    /// When the change was made.
    #[serde(with = "crate::instant")]
    pub at: Timestamp,
    /// Whether every node that could still answer has applied the change, or must have stopped answering.
    pub in_force: bool,
    /// Since when that is so; `None` while it is not, and for a change that is so old that nobody knows any more.
    #[serde(with = "crate::instant::optional")]
    pub in_force_at: Option<Timestamp>,
    /// The nodes that could still answer, and the silent ones that had to be waited for.
    pub nodes: Vec<NodeProof>,
    /// All nodes that could answer when the change was made, for its receipt. Some of them may have stopped since.
    #[serde(skip)]
    pub all: Vec<NodeProof>,
}

/// A node in the proof of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "NodeJson", into = "NodeJson")]
pub struct NodeProof {
    pub id: NodeId,
    pub name: String,
    pub state: NodeState,
}

/// Whether a node has a change in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeState {
    InForce {
        /// The last change that the node has applied.
        applied: i64,
        /// When it had applied the change that is proven; `None` for a change that is so old that nobody knows any more.
        applied_at: Option<Timestamp>,
    },
    Missing {
        last_heard_at: Timestamp,
        /// From then on it refuses every request, unless it hears from the database before.
        refuses_at: Timestamp,
    },
}

/// [`NodeProof`] as JSON has it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", untagged)]
enum NodeJson {
    #[serde(rename_all = "camelCase")]
    InForce {
        id: NodeId,
        name: String,
        applied: i64,
        #[serde(with = "crate::instant::optional")]
        applied_at: Option<Timestamp>,
        in_force: bool,
    },
    #[serde(rename_all = "camelCase")]
    Missing {
        id: NodeId,
        name: String,
        #[serde(with = "crate::instant")]
        last_heard_at: Timestamp,
        #[serde(with = "crate::instant")]
        refuses_at: Timestamp,
        in_force: bool,
    },
}

impl From<NodeProof> for NodeJson {
    fn from(NodeProof { id, name, state }: NodeProof) -> Self {
        match state {
            NodeState::InForce { applied, applied_at } => Self::InForce {
                id,
                name,
                applied,
                applied_at,
                in_force: true,
            },
            NodeState::Missing {
                last_heard_at,
                refuses_at,
            } => Self::Missing {
                id,
                name,
                last_heard_at,
                refuses_at,
                in_force: false,
            },
        }
    }
}

impl From<NodeJson> for NodeProof {
    fn from(json: NodeJson) -> Self {
        match json {
            NodeJson::InForce {
                id,
                name,
                applied,
                applied_at,
                ..
            } => Self {
                id,
                name,
                state: NodeState::InForce { applied, applied_at },
            },
            NodeJson::Missing {
                id,
                name,
                last_heard_at,
                refuses_at,
                ..
            } => Self {
                id,
                name,
                state: NodeState::Missing {
                    last_heard_at,
                    refuses_at,
                },
            },
        }
    }
}

/// What is stored about a node and a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFacts {
    pub id: NodeId,
    pub name: String,
    /// When the node joined, before it loaded its index.
    pub started_at: Timestamp,
    pub last_heard_at: Timestamp,
    /// How long it answers from memory after it last heard from the database, in milliseconds.
    pub stale_limit: i64,
    /// When it stopped, or was found to be dead.
    pub stopped_at: Option<Timestamp>,
    /// The last change in the snapshot that it loaded; `None` until it has loaded one.
    pub loaded: Option<i64>,
    /// The last change that it has applied.
    pub applied: i64,
    /// When it had applied the change in question, as far as that is still known.
    pub applied_at: Option<Timestamp>,
}

impl NodeFacts {
    /// From then on the node answers nothing, unless it hears from the database before.
    pub fn ends_at(&self) -> Timestamp {
        self.stopped_at
            .unwrap_or_else(|| self.last_heard_at.plus(self.stale_limit))
    }

    /// Whether the node never answered without the change, since the change was in the snapshot that it loaded.
    fn began_with(&self, change: i64) -> bool {
        self.loaded.is_some_and(|loaded| loaded >= change)
    }

    /// Since when the node does not answer by the state before the change; `None` while it could.
    fn in_force_since(&self, change: i64, now: Timestamp) -> Option<Since> {
        let end = self.ends_at();
        if self.applied < change {
            return (end <= now).then_some(Since::Known(end));
        }
        if self.began_with(change) {
            return Some(Since::Always);
        }
        Some(
            self.applied_at
                .map_or(Since::Unknown, |applied| Since::Known(applied.min(end))),
        )
    }
}

enum Since {
    Always,
    Known(Timestamp),
    Unknown,
}

impl Proof {
    /// Computes the proof of a change from what is stored about each node. `now` is the time on the database's clock.
    pub fn new(change: i64, at: Timestamp, nodes: Vec<NodeFacts>, now: Timestamp) -> Self {
        let mut in_force = true;
        let mut since = Some(at);
        let mut all = Vec::new();
        // A node that had stopped answering before the change had no part in it. After a step back of the clock, the change
        // is in the future, and nobody knows who had stopped before it.
        for node in nodes.into_iter().filter(|node| node.ends_at() > at.min(now)) {
            match node.in_force_since(change, now) {
                None => in_force = false,
                Some(Since::Always) => {}
                Some(Since::Known(node_since)) => since = since.map(|since| since.max(node_since)),
                Some(Since::Unknown) => since = None,
            }
            let could_answer = node.ends_at() > now;
            let was_waited_for = node.applied < change && node.stopped_at.is_none();
            all.push((NodeProof::of(node, change), could_answer || was_waited_for));
        }
        all.sort_by(|(one, _), (other, _)| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        let nodes = all.iter().filter(|(_, is_listed)| *is_listed);
        let nodes = nodes.map(|(node, _)| node.clone()).collect();
        Self {
            change,
            at,
            in_force,
            in_force_at: since.filter(|_| in_force),
            nodes,
            all: all.into_iter().map(|(node, _)| node).collect(),
        }
    }

    /// How many nodes have the change in force, and how many could answer. A node that must have stopped answering does
    /// not count.
    pub fn count(&self, now: Timestamp) -> (usize, usize) {
        let known = self.nodes.iter().filter(|node| node.has_applied()).count();
        (known, known + self.missing(now).count())
    }

    /// The nodes that could still answer by the state before the change.
    pub fn missing(&self, now: Timestamp) -> impl Iterator<Item = (&NodeProof, Timestamp)> {
        self.nodes.iter().filter_map(move |node| match node.state {
            NodeState::Missing { refuses_at, .. } if refuses_at > now => Some((node, refuses_at)),
            _ => None,
        })
    }

    /// Milliseconds from the change until it was in force.
    pub fn took(&self) -> Option<i64> {
        self.in_force_at.map(|since| since.since(self.at).max(0))
    }

    /// The proof in words, such as `refused on 3 of 3 nodes after 212 ms`. `waited` is the time that was spent waiting
    /// for the change, in milliseconds, where somebody waited. Without a node there is nothing to say.
    pub fn sentence(&self, effect: ChangeEffect, now: Timestamp, waited: Option<i64>) -> String {
        let effect = effect.word();
        let (known, all) = self.count(now);
        if all == 0 {
            return String::new();
        }
        let nodes = if all == 1 { "node" } else { "nodes" };
        let reached = format!("{effect} on {known} of {all} {nodes}");
        if self.in_force {
            return match self.took() {
                Some(took) => format!("{reached} after {}", span(took)),
                None => reached,
            };
        }
        let so_far = match waited {
            Some(waited) => format!("{reached} after {}", span(waited).replace(".0 s", " s")),
            None => reached,
        };
        let silent = self.silent(now);
        match (silent.is_empty(), waited) {
            (false, _) => format!("{so_far}; {silent}"),
            (true, Some(_)) => so_far,
            (true, None) => format!("{so_far} so far"),
        }
    }

    /// When the nodes that are silent refuse at the latest, such as `node-c refuses at 12:31:07 at the latest`; empty
    /// where none is silent.
    fn silent(&self, now: Timestamp) -> String {
        let is_silent = |node: &NodeProof| match node.state {
            NodeState::Missing { last_heard_at, .. } => now.since(last_heard_at) > LIVE_LIMIT,
            NodeState::InForce { .. } => false,
        };
        let silent: Vec<(&NodeProof, Timestamp)> = self.missing(now).filter(|(node, _)| is_silent(node)).collect();
        let (named, more) = silent.split_at(silent.len().min(NAMED));
        let mut parts: Vec<String> = named
            .iter()
            .map(|(node, refuses_at)| format!("{} refuses at {} at the latest", node.name, refuses_at.clock()))
            .collect();
        if let Some(last) = more.iter().map(|(_, refuses_at)| refuses_at).max() {
            parts.push(format!("{} more by {}", more.len(), last.clock()));
        }
        parts.join(", ")
    }
}

impl NodeProof {
    fn of(node: NodeFacts, change: i64) -> Self {
        let state = if node.applied >= change {
            NodeState::InForce {
                applied: node.applied,
                applied_at: node.applied_at,
            }
        } else {
            NodeState::Missing {
                last_heard_at: node.last_heard_at,
                refuses_at: node.ends_at(),
            }
        };
        Self {
            id: node.id,
            name: node.name,
            state,
        }
    }

    /// Whether the node has applied the change.
    pub const fn has_applied(&self) -> bool {
        matches!(self.state, NodeState::InForce { .. })
    }
}

/// What a change does to the requests that it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeEffect {
    /// They are refused, as after a key was disabled or deleted.
    Refused,
    /// They are accepted, as after a key was enabled.
    Accepted,
    /// They are decided by new settings.
    #[default]
    InForce,
}

impl ChangeEffect {
    /// The word before "on 3 of 3 nodes".
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Accepted => "accepted",
            Self::InForce => "in force",
        }
    }
}

/// The proof of a change as screens show it: a sentence that the server made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownProof {
    /// Such as `Refused on 3 of 3 nodes after 212 ms.`
    pub text: String,
    /// Whether the sentence stays as it is, since the change is in force.
    pub settled: bool,
    /// The address of the receipt, for a person who may have it.
    pub receipt: Option<String>,
}

#[cfg(test)]
mod tests;
