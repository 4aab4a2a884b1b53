//! All live streams of this process. One task reads the change log, the nodes and the sessions for all streams together. So a
//! change costs the database as little with a thousand streams as with one.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backend::Services;
use backend::accounts::LoggedIn;
use futures_util::future::try_join;
use model::role::Permission;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// The highest number of streams of one session. Only a visible page has a stream.
const MAX_PER_SESSION: usize = 8;
/// The highest number of streams of one person.
const MAX_PER_PERSON: usize = 32;
/// The highest number of streams of this process.
const MAX_STREAMS: usize = 1_000;
/// How often the sessions and nodes are read while nothing changes. A stream ends within this time after its session has
/// ended or its person has lost the permission.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How long the database may take to answer.
const POLL_LIMIT: Duration = Duration::from_secs(5);
/// The shortest time between two reads if changes come fast.
const MIN_POLL_GAP: Duration = Duration::from_millis(100);

/// All live streams of this process.
#[derive(Clone, Debug)]
pub(super) struct LiveStreams(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    services: Arc<Services>,
    open: Mutex<OpenStreams>,
    latest: watch::Sender<Latest>,
    /// Notified when a stream opens.
    opened: Notify,
}

#[derive(Debug, Default)]
struct OpenStreams {
    count_by_session: HashMap<Vec<u8>, usize>,
    count_by_person: HashMap<String, usize>,
    count: usize,
    /// The number of the newest stream.
    last_number: u64,
    /// Whether the polling task runs. The task ends when the last stream closes.
    polling: bool,
}

/// What the last poll has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Latest {
    /// There was no poll yet, or none since the stream was opened, so its session is not checked yet.
    #[default]
    Nothing,
    /// The database did not answer.
    Away,
    Found(Arc<Snapshot>),
}

/// The result of one poll.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) change: i64,
    pub(super) nodes: u64,
    /// The number of the newest stream when the poll began.
    last_number: u64,
    /// The sessions that may listen.
    permitted: HashSet<Vec<u8>>,
}

/// One live stream. Dropping it frees its place.
#[derive(Debug)]
pub(super) struct LiveStream {
    shared: Arc<Shared>,
    number: u64,
    session: Vec<u8>,
    person: String,
    latest: watch::Receiver<Latest>,
}

impl LiveStreams {
    pub(super) fn new(services: Arc<Services>) -> Self {
        Self(Arc::new(Shared {
            services,
            open: Mutex::default(),
            latest: watch::Sender::new(Latest::Nothing),
            opened: Notify::new(),
        }))
    }

    /// Opens a stream for a person who may listen. Returns `None` if there are too many.
    pub(super) fn open(&self, who: &LoggedIn) -> Option<LiveStream> {
        let shared = &self.0;
        let mut open = shared.lock();
        let (session, person) = (who.session.clone(), who.user_id.to_string());
        let in_session = open.count_by_session.get(&session).copied().unwrap_or_default();
        let by_person = open.count_by_person.get(&person).copied().unwrap_or_default();
        if in_session >= MAX_PER_SESSION || by_person >= MAX_PER_PERSON || open.count >= MAX_STREAMS {
            return None;
        }
        *open.count_by_session.entry(session.clone()).or_default() += 1;
        *open.count_by_person.entry(person.clone()).or_default() += 1;
        open.count += 1;
        open.last_number += 1;
        if !open.polling {
            open.polling = true;
            tokio::spawn(Arc::clone(shared).poll_while_streams_are_open());
        }
        shared.opened.notify_one();
        Some(LiveStream {
            shared: Arc::clone(shared),
            number: open.last_number,
            session,
            person,
            latest: shared.latest.subscribe(),
        })
    }
}

impl Shared {
    /// Polls for all streams, until the last one is closed.
    async fn poll_while_streams_are_open(self: Arc<Self>) {
        let mut changes = self.services.cluster.watch_changes();
        while let Some((sessions, last_number)) = self.open_sessions() {
            let polled_at = Instant::now();
            let change = *changes.borrow_and_update();
            let asking = try_join(
                self.services.cluster.count_live_nodes(),
                self.services.accounts.read_roles_of_sessions(&sessions),
            );
            let found = timeout(POLL_LIMIT, asking).await.ok().and_then(Result::ok);
            let latest_now = found.map_or(Latest::Away, |(nodes, roles)| {
                let permitted = roles.into_iter().filter(|(_, role)| role.may(Permission::SeeKeys));
                Latest::Found(Arc::new(Snapshot {
                    change,
                    nodes,
                    last_number,
                    permitted: permitted.map(|(session, _)| session).collect(),
                }))
            });
            // Streams are woken only when something has changed.
            self.latest.send_if_modified(|latest| {
                let modified = *latest != latest_now;
                *latest = latest_now;
                modified
            });
            tokio::select! {
                _ = changes.changed() => {}
                () = self.opened.notified() => {}
                () = sleep(POLL_INTERVAL) => {}
            }
            sleep_until(polled_at + MIN_POLL_GAP).await;
        }
    }

    /// The sessions that have streams, and the number of the newest stream, or `None` if there is no stream and polling must end.
    fn open_sessions(&self) -> Option<(Vec<Vec<u8>>, u64)> {
        let mut open = self.lock();
        if open.count == 0 {
            open.polling = false;
            return None;
        }
        Some((open.count_by_session.keys().cloned().collect(), open.last_number))
    }

    fn lock(&self) -> MutexGuard<'_, OpenStreams> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LiveStream {
    /// Waits for the next poll that finds something new.
    pub(super) async fn changed(&mut self) -> Option<()> {
        self.latest.changed().await.ok()
    }

    /// The result of the last poll that has checked the session of this stream.
    pub(super) fn latest(&mut self) -> Latest {
        match self.latest.borrow_and_update().clone() {
            Latest::Found(snapshot) if self.number > snapshot.last_number => Latest::Nothing,
            latest => latest,
        }
    }

    /// Whether this stream's session may still listen.
    pub(super) fn is_permitted(&self, snapshot: &Snapshot) -> bool {
        snapshot.permitted.contains(&self.session)
    }
}

impl Drop for LiveStream {
    fn drop(&mut self) {
        let mut open = self.shared.lock();
        open.count -= 1;
        decrement(&mut open.count_by_session, &self.session);
        decrement(&mut open.count_by_person, &self.person);
    }
}

/// Decrements a count, and removes an entry that reaches zero.
fn decrement<K: std::hash::Hash + Eq + Clone>(counts: &mut HashMap<K, usize>, key: &K) {
    if let std::collections::hash_map::Entry::Occupied(mut count) = counts.entry(key.clone()) {
        *count.get_mut() -= 1;
        if *count.get() == 0 {
            count.remove();
        }
    }
}
