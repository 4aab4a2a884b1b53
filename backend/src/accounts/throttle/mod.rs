//! Slows down clients that guess passwords or codes, on all nodes together.
//!
//! A few failures are free; after that each doubles the wait, up to a minute. Failures are counted per account and per
//! address. A browser that has logged in before is counted apart (OWASP "device cookies"), so that a stranger who keeps
//! guessing cannot lock the account's owner out; and an operator on the server's command line can always make a reset
//! link.
//!
//! Codes of the second factor have only six digits, so they wait longer and are remembered longer: that is about a
//! hundred guesses a day. A stranger who has the password can keep a person from entering codes. That person still has
//! the recovery codes, which nobody can guess.
//!
//! On each node, time is that of [`crate::clock::Clock::elapsed`]: setting the machine's clock neither lengthens a wait
//! nor ends one. How long ago another node counted a failure is told by the clocks of both machines.
//!
//! The table `throttled_subjects` has what failed. A login that is right and had no failures before it writes nothing
//! there. A flood of failures causes one write at a time on each node, since those that fail meanwhile are stored
//! together; and whoever has to wait is refused from memory.

mod memory;
mod subject;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::time::MINUTE;
use sea_orm::ConnectionTrait;

use self::memory::Memory;
pub(crate) use self::subject::ThrottledSubject;
use crate::crypto::master_key::{MasterKey, mac};
use crate::error::Result;
use crate::store::Store;
use crate::store::throttled_subjects::{self, NewFailures, SubjectMac};

/// The most subjects that one write stores.
const BATCH: usize = 100;
/// The most subjects that wait to be stored. Where more fail at once, the rest is counted on this node only.
const UNSTORED_MAX: usize = 10_000;
/// How often forgotten rows are removed, in milliseconds.
const REMOVAL_INTERVAL: i64 = 10 * MINUTE;

#[derive(Debug)]
pub(crate) struct Throttle {
    store: Arc<Store>,
    /// Under which subjects are named in the table.
    key: [u8; 32],
    memory: Mutex<Memory>,
    /// Failures that are to be stored, by the name of the subject.
    unstored: Mutex<BTreeMap<SubjectMac, (ThrottledSubject, i64)>>,
    /// Held by the one who stores failures.
    storing: tokio::sync::Mutex<()>,
    /// When forgotten rows were removed, in elapsed milliseconds.
    removed: AtomicI64,
}

/// An attempt that may take place. It counts as failed on this node until it ends.
#[derive(Debug)]
#[must_use]
pub(crate) struct Attempt {
    subjects: Vec<ThrottledSubject>,
    /// Those for which the database counts it already, as failed.
    counted: Vec<ThrottledSubject>,
}

/// Whether an attempt may take place.
pub(crate) enum Turn {
    Now(Attempt),
    /// The milliseconds to wait.
    Wait(i64),
}

impl Throttle {
    pub(crate) fn new(store: Arc<Store>, master_key: &MasterKey) -> Self {
        Self {
            key: master_key.derive("latchkey throttled subjects"),
            removed: AtomicI64::new(store.clock.elapsed()),
            store,
            memory: Mutex::default(),
            unstored: Mutex::default(),
            storing: tokio::sync::Mutex::default(),
        }
    }

    /// Begins an attempt, unless these subjects have to wait. Reads from `db` what all nodes have counted. Where the free
    /// failures are used up, nodes take turns there, so that a client who asks all of them at once gets one attempt.
    pub(crate) async fn attempt(&self, db: &impl ConnectionTrait, subjects: Vec<ThrottledSubject>) -> Result<Turn> {
        let elapsed = self.store.clock.elapsed();
        if let Some(wait) = self.memory().wait(&subjects, elapsed) {
            return Ok(Turn::Wait(wait));
        }
        self.read(db, &subjects).await?;
        if let Err(wait) = self.memory().attempt(&subjects, elapsed) {
            return Ok(Turn::Wait(wait));
        }
        let mut counted = Vec::new();
        for (name, subject) in self.in_order(&subjects) {
            let Some(known) = self.memory().contested(subject) else {
                continue;
            };
            let failure = self.failures(subject, 1);
            if !throttled_subjects::add_after(db, &name, known, failure).await? {
                // Another node was faster. An attempt that is refused counts for nobody.
                for subject in &counted {
                    throttled_subjects::take_back(db, &self.name(subject)).await?;
                }
                self.memory().take_back(&subjects);
                self.read(db, &subjects).await?;
                let wait = self.memory().wait(&subjects, self.store.clock.elapsed());
                return Ok(Turn::Wait(wait.unwrap_or(1)));
            }
            let stored = throttled_subjects::StoredFailures {
                count: known.count + 1,
                last_at: failure.last_at,
            };
            self.memory().stored(subject, 1, stored);
            counted.push(subject.clone());
        }
        Ok(Turn::Now(Attempt { subjects, counted }))
    }

    /// Notes that an attempt was wrong.
    pub(crate) async fn failed(&self, attempt: Attempt) -> Result<()> {
        {
            let mut unstored = self.unstored.lock().unwrap_or_else(PoisonError::into_inner);
            for subject in attempt.uncounted() {
                if unstored.len() < UNSTORED_MAX {
                    let (_, failures) = unstored.entry(self.name(&subject)).or_insert((subject, 0));
                    *failures += 1;
                }
            }
        }
        // Whoever gets the turn stores everything that has failed by then.
        let _storing = self.storing.lock().await;
        let batch = self.take_batch();
        if batch.is_empty() {
            return Ok(());
        }
        let _turn = self.store.turn().await?;
        self.add(&self.store.db, batch).await?;
        self.remove_forgotten().await
    }

    /// Counts an attempt that was right as well, in the transaction of what it does.
    pub(crate) async fn count(&self, db: &impl ConnectionTrait, attempt: Attempt) -> Result<()> {
        let batch = attempt.uncounted().map(|subject| (self.name(&subject), (subject, 1)));
        self.add(db, batch.collect()).await
    }

    /// Notes that an attempt was right. An account starts afresh; an address gets this attempt back and keeps its other
    /// failures.
    pub(crate) async fn succeeded(&self, db: &impl ConnectionTrait, attempt: Attempt) -> Result<()> {
        for (name, subject) in self.in_order(&attempt.subjects) {
            match subject {
                ThrottledSubject::Address(_) if attempt.counted.contains(subject) => {
                    throttled_subjects::take_back(db, &name).await?;
                }
                ThrottledSubject::Address(_) => {}
                _ if self.memory().is_stored(subject) => throttled_subjects::remove(db, &name).await?,
                _ => {}
            }
        }
        self.memory().succeeded(&attempt.subjects);
        Ok(())
    }

    /// As [`Throttle::succeeded`], where no transaction is open.
    pub(crate) async fn succeeded_alone(&self, attempt: Attempt) -> Result<()> {
        let is_stored = |subject| self.memory().is_stored(subject);
        let _turn = if attempt.subjects.iter().any(is_stored) {
            Some(self.store.turn().await?)
        } else {
            None
        };
        self.succeeded(&self.store.db, attempt).await
    }

    /// The subjects with their names in the database, in the order of the names, in which every transaction locks their rows.
    fn in_order<'a>(&self, subjects: &'a [ThrottledSubject]) -> BTreeMap<SubjectMac, &'a ThrottledSubject> {
        subjects.iter().map(|subject| (self.name(subject), subject)).collect()
    }

    /// Forgets the failures of a subject.
    pub(crate) async fn forget(&self, db: &impl ConnectionTrait, subject: &ThrottledSubject) -> Result<()> {
        throttled_subjects::remove(db, &self.name(subject)).await?;
        self.memory().succeeded(std::slice::from_ref(subject));
        Ok(())
    }

    /// Takes over what other nodes have counted.
    async fn read(&self, db: &impl ConnectionTrait, subjects: &[ThrottledSubject]) -> Result<()> {
        let names: Vec<SubjectMac> = subjects.iter().map(|subject| self.name(subject)).collect();
        let stored = throttled_subjects::read(db, names.iter().copied()).await?;
        let times = (self.store.clock.elapsed(), self.store.now());
        let mut memory = self.memory();
        for (subject, name) in subjects.iter().zip(names) {
            let stored = stored.iter().find(|(found, _)| *found == name);
            memory.adopt(subject, stored.map(|(_, stored)| *stored), times);
        }
        Ok(())
    }

    async fn add(&self, db: &impl ConnectionTrait, batch: BTreeMap<SubjectMac, (ThrottledSubject, i64)>) -> Result<()> {
        let rows: Vec<(SubjectMac, NewFailures)> = batch
            .iter()
            .map(|(name, (subject, failures))| (*name, self.failures(subject, *failures)))
            .collect();
        let stored = throttled_subjects::add(db, &rows).await?;
        let mut memory = self.memory();
        for (name, stored) in stored {
            if let Some((subject, failures)) = batch.get(&name) {
                memory.stored(subject, *failures, stored);
            }
        }
        Ok(())
    }

    fn take_batch(&self) -> BTreeMap<SubjectMac, (ThrottledSubject, i64)> {
        let mut unstored = self.unstored.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = unstored.keys().nth(BATCH).copied();
        let rest = rest.map(|first| unstored.split_off(&first)).unwrap_or_default();
        std::mem::replace(&mut unstored, rest)
    }

    async fn remove_forgotten(&self) -> Result<()> {
        let elapsed = self.store.clock.elapsed();
        if elapsed - self.removed.load(Ordering::Relaxed) < REMOVAL_INTERVAL {
            return Ok(());
        }
        self.removed.store(elapsed, Ordering::Relaxed);
        throttled_subjects::remove_forgotten(&self.store.db, self.store.now()).await
    }

    /// Failures of a subject just now.
    fn failures(&self, subject: &ThrottledSubject, count: i64) -> NewFailures {
        let now = self.store.now();
        NewFailures {
            count,
            last_at: now,
            forgotten_at: now.plus(subject.limits().forget),
        }
    }

    fn name(&self, subject: &ThrottledSubject) -> SubjectMac {
        let (kind, which) = subject.parts();
        mac(&self.key, &[kind, which])
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// The subjects for which the database does not count it yet.
    fn uncounted(self) -> impl Iterator<Item = ThrottledSubject> {
        let counted = self.counted;
        self.subjects
            .into_iter()
            .filter(move |subject| !counted.contains(subject))
    }
}
