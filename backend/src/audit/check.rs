//! Checks the whole chain of the audit log, and keeps the keys of its older parts.

use model::audit::{Breakage, Broken, ChainCheck};
use model::audit_event::{Action, AuditEvent};
use model::name;
use model::role::Permission;
use model::time::MINUTE;
use sea_orm::{
    ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
};
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;

use super::{Anchor, Audit};
use crate::actor::Actor;
use crate::crypto::random::Random;
use crate::crypto::seal::Seal;
use crate::error::{Error, Result};
use crate::store::database::begin_snapshot;
use crate::store::entities::{audit_chain_key, audit_event, change_log, head};
use crate::store::event::read;
use crate::store::{Chain, Mutation, ends_as_written, link_mac};

/// Number of events that are read at a time.
const BATCH: u64 = 2_000;
/// How long the result of a check is used again while the log is unchanged, in milliseconds.
const CHECKED: i64 = MINUTE;

/// The result of the last check, and the end of the log at that time. The lock is held during a check, so that only one
/// runs at a time.
#[derive(Debug, Default)]
pub(crate) struct LastCheck(Mutex<Option<(Vec<u8>, ChainCheck)>>);

impl Audit {
    /// Checks the whole chain, unless it was checked a moment ago and nothing was added since.
    pub async fn check_chain(&self, actor: &Actor) -> Result<ChainCheck> {
        actor.require(Permission::SeeAudit)?;
        let mut last = self.last_check.0.lock().await;
        let head = head::Entity::find_by_id(1).one(&self.store.db).await?;
        let end = head.map(|head| head.audit_head_mac).unwrap_or_default();
        if let Some((checked, check)) = &*last
            && *checked == end
            && self.store.now().since(check.at) < CHECKED
        {
            return Ok(check.clone());
        }
        let check = self.verify_chain(actor).await?;
        *last = Some((end, check.clone()));
        Ok(check)
    }

    /// Recomputes the whole chain.
    pub async fn verify_chain(&self, actor: &Actor) -> Result<ChainCheck> {
        actor.require(Permission::SeeAudit)?;
        let at = self.store.now();
        // This comes first: what this node sees later may be newer than what the transaction reads.
        let seen = self.store.audit_end.seen();
        // One read transaction: the events and their end belong together.
        let transaction = begin_snapshot(&self.store.db).await?;
        let (events, broken) = self.walk(&transaction, seen.as_ref()).await?;
        transaction.rollback().await?;
        Ok(ChainCheck { at, events, broken })
    }

    async fn walk(&self, transaction: &DatabaseTransaction, seen: Option<&Anchor>) -> Result<(i64, Option<Broken>)> {
        let older = self.older_keys(transaction).await?;
        let mut previous = Vec::new();
        let mut number = 0;
        // Reading starts at the lowest number: a row before number 1 was not written by us, but the screen would show
        // it.
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
                    return Ok((number - 1, broken(Breakage::Changed, Some(row_in_words(&row)))));
                }
                if row.number > number {
                    return Ok((number - 1, broken(Breakage::Missing, None)));
                }
                let until = older.iter().find(|(until, _)| number <= *until);
                let key = until.map_or(&self.store.chain.key, |(_, key)| key);
                if !bool::from(link_mac(key, &previous, &row).ct_eq(&row.mac)) {
                    return Ok((number - 1, broken(Breakage::Changed, Some(row_in_words(&row)))));
                }
                if seen.is_some_and(|seen| seen.number == number && !seen.is(&row)) {
                    // The first process that wrote after the cut and knew of it has noted where the cut was.
                    return Ok(match noted_cut(transaction).await? {
                        Some(last) => (last, Some(cut_after(last))),
                        None => (number - 1, broken(Breakage::Replaced, Some(row_in_words(&row)))),
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
        // The head has to name the last event, to which the next one will be chained, and the last change of the change
        // log. An older end that was put back is found because this node has seen a later one.
        let sound = head.filter(|head| {
            let ends_here = head.audit_number == number && head.audit_mac == previous;
            let in_step = last_change.unwrap_or_default() == head.change_number;
            let seen_before = seen.is_some_and(|seen| seen.number > number);
            ends_here && in_step && !seen_before && ends_as_written(&self.store.chain, head)
        });
        if let Some(head) = sound {
            self.store.audit_end.note(&head);
            return Ok((number, None));
        }
        // Where more was written after the cut, the first process that wrote has noted where the cut was.
        let last = noted_cut(transaction).await?.unwrap_or(number);
        Ok((last, Some(cut_after(last))))
    }

    /// The chain keys of earlier master keys, oldest first, each with the number of the last event under it.
    async fn older_keys(&self, transaction: &DatabaseTransaction) -> Result<Vec<(i64, [u8; 32])>> {
        let rows = audit_chain_key::Entity::find()
            .order_by_asc(audit_chain_key::COLUMN.until_number)
            .all(transaction)
            .await?;
        rows.into_iter()
            .map(|row| Ok((row.until_number, open(&self.store.seal, &row)?)))
            .collect()
    }
}

/// Keeps the present chain key for later checks when another master key comes into force.
pub(crate) async fn reseal(
    mutation: &Mutation<'_>,
    random: &dyn Random,
    old: &Chain,
    from: &Seal,
    to: &Seal,
    number: i64,
) -> Result<()> {
    for row in audit_chain_key::Entity::find().all(&mutation.transaction).await? {
        let sealed = to.seal(random, &sealed_as(row.until_number), &open(from, &row)?)?;
        let mut active = row.into_active_model();
        active.sealed = Set(sealed);
        active.update(&mutation.transaction).await?;
    }
    if number > 0 {
        let row = audit_chain_key::ActiveModel {
            until_number: Set(number),
            sealed: Set(to.seal(random, &sealed_as(number), &old.key)?),
        };
        row.insert(&mutation.transaction).await?;
    }
    Ok(())
}

fn open(seal: &Seal, row: &audit_chain_key::Model) -> Result<[u8; 32]> {
    let sealed_as = sealed_as(row.until_number);
    let key = seal.open(&sealed_as, &row.sealed)?;
    key.try_into()
        .map_err(|_| Error::Internal(format!("{sealed_as} is not a key")))
}

fn sealed_as(until: i64) -> String {
    format!("audit chain key until {until}")
}

/// The number of the last event before the log was cut off, as a process that wrote later has noted it.
async fn noted_cut(transaction: &DatabaseTransaction) -> Result<Option<i64>> {
    let noted = audit_event::Entity::find()
        .filter(audit_event::COLUMN.action.eq(Action::AuditCutOff.name()))
        .order_by_asc(audit_event::COLUMN.number)
        .one(transaction)
        .await?;
    Ok(noted.and_then(|row| match read(&row.action, &row.details)? {
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

/// What a row says, also where it cannot be trusted.
fn row_in_words(row: &audit_event::Model) -> String {
    format!(
        "{} by {} at {}",
        name::shown(&row.action),
        name::shown(&row.actor_name),
        row.at.0.rfc3339()
    )
}
