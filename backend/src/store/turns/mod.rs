//! Turns to write. The transactions of this process that write take turns here rather than at the database, where they would have
//! to retry.
//!
//! To make a commit durable takes milliseconds, in which nothing else is written. So mutations that come often, such as the creation of a key,
//! share one: each is a savepoint in a transaction that they have in common. None of them is answered before that transaction is
//! committed. The next one may build on what is not durable yet, since it cannot become durable without it.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DbErr, TransactionTrait as _};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::mutation::{Begun, write_head};
use crate::error::{Error, Outage, Result};
use crate::store::Store;
use crate::store::entities::head;

/// How long a writer waits for those of this process that came before it.
pub(super) const TURN_LIMIT: Duration = Duration::from_secs(12);

/// The savepoint that a shared transaction begins with.
const SHARED: &str = "shared";

/// The queue of those who wait for a turn, first come, first served.
#[derive(Debug, Default)]
pub(crate) struct Turns(Arc<Mutex<Writing>>);

/// What goes from turn to turn.
#[derive(Debug, Default)]
pub(super) struct Writing {
    /// The transaction that mutations share at present.
    shared: Option<Shared>,
    /// The number of shared transactions so far.
    opened: u64,
}

/// A turn to write. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    writing: OwnedMutexGuard<Writing>,
    is_shared: bool,
}

/// A transaction that mutations share.
#[derive(Debug)]
struct Shared {
    begun: Begun,
    listen: bool,
    changed: bool,
    /// Whether a mutation has joined and has not ended yet. If it is still so in the next turn, that mutation has failed.
    is_inside: bool,
    /// Those who wait for the commit.
    waiting: Vec<oneshot::Sender<Outcome>>,
}

/// What became of a shared transaction. Each who waits makes an error of their own of it.
type Outcome = std::result::Result<(), Failure>;

#[derive(Clone, Debug)]
struct Failure {
    outage: Option<Outage>,
    words: String,
}

impl Store {
    /// Waits for a turn. What mutations share is committed before, so that nothing is open at the database.
    pub(crate) async fn turn(&self) -> Result<Turn> {
        self.turns.queue().await.alone().await
    }
}

impl Turns {
    /// Waits for a turn in which mutations may share a transaction.
    pub(super) async fn queue(&self) -> Turn {
        Turn::new(Arc::clone(&self.0).lock_owned().await)
    }

    /// Queues for the turn that commits the shared transaction with this number. Those who wait already come first, and may join it.
    fn commit_later(&self, number: u64) {
        let queue = Arc::clone(&self.0);
        // A task of its own, since whoever has opened the transaction may be gone by then.
        tokio::spawn(async move {
            let mut turn = Turn::new(queue.lock_owned().await);
            if turn.writing.opened == number
                && let Some(shared) = turn.writing.shared.take()
            {
                shared.end().await;
            }
        });
    }
}

impl Turn {
    const fn new(writing: OwnedMutexGuard<Writing>) -> Self {
        Self {
            writing,
            is_shared: false,
        }
    }

    /// Whether it has joined a transaction that mutations share.
    pub(super) const fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// Commits what mutations share.
    pub(super) async fn alone(mut self) -> Result<Self> {
        let Some(shared) = self.writing.shared.take() else {
            return Ok(self);
        };
        to_the_end(async move {
            shared.end().await;
            self
        })
        .await
    }

    /// Joins the shared transaction, or opens one.
    pub(super) async fn join(mut self, store: &Store) -> Result<(Self, Begun)> {
        // What a failed statement has done to the transaction is for the database to say, so nobody joins it any more.
        if self.writing.shared.as_ref().is_some_and(|shared| shared.is_inside) {
            self = self.alone().await?;
        }
        if self.writing.shared.is_none() {
            let begun = store.open_mutation().await?;
            begun
                .transaction
                .execute_unprepared(&format!("SAVEPOINT {SHARED}"))
                .await?;
            self.writing.opened += 1;
            self.writing.shared = Some(Shared {
                begun,
                listen: store.settings.database_listen,
                changed: false,
                is_inside: false,
                waiting: Vec::new(),
            });
            store.turns.commit_later(self.writing.opened);
        }
        // Where nobody waits for a savepoint that begins, sqlx and SeaORM each take it back, and the second of them takes back the
        // whole transaction.
        let (begun, turn) = to_the_end(async move {
            let begun = self.begin_inside().await;
            // In this order, since the transaction has to end before the turn.
            (begun, self)
        })
        .await?;
        Ok((turn, begun?))
    }

    /// Begins the savepoint of one mutation.
    async fn begin_inside(&mut self) -> Result<Begun> {
        let Some(shared) = &mut self.writing.shared else {
            return Err(Error::Internal("no transaction to join".to_owned()));
        };
        self.is_shared = true;
        shared.is_inside = true;
        Ok(Begun {
            transaction: shared.begun.transaction.begin().await?,
            head: shared.begun.head.clone(),
            ..shared.begun
        })
    }

    /// Ends the turn of a mutation that is done with the shared transaction, and waits until that is durable. `added` has the
    /// head after the mutation, and whether it has changed anything; `None` where it has written nothing.
    pub(super) async fn wait_for_commit(mut self, added: Option<(head::Model, bool)>) -> Result<()> {
        let (sender, committed) = oneshot::channel();
        if let Some(shared) = &mut self.writing.shared {
            shared.is_inside = false;
            if added.is_none() && shared.waiting.is_empty() {
                return Ok(());
            }
            if let Some((head, changed)) = added {
                shared.begun.head = head;
                shared.changed |= changed;
            }
            shared.waiting.push(sender);
        }
        drop(self);
        match committed.await {
            Ok(outcome) => outcome.map_err(Failure::into_error),
            // Only where the process ends.
            Err(_) => Err(Error::Internal("a shared commit was given up".to_owned())),
        }
    }
}

/// Does in a task of its own what must not stop halfway: it goes on if this future is dropped.
pub(super) async fn to_the_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T> {
    tokio::spawn(work)
        .await
        .map_err(|error| Error::Internal(format!("a shared transaction: {error}")))
}

impl Shared {
    /// Commits, and tells those who wait.
    async fn end(self) {
        let Self {
            begun,
            listen,
            changed,
            waiting,
            ..
        } = self;
        if waiting.is_empty() {
            return;
        }
        let outcome = commit(begun, listen && changed).await.map_err(Failure::from);
        for waits in waiting {
            // Who does not wait any more need not know.
            let _ = waits.send(outcome.clone());
        }
    }
}

async fn commit(begun: Begun, announces: bool) -> Result<()> {
    // On a full disk, SQLite gives a whole transaction up by itself. What would follow would be written without what came before.
    let is_open = begun
        .transaction
        .execute_unprepared(&format!("RELEASE SAVEPOINT {SHARED}"))
        .await;
    if let Err(cause) = is_open {
        return Err(match Error::from(cause) {
            Error::Database(cause) => Error::Outage {
                outage: Outage::Unreachable,
                cause,
            },
            error => error,
        });
    }
    write_head(&begun.transaction, &begun.head, announces).await?;
    begun
        .transaction
        .commit()
        .await
        .map_err(|error| Error::from(error).at_commit())
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let outage = error.outage();
        let words = match error {
            Error::Outage { cause, .. } | Error::Database(cause) => cause.to_string(),
            error => error.to_string(),
        };
        Self { outage, words }
    }
}

impl Failure {
    fn into_error(self) -> Error {
        let cause = DbErr::Custom(self.words);
        match self.outage {
            Some(outage) => Error::Outage { outage, cause },
            None => Error::Database(cause),
        }
    }
}

#[cfg(test)]
mod tests;
