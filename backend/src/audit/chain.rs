//! The links of the chain: made when an event is stored, and checked all along.

use model::audit::{Breakage, Broken, ChainCheck};
use model::audit_event::{Action, AuditEvent};
use model::name;
use model::time::{MINUTE, Timestamp};
use sea_orm::{
    ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
    TransactionTrait,
};
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;

use super::{Actor, Anchor, Event, stored};
use crate::backend::{Backend, wrong_master_key};
use crate::crypto::master_key::{MasterKey, mac};
use crate::crypto::random::Random;
use crate::crypto::seal::Seal;
use crate::entity::{audit_chain_key, audit_event, change_log, environment, head};
use crate::error::{Error, Result};
use crate::seed;
use crate::write::Write;

/// Events that are read at a time.
const BATCH: u64 = 2_000;
/// For how long a check of an unchanged log is not made again, in milliseconds.
const CHECKED: i64 = MINUTE;

/// Makes and checks the links.
pub(crate) struct Chain {
    key: [u8; 32],
    head_key: [u8; 32],
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Chain").finish_non_exhaustive()
    }
}

/// The last walk along the chain, and where the log ended then. Held while one is made: one is enough at a time.
#[derive(Debug, Default)]
pub(crate) struct LastCheck(Mutex<Option<(Vec<u8>, ChainCheck)>>);

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
        let details = stored::details(&event.what);
        debug_assert!(
            stored::read(action, &details).is_some_and(|read| stored::details(&read) == details),
            "{action} is not read as it was stored: {details}"
        );
        let mut row = audit_event::Model {
            number,
            at: at.0,
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

    /// Says where the chain ends, so that events cannot be cut off, and at which change and in which database: an end from
    /// before does not fit what was changed since.
    pub(crate) fn head_mac(&self, head: &head::Model) -> [u8; 32] {
        // A JSON array: fields cannot run into each other.
        let fields = serde_json::json!([head.change_number, head.audit_number, head.instance]);
        mac(&self.head_key, &[fields.to_string().as_bytes(), &head.audit_mac])
    }
}

/// Whether the log ends where its head says, by a MAC that only we can make. Not whether that is the last end there was.
pub(crate) fn ends_as_written(chain: &Chain, head: &head::Model) -> bool {
    chain.head_mac(head).ct_eq(&head.audit_head_mac).into()
}

/// Gives a database its name, and its head the MAC of this version: once, when the schema changes to it. A head whose MAC
/// of before does not fit gets none, so that what was cut off stays cut off.
pub(crate) async fn bind_head(transaction: &DatabaseTransaction, keys: &[&MasterKey]) -> Result<()> {
    let Some(mut head) = head::Entity::find_by_id(1).one(transaction).await? else {
        return Ok(());
    };
    let key = keys.iter().find(|key| head.master_key_check == key.check_value());
    let key = key.ok_or_else(wrong_master_key)?;
    let first = environment::Entity::find()
        .order_by_asc(environment::COLUMN.created_at)
        .order_by_asc(environment::COLUMN.id)
        .one(transaction)
        .await?;
    head.instance = seed::instance(&first.map(|first| first.id).unwrap_or_default());
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

fn link_mac(key: &[u8; 32], previous: &[u8], row: &audit_event::Model) -> [u8; 32] {
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
    mac(key, &[previous, fields.to_string().as_bytes()])
}

impl Backend {
    /// Walks along the whole chain, unless that was done a moment ago and nothing was added.
    pub async fn check_audit_chain(&self) -> Result<ChainCheck> {
        let mut last = self.last_check.0.lock().await;
        let head = head::Entity::find_by_id(1).one(&self.db).await?;
        let end = head.map(|head| head.audit_head_mac).unwrap_or_default();
        if let Some((checked, check)) = &*last
            && *checked == end
            && self.now().since(check.at) < CHECKED
        {
            return Ok(check.clone());
        }
        let check = self.verify_audit_chain().await?;
        *last = Some((end, check.clone()));
        Ok(check)
    }

    /// Recomputes the whole chain.
    pub async fn verify_audit_chain(&self) -> Result<ChainCheck> {
        let at = self.now();
        // First: what is seen from here on may be later than what is read.
        let seen = self.memory.seen();
        // One read transaction: the events and their end belong together.
        let transaction = self.db.begin().await?;
        let (events, broken) = self.walk(&transaction, seen.as_ref()).await?;
        transaction.rollback().await?;
        Ok(ChainCheck { at, events, broken })
    }

    async fn walk(&self, transaction: &DatabaseTransaction, seen: Option<&Anchor>) -> Result<(i64, Option<Broken>)> {
        let older = self.older_keys(transaction).await?;
        let mut previous = Vec::new();
        let mut number = 0;
        // From the lowest there is: a row before the first is none of ours, and the screen would show it.
        let mut read = i64::MIN;
        loop {
            let rows = audit_event::Entity::find()
                .filter(audit_event::COLUMN.number.gte(read))
                .order_by_asc(audit_event::COLUMN.number)
                .limit(BATCH)
                .all(transaction)
                .await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                number += 1;
                let broken = |how, row| Some(Broken { number, how, row });
                if row.number < number {
                    return Ok((number - 1, broken(Breakage::Changed, Some(told(&row)))));
                }
                if row.number > number {
                    return Ok((number - 1, broken(Breakage::Missing, None)));
                }
                let until = older.iter().find(|(until, _)| number <= *until);
                let key = until.map_or(&self.chain.key, |(_, key)| key);
                if !bool::from(link_mac(key, &previous, &row).ct_eq(&row.mac)) {
                    return Ok((number - 1, broken(Breakage::Changed, Some(told(&row)))));
                }
                if seen.is_some_and(|seen| seen.number == number && !seen.is(&row)) {
                    // Whoever wrote first after the cut, and knew of it, has said where it was.
                    return Ok(match noted_cut(transaction).await? {
                        Some(last) => (last, Some(cut_after(last))),
                        None => (number - 1, broken(Breakage::Replaced, Some(told(&row)))),
                    });
                }
                previous = row.mac;
                read = number + 1;
            }
        }
        let head = head::Entity::find_by_id(1).one(transaction).await?;
        let last_change: Option<i64> = change_log::Entity::find()
            .select_only()
            .column_as(change_log::COLUMN.number.max(), "last")
            .into_tuple()
            .one(transaction)
            .await?
            .flatten();
        // What the next event will be chained to has to be the last one, too, and the last change what the log of changes
        // says. An end that was sound once and is put back is not what somebody has seen.
        let sound = head.filter(|head| {
            let ends_here = head.audit_number == number && head.audit_mac == previous;
            let in_step = last_change.unwrap_or_default() == head.change_number;
            let seen_before = seen.is_some_and(|seen| seen.number > number);
            ends_here && in_step && !seen_before && ends_as_written(&self.chain, head)
        });
        if let Some(head) = sound {
            self.memory.note(&head);
            return Ok((number, None));
        }
        // Where more was written since then, the first who did has said where.
        let last = noted_cut(transaction).await?.unwrap_or(number);
        Ok((last, Some(cut_after(last))))
    }

    /// The keys from before the master key was changed, oldest first, with the last event that each has made.
    async fn older_keys(&self, transaction: &DatabaseTransaction) -> Result<Vec<(i64, [u8; 32])>> {
        let rows = audit_chain_key::Entity::find()
            .order_by_asc(audit_chain_key::COLUMN.until_number)
            .all(transaction)
            .await?;
        rows.into_iter()
            .map(|row| Ok((row.until_number, open(&self.seal, &row)?)))
            .collect()
    }
}

/// Keeps the key that made the events until now, for checks, when another master key comes in force.
pub(crate) async fn reseal(
    write: &Write<'_>,
    random: &dyn Random,
    old: &Chain,
    from: &Seal,
    to: &Seal,
    number: i64,
) -> Result<()> {
    for row in audit_chain_key::Entity::find().all(&write.transaction).await? {
        let sealed = to.seal(random, &what(row.until_number), &open(from, &row)?)?;
        let mut active = row.into_active_model();
        active.sealed = Set(sealed);
        active.update(&write.transaction).await?;
    }
    if number > 0 {
        let row = audit_chain_key::ActiveModel {
            until_number: Set(number),
            sealed: Set(to.seal(random, &what(number), &old.key)?),
        };
        row.insert(&write.transaction).await?;
    }
    Ok(())
}

fn open(seal: &Seal, row: &audit_chain_key::Model) -> Result<[u8; 32]> {
    let what = what(row.until_number);
    let key = seal.open(&what, &row.sealed)?;
    key.try_into().map_err(|_| Error::Internal(format!("{what} is no key")))
}

fn what(until: i64) -> String {
    format!("audit chain key until {until}")
}

/// The last event before the log was cut off, as somebody who wrote after that has noted it.
async fn noted_cut(transaction: &DatabaseTransaction) -> Result<Option<i64>> {
    let noted = audit_event::Entity::find()
        .filter(audit_event::COLUMN.action.eq(Action::AuditCutOff.name()))
        .order_by_asc(audit_event::COLUMN.number)
        .one(transaction)
        .await?;
    Ok(noted.and_then(|row| match stored::read(&row.action, &row.details)? {
        AuditEvent::AuditCutOff(cut) => Some(cut.after),
        _ => None,
    }))
}

const fn cut_after(last: i64) -> Broken {
    Broken {
        number: last + 1,
        how: Breakage::CutOff,
        row: None,
    }
}

/// What a row says, whatever it is worth.
fn told(row: &audit_event::Model) -> String {
    format!(
        "{} by {} at {}",
        name::shown(&row.action),
        name::shown(&row.actor_name),
        Timestamp(row.at).rfc3339()
    )
}
