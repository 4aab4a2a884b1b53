//! The links of the audit log's chain: each event carries a MAC over itself and the event before it.

use model::time::Timestamp;
use sea_orm::{ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryOrder};
use subtle::ConstantTimeEq;

use crate::actor::Actor;
use crate::crypto::master_key::{MasterKey, mac};
use crate::error::{RefusedStart, Result};
use crate::store::Event;
use crate::store::column::Stored;
use crate::store::entities::{audit_event, environment, head};
use crate::store::seed;

/// Makes and checks the links.
pub(crate) struct Chain {
    pub(crate) key: [u8; 32],
    head_key: [u8; 32],
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Chain").finish_non_exhaustive()
    }
}

impl Chain {
    pub(crate) fn new(master_key: &MasterKey) -> Self {
        Self {
            key: master_key.derive("latchkey audit chain"),
            head_key: master_key.derive("latchkey audit head 2"),
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
        let action = event.what.action().name();
        let details = super::event::details(&event.what);
        debug_assert!(
            super::event::read(action, &details).is_some_and(|read| super::event::details(&read) == details),
            "{action} is not read as it was stored: {details}"
        );
        let mut row = audit_event::Model {
            number,
            at: Stored(at),
            actor_kind: actor_kind.to_owned(),
            actor_id,
            actor_name,
            address: actor.address.clone(),
            action: action.to_owned(),
            subject_id: event.subject.map(|(id, _)| id.to_owned()),
            subject_name: event.subject.map(|(_, name)| name.to_owned()),
            details,
            mac: Vec::new(),
        };
        row.mac = link_mac(&self.key, previous, &row).to_vec();
        row
    }

    /// The MAC of the head, which says where the chain ends, so that events cannot be cut off. It also covers the last
    /// change number and the database's ID, so an earlier head does not fit the changes since then.
    pub(crate) fn head_mac(&self, head: &head::Model) -> [u8; 32] {
        // A JSON array: fields cannot run into each other.
        let fields = serde_json::json!([head.change_number, head.audit_number, head.instance]);
        mac(&self.head_key, &[fields.to_string().as_bytes(), &head.audit_mac])
    }
}

/// Whether the head has the MAC that only we can make. Does not tell whether this was the latest head.
pub(crate) fn ends_as_written(chain: &Chain, head: &head::Model) -> bool {
    chain.head_mac(head).ct_eq(&head.audit_head_mac).into()
}

/// Gives a database its ID, and its head the MAC of this version: once, when the schema changes to this version. A head
/// whose earlier MAC does not fit gets no new one, so that a log that was cut off does not look sound.
pub(crate) async fn sign_head_at_upgrade(transaction: &DatabaseTransaction, keys: &[&MasterKey]) -> Result<()> {
    let Some(mut head) = head::Entity::find_by_id(1).one(transaction).await? else {
        return Ok(());
    };
    let key = keys.iter().find(|key| head.master_key_check == key.check_value());
    let key = key.ok_or(RefusedStart::WrongMasterKey)?;
    let first = environment::Entity::find()
        .order_by_asc(environment::COLUMN.created_at)
        .order_by_asc(environment::COLUMN.id)
        .one(transaction)
        .await?;
    head.instance = seed::instance(first.as_ref().map_or("", |first| first.id.as_str()));
    let before = mac(
        &key.derive("latchkey audit head"),
        &[&head.audit_number.to_be_bytes(), &head.audit_mac],
    );
    if bool::from(before.ct_eq(&head.audit_head_mac)) {
        head.audit_head_mac = Chain::new(key).head_mac(&head).to_vec();
    }
    head.into_active_model().reset_all().update(transaction).await?;
    Ok(())
}

/// The MAC over an event and the MAC before it.
pub(crate) fn link_mac(key: &[u8; 32], previous: &[u8], row: &audit_event::Model) -> [u8; 32] {
    // A JSON array: fields cannot run into each other.
    let fields = serde_json::json!([
        row.number,
        row.at.0,
        row.actor_kind,
        row.actor_id,
        row.actor_name,
        row.address,
        row.action,
        row.subject_id,
        row.subject_name,
        row.details,
    ]);
    mac(key, &[previous, fields.to_string().as_bytes()])
}
