//! A mutation: one transaction that holds the changed rows, the audit event and the change number, or nothing.

use std::pin::Pin;
use std::sync::{Arc, Weak};

use model::audit_event::{Action, AuditEvent, CutOff};
use model::id::{CustomerId, EnvironmentId, KeyId, ProfileId, ServiceAccountId, UserId};
use model::role::Role;
use model::time::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter};

use super::anchor::Anchor;
use super::chain::{Chain, ends_as_written};
use super::event::Event;
use super::turns::{TURN_LIMIT, Turn, to_the_end};
use crate::actor::Actor;
use crate::change_request::ChangeRequest;
use crate::error::{Conflict, Error, Result};
use crate::store::Store;
use crate::store::column::Stored;
use crate::store::database::{announce, begin};
use crate::store::entities::change_log::SubjectKind;
use crate::store::entities::{audit_event, change_log, head, last_valid_use};

/// The numbers of rows that one statement can have. There are only a few: a connection keeps the statements that it has
/// prepared, and a large one takes hundreds of kilobytes.
const ROWS: [usize; 3] = [MOST_ROWS, 20, 1];

/// The most rows that one statement inserts.
pub(crate) const MOST_ROWS: usize = 400;

/// How often a mutation tries to come into force on this node before its answer goes out.
const TRIES: u32 = 3;

/// Brings what mutations have changed into force on this node.
pub(crate) trait BringIntoForce: std::fmt::Debug + Send + Sync {
    /// Applies the changes that are committed and not yet in force here, at least up to this number.
    fn bring_into_force(&self, number: i64) -> Pin<Box<dyn Future<Output = Result<()>> + Send + '_>>;
}

/// An open mutation. Dropped without [`Mutation::commit`], it leaves no trace.
pub(crate) struct Mutation<'a> {
    pub(crate) transaction: DatabaseTransaction,
    pub(crate) now: Timestamp,
    /// The actor's role as this transaction read it. Without an actor it is the lowest role, which allows no mutation.
    pub(crate) role: Role,
    /// What the program's request adds to this mutation.
    pub(super) request: Option<Arc<ChangeRequest>>,
    pub(super) store: &'a Store,
    head: head::Model,
    /// The number of the last event when the mutation began, and whether the end of the log was sound at that time. Signing
    /// the end of a log that was cut off would hide the cut.
    began_after: i64,
    end_is_sound: bool,
    /// Whether the log continues from the latest end that was seen.
    continues_from_seen: bool,
    // Stored at the commit at the latest, many rows at a time.
    events: Vec<audit_event::Model>,
    changes: Vec<change_log::Model>,
    last_valid: Vec<last_valid_use::Model>,
    /// Whether there was any change. At the commit, `changes` may have been stored already.
    changed: bool,
    // The last field, since the transaction has to end before the turn.
    turn: Turn,
}

/// A transaction that has begun, with what it has read about the log.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) transaction: DatabaseTransaction,
    pub(super) head: head::Model,
    pub(super) began_after: i64,
    pub(super) end_is_sound: bool,
    pub(super) continues_from_seen: bool,
}

/// What a change is about: nodes read it again from the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject<'a> {
    Key(&'a KeyId),
    /// A bias profile.
    Profile(&'a ProfileId),
    /// An environment, with its name and key.
    Environment(&'a EnvironmentId),
    /// An endpoint of the catalogue, by name.
    Endpoint(&'a str),
    Customer(&'a CustomerId),
    /// A person. Nodes hold nothing about people, so they only advance to the number of such a change.
    User(&'a UserId),
    /// A service account. Nodes hold nothing about it, as about a person, so it has the word of a person in the change log.
    ServiceAccount(&'a ServiceAccountId),
    /// An invitation, which will become a person, by the name of its link.
    Invitation(&'a str),
}

impl Store {
    /// Begins a mutation that asks nobody's permission: what the server does by itself, and the entry pages, which check a link,
    /// a password or a code in this very transaction. All others begin with [`Store::begin`]. It holds the head, and
    /// with it the order of all mutations, until it ends.
    pub(crate) async fn begin_unguarded(&self) -> Result<Mutation<'_>> {
        self.begin_under_any_key().await?.under_the_same_key()
    }

    /// Begins a mutation without checking under which master key the database is.
    pub(crate) async fn begin_under_any_key(&self) -> Result<Mutation<'_>> {
        let turn = self.wait_for_turn().await?.alone().await?;
        let begun = self.open_mutation().await?;
        Ok(self.mutation(begun, turn))
    }

    /// Begins a mutation that is committed together with others, see [`super::turns`]. It must read nothing outside its transaction
    /// that another such mutation writes, since that is not committed yet.
    pub(crate) async fn begin_shared_unguarded(&self) -> Result<Mutation<'_>> {
        let (turn, begun) = self.wait_for_turn().await?.join(self).await?;
        self.mutation(begun, turn).under_the_same_key()
    }

    async fn wait_for_turn(&self) -> Result<Turn> {
        tokio::time::timeout(TURN_LIMIT, self.turns.queue())
            .await
            .map_err(|_| Error::no_turn(TURN_LIMIT))
    }

    /// Begins the transaction of a mutation, or of several.
    pub(super) async fn open_mutation(&self) -> Result<Begun> {
        let seen = self.audit_end.seen();
        let transaction = begin(&self.writer).await?;
        let head = head::Entity::find_by_id(1)
            .one(&transaction)
            .await?
            .ok_or_else(|| Error::Internal("the database has no head row".to_owned()))?;
        let continues_from_seen = self.continues_from_seen(seen.as_ref(), &transaction, &head).await?;
        Ok(Begun {
            began_after: head
                .audit_number
                .min(seen.map_or(i64::MAX, |seen| last_common_event(continues_from_seen, &seen))),
            end_is_sound: continues_from_seen && ends_as_written(&self.chain, &head),
            continues_from_seen,
            transaction,
            head,
        })
    }

    fn mutation(&self, begun: Begun, turn: Turn) -> Mutation<'_> {
        Mutation {
            transaction: begun.transaction,
            now: self.clock.now(),
            role: Role::Viewer,
            request: None,
            store: self,
            head: begun.head,
            began_after: begun.began_after,
            end_is_sound: begun.end_is_sound,
            continues_from_seen: begun.continues_from_seen,
            events: Vec::new(),
            changes: Vec::new(),
            last_valid: Vec::new(),
            changed: false,
            turn,
        }
    }
}

impl Mutation<'_> {
    fn under_the_same_key(self) -> Result<Self> {
        if self.head.master_key_check == self.store.master_key_check {
            return Ok(self);
        }
        Err(Conflict::MasterKeyChanged.into())
    }

    pub(crate) fn master_key_check(&self) -> &str {
        &self.head.master_key_check
    }

    /// Checks the end of the log under another chain than the one of this process.
    pub(crate) fn check_end(&mut self, chain: &Chain) {
        self.end_is_sound = self.continues_from_seen && ends_as_written(chain, &self.head);
    }

    /// Makes another master key the right one, beginning with the commit.
    pub(crate) fn set_master_key_check(&mut self, check: String) {
        self.head.master_key_check = check;
    }

    /// The number of the last change.
    pub(super) const fn change_number(&self) -> i64 {
        self.head.change_number
    }

    /// The number of the last event.
    pub(crate) fn audit_number(&self) -> i64 {
        self.head.audit_number
    }

    /// Adds an event to the audit log's chain.
    pub(crate) fn audit(&mut self, actor: &Actor, event: &Event<'_>) {
        let number = self.head.audit_number + 1;
        let row = self
            .store
            .chain
            .link(number, self.now, &self.head.audit_mac, actor, event);
        self.head.audit_number = number;
        self.head.audit_mac.clone_from(&row.mac);
        self.events.push(row);
    }

    /// Takes the next change number and notes the subject of the change. The next event that is added is the event of this change.
    pub(crate) fn change(&mut self, subject: Subject<'_>) -> i64 {
        self.head.change_number += 1;
        self.changed = true;
        let (subject, id) = match subject {
            Subject::Key(id) => (SubjectKind::Key, id.as_str()),
            Subject::Profile(id) => (SubjectKind::Profile, id.as_str()),
            Subject::Environment(id) => (SubjectKind::Environment, id.as_str()),
            Subject::Endpoint(name) => (SubjectKind::Endpoint, name),
            Subject::Customer(id) => (SubjectKind::Customer, id.as_str()),
            Subject::User(id) => (SubjectKind::User, id.as_str()),
            Subject::ServiceAccount(id) => (SubjectKind::User, id.as_str()),
            Subject::Invitation(name) => (SubjectKind::User, name),
        };
        self.changes.push(change_log::Model {
            number: self.head.change_number,
            subject: Stored(subject),
            subject_id: id.to_owned(),
            // Not this node's clock, since nodes tell when they applied a change by the database's.
            at: Stored(self.store.database_now()),
            audit_number: Some(self.head.audit_number + 1),
        });
        self.head.change_number
    }

    /// Notes when the database knew a key to be used last, for the receipt of a change that makes the key refuse. Nodes add what they
    /// know when they apply the change.
    pub(crate) fn note_last_valid(&mut self, change: i64, at: Option<Timestamp>) {
        let now = self.store.database_now();
        self.last_valid.extend(at.map(|at| last_valid_use::Model {
            change_number: change,
            node_id: String::new(),
            // The clock of a node may be ahead.
            at: Stored(at.min(now)),
            stored_at: Stored(now),
        }));
    }

    /// Stores the events and changes so far, so that a mutation of many rows does not hold them all in memory.
    pub(crate) async fn insert_log(&mut self) -> Result<()> {
        let (events, changes) = (std::mem::take(&mut self.events), std::mem::take(&mut self.changes));
        debug_assert!(
            changes
                .iter()
                .all(|change| change.audit_number <= Some(self.head.audit_number)),
            "each change has an event"
        );
        let last_valid = std::mem::take(&mut self.last_valid);
        insert::<audit_event::Entity, audit_event::ActiveModel>(&self.transaction, events).await?;
        insert::<last_valid_use::Entity, last_valid_use::ActiveModel>(&self.transaction, last_valid).await?;
        insert::<change_log::Entity, change_log::ActiveModel>(&self.transaction, changes).await
    }

    /// Makes the mutation durable, and in force on this node before it returns. Answers with the last change number.
    pub(crate) async fn commit(mut self) -> Result<i64> {
        if !self.end_is_sound {
            self.note_cut_off().await?;
        }
        self.insert_log().await?;
        self.keep_answer().await?;
        let Self {
            transaction,
            store,
            request,
            mut head,
            changed,
            end_is_sound,
            turn,
            ..
        } = self;
        let number = head.change_number;
        if end_is_sound {
            head.audit_head_mac = store.chain.head_mac(&head).to_vec();
        }
        if turn.is_shared() {
            let added = Some((head.clone(), changed));
            to_the_end(async move {
                // Ends the savepoint.
                transaction.commit().await?;
                turn.wait_for_commit(added).await
            })
            .await??;
        } else {
            write_head(&transaction, &head, changed && store.settings.database_listen).await?;
            transaction
                .commit()
                .await
                .map_err(|error| Error::from(error).at_commit())?;
            drop(turn);
        }
        let is_answered = request.is_some();
        if let Some(request) = request {
            request.note_change(number);
        }
        if end_is_sound {
            store.audit_end.note(&head);
            store.write_anchor().await;
        }
        // The mutation is committed. An error now would say that it was not, and lose a new token. The task that
        // follows the change log tries again in a moment. A program that is told of what others made, as by an import that changes
        // nothing, may use it at once as well.
        if (changed || is_answered)
            && let Some(in_force) = store.in_force.get().and_then(Weak::upgrade)
        {
            let mut tries = 1;
            while let Err(error) = in_force.bring_into_force(number).await {
                tracing::error!(%error, "a change is stored and not yet in force here");
                if tries == TRIES {
                    break;
                }
                tries += 1;
            }
        }
        Ok(number)
    }
}

impl Mutation<'_> {
    /// Ends the mutation without a trace, once what it has read is durable: it may tell of a change by another that shares its transaction.
    pub(crate) async fn give_up(self) -> Result<()> {
        let Self { transaction, turn, .. } = self;
        to_the_end(async move {
            transaction.rollback().await?;
            if turn.is_shared() {
                turn.wait_for_commit(None).await?;
            }
            Ok::<_, Error>(())
        })
        .await?
    }

    /// Notes once, in the audit log itself, after which event the log was cut off. The mutation goes on all the same:
    /// an operator who is attacked has to be able to act.
    async fn note_cut_off(&mut self) -> Result<()> {
        tracing::error!(
            after = self.began_after,
            "the audit log does not end as it was written: events were cut off"
        );
        let noted = audit_event::Entity::find()
            .filter(audit_event::COLUMN.action.eq(Action::AuditCutOff.name()))
            .one(&self.transaction)
            .await?;
        if noted.is_none() {
            let cut = AuditEvent::AuditCutOff(CutOff {
                after: self.began_after,
            });
            self.audit(&Actor::system(), &Event::without_subject(cut));
        }
        Ok(())
    }
}

/// Stores the head, and tells the other nodes of a change.
pub(super) async fn write_head(transaction: &DatabaseTransaction, head: &head::Model, announces: bool) -> Result<()> {
    // Not `update`, which would read the row back.
    head::Entity::update_many()
        .set(head.clone().into_active_model().reset_all())
        .filter(head::COLUMN.id.eq(head.id))
        .exec(transaction)
        .await?;
    if announces {
        announce(transaction).await?;
    }
    Ok(())
}

/// The number of the last event that this log and the log that was seen before can have in common.
const fn last_common_event(continues_from_seen: bool, seen: &Anchor) -> i64 {
    if continues_from_seen { i64::MAX } else { seen.number - 1 }
}

/// Splits rows into chunks that each fit one statement.
pub(crate) fn chunks_for_statements<T>(mut all: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let rows = ROWS.into_iter().find(|rows| *rows <= all.len())?;
        let (some, rest) = all.split_at(rows);
        all = rest;
        Some(some)
    })
}

/// Inserts rows, many with one statement.
pub(crate) async fn insert<E, A>(transaction: &DatabaseTransaction, rows: Vec<E::Model>) -> Result<()>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + Send,
    E::Model: IntoActiveModel<A>,
{
    insert_or::<E, A>(transaction, rows, None).await
}

/// Inserts rows, or does what the clause says where a row exists already.
pub(crate) async fn insert_or<E, A>(
    transaction: &DatabaseTransaction,
    rows: Vec<E::Model>,
    on_conflict: Option<&OnConflict>,
) -> Result<()>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + Send,
    E::Model: IntoActiveModel<A>,
{
    let mut rows = rows.into_iter();
    while let Some(number) = ROWS.into_iter().find(|number| *number <= rows.len()) {
        let some = rows
            .by_ref()
            .take(number)
            .map(|row| row.into_active_model().reset_all());
        let mut insert = E::insert_many(some.collect::<Vec<A>>());
        if let Some(on_conflict) = on_conflict {
            insert = insert.on_conflict(on_conflict.clone());
        }
        insert.exec_without_returning(transaction).await?;
    }
    Ok(())
}
