//! What all live streams have in common: who has one, and one look at the change log, the nodes and the sessions for all
//! of them together. A change costs the database as little with a thousand streams as with one.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backend::Backend;
use backend::accounts::LoggedIn;
use futures_util::future::try_join;
use model::role::Permission;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};

/// Streams of one session, of one person, and in all. Only a page that is on a screen has one.
const OF_SESSION: usize = 8;
const OF_PERSON: usize = 32;
const IN_ALL: usize = 1_000;
/// How often the sessions and the nodes are looked at while nothing changes: who may no longer listen hears nothing after
/// that.
const LOOK: Duration = Duration::from_secs(1);
/// Where changes come fast, they are told at most this often.
const GAP: Duration = Duration::from_millis(100);

/// All live streams of this process.
#[derive(Clone, Debug)]
pub(super) struct Streams(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    backend: Arc<Backend>,
    open: Mutex<Open>,
    news: watch::Sender<Option<Arc<News>>>,
    /// Rings when a stream opens.
    opened: Notify,
}

#[derive(Debug, Default)]
struct Open {
    sessions: HashMap<Vec<u8>, usize>,
    people: HashMap<String, usize>,
    count: usize,
    /// The number of the last stream.
    last: u64,
    /// Whether a task looks for them. There is none while nobody listens.
    looked_for: bool,
}

/// What one look found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct News {
    pub(super) change: i64,
    pub(super) nodes: u64,
    /// The last stream that was there when it began.
    last: u64,
    /// The sessions that may go on.
    good: HashSet<Vec<u8>>,
}

/// One of them, open until it is dropped.
#[derive(Debug)]
pub(super) struct Stream {
    shared: Arc<Shared>,
    number: u64,
    session: Vec<u8>,
    person: String,
    news: watch::Receiver<Option<Arc<News>>>,
}

impl Streams {
    pub(super) fn new(backend: Arc<Backend>) -> Self {
        Self(Arc::new(Shared {
            backend,
            open: Mutex::default(),
            news: watch::Sender::new(None),
            opened: Notify::new(),
        }))
    }

    /// Opens one for somebody who may listen. `None` where there are too many.
    pub(super) fn open(&self, who: &LoggedIn) -> Option<Stream> {
        let shared = &self.0;
        let mut open = shared.open();
        let (session, person) = (who.session.clone(), who.user_id.to_string());
        let of_session = open.sessions.get(&session).copied().unwrap_or_default();
        let of_person = open.people.get(&person).copied().unwrap_or_default();
        if of_session >= OF_SESSION || of_person >= OF_PERSON || open.count >= IN_ALL {
            return None;
        }
        *open.sessions.entry(session.clone()).or_default() += 1;
        *open.people.entry(person.clone()).or_default() += 1;
        open.count += 1;
        open.last += 1;
        if !open.looked_for {
            open.looked_for = true;
            tokio::spawn(Arc::clone(shared).look_again_and_again());
        }
        shared.opened.notify_one();
        Some(Stream {
            shared: Arc::clone(shared),
            number: open.last,
            session,
            person,
            news: shared.news.subscribe(),
        })
    }
}

impl Shared {
    /// Looks for all of them, until there is none.
    async fn look_again_and_again(self: Arc<Self>) {
        let mut changes = self.backend.watch_changes();
        while let Some((sessions, last)) = self.listening() {
            let looked_at = Instant::now();
            let change = *changes.borrow_and_update();
            let found = try_join(self.backend.live_nodes(), self.backend.look_at_sessions(&sessions)).await;
            let news = found.ok().map(|(nodes, roles)| {
                let good = roles.into_iter().filter(|(_, role)| role.may(Permission::SeeKeys));
                Arc::new(News {
                    change,
                    nodes,
                    last,
                    good: good.map(|(session, _)| session).collect(),
                })
            });
            // Nobody is woken where nothing is new.
            self.news.send_if_modified(|known| {
                let modified = *known != news;
                *known = news;
                modified
            });
            tokio::select! {
                _ = changes.changed() => {}
                () = self.opened.notified() => {}
                () = sleep(LOOK) => {}
            }
            sleep_until(looked_at + GAP).await;
        }
    }

    /// The sessions that have streams, and the number of the last stream. `None` where there is none.
    fn listening(&self) -> Option<(Vec<Vec<u8>>, u64)> {
        let mut open = self.open();
        if open.count == 0 {
            open.looked_for = false;
            return None;
        }
        Some((open.sessions.keys().cloned().collect(), open.last))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    /// Waits for the next look that finds something new.
    pub(super) async fn news(&mut self) -> Option<()> {
        self.news.changed().await.ok()
    }

    /// What the last look found that was made for this stream as well.
    pub(super) fn latest(&mut self) -> Option<Arc<News>> {
        let news = self.news.borrow_and_update().clone();
        news.filter(|news| self.number <= news.last)
    }

    /// Whether its session may still listen.
    pub(super) fn may_go_on(&self, news: &News) -> bool {
        news.good.contains(&self.session)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut open = self.shared.open();
        open.count -= 1;
        leave(&mut open.sessions, &self.session);
        leave(&mut open.people, &self.person);
    }
}

/// One less.
fn leave<K: std::hash::Hash + Eq + Clone>(counts: &mut HashMap<K, usize>, key: &K) {
    if let std::collections::hash_map::Entry::Occupied(mut count) = counts.entry(key.clone()) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}
