//! What a receipt says (docs/RECEIPTS.md).

use model::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

/// The type of a receipt in the header of its signature.
pub(super) const TYPE: &str = "latchkey-receipt+jwt";

/// The claims of a receipt. All times but `iat` are RFC 3339 in UTC, to the millisecond, on the database's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claims {
    /// The public URL of the console, or a URN with the ID of the database where there is none.
    pub iss: String,
    /// When the receipt was issued, in Unix seconds.
    pub iat: i64,
    /// The ID of the database.
    pub instance: String,
    /// The number of the change.
    pub change: i64,
    /// When the change was made.
    #[serde(with = "model::instant")]
    pub at: Timestamp,
    /// The name of its event in the audit log, such as `key.disabled`.
    pub action: String,
    /// What was changed, as the audit log names it.
    pub subject: Subject,
    /// Who changed it, as the audit log names them.
    pub actor: ActorClaim,
    /// Since when the change is in force on every node that could answer.
    #[serde(with = "model::instant")]
    pub in_force_at: Timestamp,
    /// The nodes that could answer when the change was made, or started before it was in force.
    pub nodes: Vec<NodeClaim>,
    /// For a key that was disabled or deleted: no node has said VALID for it after this time, see [`LastValid`].
    #[serde(default, skip_serializing_if = "LastValid::is_not_said")]
    pub last_valid_at: LastValid,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub id: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorClaim {
    /// `user`, `command_line` or `system`.
    pub kind: String,
    /// The ID of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub name: String,
}

/// A node, and why it no longer answers by the state before the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeClaim {
    pub id: String,
    pub name: String,
    /// When it had applied the change.
    #[serde(default, with = "model::instant::optional", skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<Timestamp>,
    /// For a node that did not report: since then it refuses every request, unless it has heard of the change before.
    #[serde(default, with = "model::instant::optional", skip_serializing_if = "Option::is_none")]
    pub refuses_at: Option<Timestamp>,
}

/// When a node last said VALID for a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum LastValid {
    /// The change did not make a key refuse. The claim is missing.
    #[default]
    NotSaid,
    /// No node has said VALID, as far as they reported. The claim is null.
    Never,
    At(#[serde(with = "model::instant")] Timestamp),
}

impl LastValid {
    const fn is_not_said(&self) -> bool {
        matches!(self, Self::NotSaid)
    }
}

/// A claim that is there is a time or null. One that is missing is the default, which serde sets by itself.
impl<'de> Deserialize<'de> for LastValid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let at = model::instant::optional::deserialize(deserializer)?;
        Ok(at.map_or(Self::Never, Self::At))
    }
}

impl Claims {
    /// What does not fit together, in words; `None` for claims as Latchkey makes them.
    pub(super) fn contradiction(&self) -> Option<&'static str> {
        let later = |at: Option<Timestamp>| at.is_some_and(|at| at > self.in_force_at);
        if self.change < 1 {
            return Some("the number of the change is not positive");
        }
        if self.in_force_at < self.at {
            return Some("the change is said to be in force before it was made");
        }
        if self.iat < self.in_force_at.0.div_euclid(1_000) {
            return Some("the receipt is said to be issued before the change was in force");
        }
        if let LastValid::At(at) = self.last_valid_at
            && later(Some(at))
        {
            return Some("a node is said to have answered VALID after the change was in force");
        }
        for node in &self.nodes {
            if later(node.applied_at) || later(node.refuses_at) {
                return Some("a node is said to have got the change after it was in force everywhere");
            }
            if node.applied_at.is_none() == node.refuses_at.is_none() {
                return Some("a node has neither applied the change nor stopped answering, or both");
            }
        }
        None
    }
}
