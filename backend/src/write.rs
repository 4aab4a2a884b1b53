//! A mutation: one transaction that holds the changed rows, the audit event and the change number, or nothing.

use model::time::Timestamp;
use sea_orm::{ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, Set};
use tokio::sync::MutexGuard;

use crate::audit::{Actor, Event};
use crate::backend::Backend;
use crate::database::begin;
use crate::entity::{change_log, head};
use crate::error::{Error, Result};

/// An open mutation. Dropped without [`Write::commit`], it leaves no trace.
pub(crate) struct Write<'a> {
    pub(crate) transaction: DatabaseTransaction,
    pub(crate) now: Timestamp,
    backend: &'a Backend,
    head: head::Model,
    changed: bool,
    _turn: MutexGuard<'a, ()>,
}

/// What a change is about: nodes read it again from the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject<'a> {
    Key(&'a str),
    /// A person. Nodes hold nothing of people, so for them it is only a number.
    User(&'a str),
}

/// The word in the change log for changes of keys.
pub(crate) const KEY: &str = "key";

impl Backend {
    /// Begins a mutation. It holds the head, and with it the order of all mutations, until it ends.
    pub(crate) async fn write(&self) -> Result<Write<'_>> {
        let turn = self.writers.lock().await;
        let transaction = begin(&self.db).await?;
        let head = head::Entity::find_by_id(1)
            .one(&transaction)
            .await?
            .ok_or_else(|| Error::Internal("the database has no head row".to_owned()))?;
        Ok(Write {
            transaction,
            now: self.clock.now(),
            backend: self,
            head,
            changed: false,
            _turn: turn,
        })
    }
}

impl Write<'_> {
    /// Adds an event to the audit log's chain.
    pub(crate) async fn audit(&mut self, actor: &Actor, event: Event<'_>) -> Result<()> {
        let number = self.head.audit_number + 1;
        let row = self
            .backend
            .chain
            .link(number, self.now, &self.head.audit_mac, actor, &event);
        self.head.audit_number = number;
        self.head.audit_mac.clone_from(&row.mac);
        row.into_active_model().reset_all().insert(&self.transaction).await?;
        Ok(())
    }

    /// Takes the next change number and notes what it is about.
    pub(crate) async fn change(&mut self, subject: Subject<'_>) -> Result<i64> {
        self.head.change_number += 1;
        self.changed = true;
        let (subject, id) = match subject {
            Subject::Key(id) => (KEY, id),
            Subject::User(id) => ("user", id),
        };
        let change = change_log::ActiveModel {
            number: Set(self.head.change_number),
            subject: Set(subject.to_owned()),
            subject_id: Set(id.to_owned()),
            at: Set(self.now.0),
        };
        change.insert(&self.transaction).await?;
        Ok(self.head.change_number)
    }

    /// Makes the mutation durable, and in force on this node before it returns.
    pub(crate) async fn commit(self) -> Result<()> {
        let Self {
            transaction,
            backend,
            head,
            changed,
            _turn: turn,
            ..
        } = self;
        let mut head = head;
        head.audit_head_mac = backend.chain.head_mac(head.audit_number, &head.audit_mac).to_vec();
        head.into_active_model().reset_all().update(&transaction).await?;
        transaction.commit().await?;
        drop(turn);
        // From here on it is done, whatever happens: an error would say that it was not, and lose a new token. The task
        // that follows the change log tries again in a moment.
        if changed && let Err(error) = backend.catch_up().await {
            tracing::error!(%error, "a change is stored and not yet in force here");
        }
        Ok(())
    }
}
