//! The audit log: who did what to what. Each event carries an HMAC over itself and the one before, under a key derived
//! from the master key, and the head a MAC over the last: whoever can write the database cannot rewrite history. Putting
//! back an old copy of the whole database is not noticed.

use model::id::UserId;
use model::time::Timestamp;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::Value;
use subtle::ConstantTimeEq;

use crate::backend::Backend;
use crate::crypto::master_key::{MasterKey, mac};
use crate::entity::{audit_event, head};
use crate::error::Result;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    /// Where the request came from.
    pub address: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActorKind {
    User {
        id: UserId,
        name: String,
    },
    CommandLine,
    /// The server by itself: provisioning.
    System,
    /// Somebody who is not logged in.
    Nobody,
}

/// What happened.
#[derive(Clone, Debug)]
pub(crate) struct Event<'a> {
    /// `subject.verb`, in the past tense: `key.created`.
    pub(crate) action: &'static str,
    /// ID and name of what it happened to.
    pub(crate) subject: Option<(&'a str, &'a str)>,
    pub(crate) details: Value,
}

/// Makes and checks the links of the chain.
#[derive(Debug)]
pub(crate) struct Chain {
    key: [u8; 32],
    head_key: [u8; 32],
}

impl Actor {
    pub const fn command_line() -> Self {
        Self {
            kind: ActorKind::CommandLine,
            address: None,
        }
    }

    pub(crate) const fn system() -> Self {
        Self {
            kind: ActorKind::System,
            address: None,
        }
    }

    /// The person's ID, where it is a person.
    pub fn user_id(&self) -> Option<&UserId> {
        match &self.kind {
            ActorKind::User { id, .. } => Some(id),
            _ => None,
        }
    }

    fn columns(&self) -> (&'static str, Option<String>, String) {
        match &self.kind {
            ActorKind::User { id, name } => ("user", Some(id.to_string()), name.clone()),
            ActorKind::CommandLine => ("command_line", None, "command line".to_owned()),
            ActorKind::System => ("system", None, "Latchkey".to_owned()),
            ActorKind::Nobody => ("nobody", None, "nobody".to_owned()),
        }
    }
}

impl Chain {
    pub(crate) fn new(master_key: &MasterKey) -> Self {
        Self {
            key: master_key.derive("latchkey audit chain"),
            head_key: master_key.derive("latchkey audit head"),
        }
    }

    /// The row for an event that follows one with the MAC `previous`.
    pub(crate) fn link(
        &self,
        number: i64,
        at: Timestamp,
        previous: &[u8],
        actor: &Actor,
        event: &Event<'_>,
    ) -> audit_event::Model {
        let (actor_kind, actor_id, actor_name) = actor.columns();
        let mut row = audit_event::Model {
            number,
            at: at.0,
            actor_kind: actor_kind.to_owned(),
            actor_id,
            actor_name,
            address: actor.address.clone(),
            action: event.action.to_owned(),
            subject_id: event.subject.map(|(id, _)| id.to_owned()),
            subject_name: event.subject.map(|(_, name)| name.to_owned()),
            details: event.details.to_string(),
            mac: Vec::new(),
        };
        row.mac = self.mac(previous, &row).to_vec();
        row
    }

    /// Says where the chain ends, so that events cannot be cut off.
    pub(crate) fn head_mac(&self, number: i64, last: &[u8]) -> [u8; 32] {
        mac(&self.head_key, &[&number.to_be_bytes(), last])
    }

    fn mac(&self, previous: &[u8], row: &audit_event::Model) -> [u8; 32] {
        // A JSON array: fields cannot run into each other.
        let fields = serde_json::json!([
            row.number,
            row.at,
            row.actor_kind,
            row.actor_id,
            row.actor_name,
            row.address,
            row.action,
            row.subject_id,
            row.subject_name,
            row.details,
        ]);
        mac(&self.key, &[previous, fields.to_string().as_bytes()])
    }
}

/// What a walk along the chain found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainState {
    Intact {
        events: i64,
    },
    /// The first event that was changed, removed or put elsewhere.
    Broken {
        number: i64,
    },
}

impl Backend {
    /// Recomputes the whole chain.
    pub async fn verify_audit_chain(&self) -> Result<ChainState> {
        let rows = audit_event::Entity::find()
            .order_by_asc(audit_event::COLUMN.number)
            .all(&self.db)
            .await?;
        let mut previous = Vec::new();
        let mut number = 0;
        for row in rows {
            number += 1;
            let expected = self.chain.mac(&previous, &row);
            if row.number != number || !bool::from(expected.ct_eq(&row.mac)) {
                return Ok(ChainState::Broken { number });
            }
            previous = row.mac;
        }
        let head = head::Entity::find_by_id(1).one(&self.db).await?;
        let end = self.chain.head_mac(number, &previous);
        let cut_off = head.is_none_or(|head| !bool::from(end.ct_eq(&head.audit_head_mac)));
        Ok(if cut_off {
            ChainState::Broken { number: number + 1 }
        } else {
            ChainState::Intact { events: number }
        })
    }
}
