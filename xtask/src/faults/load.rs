//! The load during all faults: a client that asks every node all the time, and people who change keys.

mod asking;
mod changing;
mod notary;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::ledger::{Key, Ledger};
use crate::nodes::Nodes;
use crate::nodes::console::Console;

/// Keys that are never changed, so that they have to be valid all the time.
const CONSTANT_KEYS: usize = 20;
/// How long it may take until all nodes serve again after a fault.
const RECOVERY_LIMIT: Duration = Duration::from_secs(90);
/// How long the last proofs may take: longer than any node may be silent, and than a command may take.
const PROOF_LIMIT: Duration = Duration::from_secs(75);
/// A time that has not come.
const NEVER: u64 = u64::MAX;
/// The number of mistakes that are described.
const DESCRIBED: usize = 20;

/// A token, and since when it is proven to be refused everywhere.
pub(crate) struct Token {
    pub(crate) text: String,
    refused_since: AtomicU64,
}

/// The threads. They end when the value is dropped.
#[derive(Debug)]
pub(crate) struct Load {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What all threads know.
#[derive(Debug)]
struct Shared {
    addresses: Vec<String>,
    begin: Instant,
    stop: AtomicBool,
    /// Changes are made only while this is not set.
    no_changes: AtomicBool,
    tokens: RwLock<Tokens>,
    ledger: Mutex<Ledger>,
    /// For each node, when the last acknowledged change was sent, and when a constant key was last asked for and valid.
    changed: Vec<AtomicU64>,
    asked: Vec<AtomicU64>,
    counts: Counts,
    mistakes: Mutex<Vec<String>>,
}

/// The tokens that the client asks about.
#[derive(Debug, Default)]
struct Tokens {
    constant: Vec<Arc<Token>>,
    living: Vec<Arc<Token>>,
    /// Proven to be refused.
    refused: Vec<Arc<Token>>,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) answers: AtomicU64,
    /// Answers about tokens that are proven to be refused.
    pub(crate) answers_after_proof: AtomicU64,
    pub(crate) valid_after_proof: AtomicU64,
    /// Refusals of keys that were never changed.
    pub(crate) refused_without_reason: AtomicU64,
    pub(crate) acknowledged: AtomicU64,
    /// Changes of which nobody knows whether they were made.
    pub(crate) unknown: AtomicU64,
    pub(crate) proofs: AtomicU64,
    pub(crate) receipts: AtomicU64,
}

impl Counts {
    fn add(count: &AtomicU64) {
        count.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token")
    }
}

impl Token {
    pub(crate) fn new(text: &str) -> Arc<Token> {
        Arc::new(Token {
            text: text.to_owned(),
            refused_since: AtomicU64::new(NEVER),
        })
    }

    /// Whether it was proven to be refused before `time`, and still is.
    fn was_refused_before(&self, time: u64) -> bool {
        self.refused_since.load(Ordering::SeqCst) < time
    }
}

impl Load {
    /// Makes some keys and starts the threads.
    pub(crate) fn start(nodes: &Nodes) -> Result<Load> {
        let console = nodes.log_in()?;
        let addresses = nodes.addresses();
        let each = || addresses.iter().map(|_| AtomicU64::new(0)).collect();
        let shared = Arc::new(Shared {
            begin: Instant::now(),
            stop: AtomicBool::new(false),
            no_changes: AtomicBool::new(false),
            tokens: RwLock::default(),
            ledger: Mutex::default(),
            changed: each(),
            asked: each(),
            counts: Counts::default(),
            mistakes: Mutex::default(),
            addresses,
        });
        shared.make_constant_keys(&console)?;
        let mut threads = Vec::new();
        for node in 0..shared.addresses.len() {
            threads.push(spawn(&shared, move |shared| asking::ask(shared, node)));
            let console = console.another();
            threads.push(spawn(&shared, move |shared| {
                changing::change_on(shared, &console, node);
            }));
        }
        let commands = nodes.commands();
        threads.push(spawn(&shared, move |shared| {
            changing::change_by_commands(shared, &commands);
        }));
        let commands = nodes.commands();
        threads.push(spawn(&shared, move |shared| notary::prove(shared, &console, &commands)));
        Ok(Load { shared, threads })
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.shared.counts
    }

    /// Waits until every node has acknowledged a change and found a key valid since `fault_ended`. Returns how long after that
    /// it was.
    pub(crate) fn wait_until_recovered(&self, fault_ended: Instant) -> Result<Duration> {
        let since = self.shared.time_of(fault_ended);
        loop {
            let (changed, asked) = (&self.shared.changed, &self.shared.asked);
            if changed
                .iter()
                .chain(asked)
                .all(|last| last.load(Ordering::SeqCst) > since)
            {
                return Ok(fault_ended.elapsed());
            }
            let behind = |all: &[AtomicU64]| -> Vec<usize> {
                let late = all
                    .iter()
                    .enumerate()
                    .filter(|(_, last)| last.load(Ordering::SeqCst) <= since);
                late.map(|(node, _)| node).collect()
            };
            ensure!(
                fault_ended.elapsed() < RECOVERY_LIMIT,
                "the nodes have not recovered after {} s: no change on nodes {:?}, no VALID on nodes {:?}",
                RECOVERY_LIMIT.as_secs(),
                behind(changed),
                behind(asked)
            );
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Lets nobody change anything any more, and waits until every change is proven that has to be.
    pub(crate) fn stop_changes(&self) -> Result<()> {
        self.shared.no_changes.store(true, Ordering::SeqCst);
        let since = Instant::now();
        while !self.shared.ledger().is_quiet() {
            ensure!(
                since.elapsed() < PROOF_LIMIT,
                "changes are not in force after {} s: {}",
                PROOF_LIMIT.as_secs(),
                self.shared.ledger().open()
            );
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The ledger, for the check at the end.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.shared.ledger()
    }

    /// The tokens that were never changed.
    pub(crate) fn constant_tokens(&self) -> Vec<String> {
        self.shared
            .tokens()
            .constant
            .iter()
            .map(|token| token.text.clone())
            .collect()
    }

    /// Descriptions of the first mistakes.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        self.shared
            .mistakes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                eprintln!("      A thread of the load panicked");
            }
        }
    }
}

impl Shared {
    /// Microseconds since the load began.
    fn now(&self) -> u64 {
        self.time_of(Instant::now())
    }

    fn time_of(&self, instant: Instant) -> u64 {
        u64::try_from(instant.saturating_duration_since(self.begin).as_micros()).unwrap_or(NEVER - 1)
    }

    fn stops(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn tokens(&self) -> RwLockReadGuard<'_, Tokens> {
        self.tokens.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn tokens_mut(&self) -> RwLockWriteGuard<'_, Tokens> {
        self.tokens.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mistake(&self, description: String) {
        let mut mistakes = self.mistakes.lock().unwrap_or_else(PoisonError::into_inner);
        if mistakes.len() < DESCRIBED {
            mistakes.push(description);
        }
    }

    fn make_constant_keys(&self, console: &Console) -> Result<()> {
        for number in 0..CONSTANT_KEYS {
            let made = console
                .create(&self.addresses[0], &format!("constant-{number}"))
                .done()?;
            let key = Key::new(&made, "constant")?;
            asking::wait_until_valid_everywhere(&self.addresses, &key.token.text)?;
            self.tokens_mut().constant.push(Arc::clone(&key.token));
            self.ledger().close(key.seen_active());
        }
        Ok(())
    }
}

fn spawn(shared: &Arc<Shared>, run: impl FnOnce(&Shared) + Send + 'static) -> JoinHandle<()> {
    let shared = Arc::clone(shared);
    thread::spawn(move || run(&shared))
}

/// Numbers that look random and are the same in every run (xorshift).
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn new(seed: usize) -> Dice {
        Dice(0x9E37_79B9_7F4A_7C15 ^ (seed as u64 + 1))
    }

    /// A number below `limit`, which must not be 0.
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap_or_default()
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() {
            None
        } else {
            all.get(self.below(all.len()))
        }
    }
}
