//! Nodes, and how each learns of changes.

mod catch_up;
mod load;
mod node;

pub(crate) use catch_up::change_number;
pub use node::Spread;
pub(crate) use node::{Node, other_live_nodes};
