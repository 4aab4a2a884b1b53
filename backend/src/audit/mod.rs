//! The audit log: who did what to what. Each event carries an HMAC over itself and the event before it, under a key
//! derived from the master key, and the head carries a MAC over the last event. So a person who can write to the
//! database cannot rewrite history. An old copy of the whole database that is put back is found with an anchor, which
//! remembers a later end.

mod anchors;
mod check;
mod export;
mod log;
mod refusal;
mod stored;

use std::sync::Arc;

use crate::store::Store;

pub use crate::actor::{Actor, ActorKind};
pub(crate) use crate::store::Event;
pub use crate::store::{Anchor, anchor_file};
pub(crate) use check::reseal;
pub use export::Lines;
pub(crate) use log::person;
pub use refusal::harmless_path;
pub(crate) use stored::sentence;

/// Reads the audit log, checks its chain, and records what is not a mutation: refusals and failed logins.
#[derive(Debug)]
pub struct Audit {
    store: Arc<Store>,
    last_check: check::LastCheck,
    pub(crate) quota: refusal::Quota,
}

impl Audit {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self {
            store,
            last_check: check::LastCheck::default(),
            quota: refusal::Quota::default(),
        }
    }
}
