//! Who is connected to a listener, and who has to go when there are too many. Connections that wait for the other side
//! make room for new ones, so that strangers who hold many of them keep no gateway out.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ipnet::IpNet;
use tokio::sync::Notify;

/// Connections of one listener where the system allows as many files: some 64 MB where all of them are idle.
const MOST: usize = 4_096;
const FEWEST: usize = 64;
/// Files that are kept for the database, the log, and connections that are just being closed.
const OTHER_FILES: u64 = 256;

/// How many connections a listener has at most.
#[derive(Clone, Debug)]
pub struct Bounds {
    pub all: usize,
    /// Those of one address, or of one IPv6 network. Half of all: a gateway needs many, and whoever has more than that
    /// closes its own.
    pub per_address: usize,
    /// Whose connections are those of many clients.
    pub trusted_proxies: Arc<[IpNet]>,
}

impl Bounds {
    /// For each of so many listeners in a process that may open so many files.
    pub fn new(files: u64, listeners: u64, trusted_proxies: Arc<[IpNet]>) -> Self {
        let files = files.saturating_sub(OTHER_FILES) / listeners.max(1);
        let all = usize::try_from(files).unwrap_or(MOST).clamp(FEWEST, MOST);
        Self {
            all,
            per_address: all / 2,
            trusted_proxies,
        }
    }
}

/// The connections of one listener.
#[derive(Debug)]
pub(super) struct Connections {
    bounds: Bounds,
    started: Instant,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    connections: HashMap<u64, Arc<Connection>>,
    by_network: HashMap<IpAddr, usize>,
    /// How many there have ever been.
    counted: u64,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Connection {
    peer: SocketAddr,
    started: Instant,
    /// Milliseconds at which it came to do what it does, and that, in the two lowest bits. One number, because it is
    /// written with every request.
    doing: AtomicU64,
    /// Whether the service is about to write an answer, see [`super::wire`].
    answering: AtomicBool,
    /// Whether it has to end at once.
    now: AtomicBool,
    end: Notify,
}

/// What a connection does, those first that have to go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Doing {
    /// It has sent no whole head yet.
    Nothing = 0,
    /// It waits between two requests, or asks the verifier, whose answers take no time.
    Asking = 1,
    /// It waits for the console, or reads a long answer of it.
    Console = 2,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    AfterRequest,
    Now,
}

/// Counts for as long as it is held.
#[derive(Debug)]
pub(super) struct Guest {
    number: u64,
    connection: Arc<Connection>,
    connections: Arc<Connections>,
}

/// The console works for a connection for as long as it is held.
#[derive(Debug)]
pub(super) struct AtConsole(Arc<Connection>);

impl Connections {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            started: Instant::now(),
            open: Mutex::default(),
        }
    }

    /// Counts a new connection, and ends another where there are too many. `None` where none can be ended.
    pub(super) fn admit(self: &Arc<Self>, peer: SocketAddr) -> Option<Guest> {
        let mut open = self.open();
        let network = network(peer.ip());
        let of_network = open.by_network.get(&network).copied().unwrap_or_default();
        if of_network >= self.bounds.per_address && !self.is_trusted(peer.ip()) {
            open.end_first(|connection| self::network(connection.peer.ip()) == network)?;
        } else if open.connections.len() >= self.bounds.all {
            open.end_first(|_| true)?;
        }
        open.counted += 1;
        let number = open.counted;
        let connection = Arc::new(Connection {
            peer,
            started: self.started,
            doing: AtomicU64::new(0),
            answering: AtomicBool::new(false),
            now: AtomicBool::new(false),
            end: Notify::new(),
        });
        connection.does(Doing::Nothing);
        open.connections.insert(number, Arc::clone(&connection));
        *open.by_network.entry(network).or_default() += 1;
        drop(open);
        Some(Guest {
            number,
            connection,
            connections: Arc::clone(self),
        })
    }

    /// Ends the connection that has to go first.
    pub(super) fn end_one(&self) {
        self.open().end_first(|_| true);
    }

    /// Ends all, each after the request that it is at.
    pub(super) fn end_all(&self) {
        for connection in self.open().connections.values() {
            connection.end.notify_one();
        }
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.bounds.trusted_proxies.iter().any(|net| net.contains(&address))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Ends the first of those that are meant. It counts no more from now on, although it takes a moment to be gone.
    fn end_first(&mut self, meant: impl Fn(&Connection) -> bool) -> Option<()> {
        let (number, connection) = self
            .connections
            .iter()
            .filter(|(_, connection)| meant(connection))
            .min_by_key(|(number, connection)| (connection.doing(), **number))?;
        let (doing, _) = connection.doing();
        connection.now.store(doing != Doing::Asking, Ordering::Relaxed);
        connection.end.notify_one();
        let number = *number;
        self.forget(number);
        Some(())
    }

    fn forget(&mut self, number: u64) {
        let Some(connection) = self.connections.remove(&number) else {
            return;
        };
        let network = network(connection.peer.ip());
        if let Some(count) = self.by_network.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                self.by_network.remove(&network);
            }
        }
    }
}

impl Connection {
    pub(super) const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// A request has come.
    pub(super) fn asks(&self) {
        self.does(Doing::Asking);
        self.answering.store(true, Ordering::Relaxed);
    }

    /// The request is one for the console.
    pub(super) fn asks_console(self: &Arc<Self>) -> AtConsole {
        self.does(Doing::Console);
        AtConsole(Arc::clone(self))
    }

    /// Whether what is written next is an answer of the service. Asked once for each.
    pub(super) fn takes_answer(&self) -> bool {
        let answering = self.answering.load(Ordering::Relaxed);
        if answering {
            self.answering.store(false, Ordering::Relaxed);
        }
        answering
    }

    /// Waits until it has to end.
    pub(super) async fn told_to_end(&self) -> End {
        self.end.notified().await;
        if self.now.load(Ordering::Relaxed) {
            End::Now
        } else {
            End::AfterRequest
        }
    }

    fn does(&self, what: Doing) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.doing.store((now << 2) | what as u64, Ordering::Relaxed);
    }

    fn doing(&self) -> (Doing, u64) {
        let doing = self.doing.load(Ordering::Relaxed);
        let what = match doing & 0b11 {
            0 => Doing::Nothing,
            1 => Doing::Asking,
            _ => Doing::Console,
        };
        (what, doing >> 2)
    }
}

impl Guest {
    pub(super) const fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.connections.open().forget(self.number);
    }
}

impl Drop for AtConsole {
    fn drop(&mut self) {
        self.0.does(Doing::Asking);
    }
}

/// What counts as one address: of IPv6 the /64, which is what one customer gets.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn listener(all: usize, per_address: usize) -> Arc<Connections> {
        Arc::new(Connections::new(Bounds {
            all,
            per_address,
            trusted_proxies: ["10.0.0.0/8".parse().unwrap()].into(),
        }))
    }

    fn peer(address: &str) -> SocketAddr {
        SocketAddr::new(address.parse().unwrap(), 50_000)
    }

    fn end_of(guest: &Guest) -> Option<End> {
        guest.connection.told_to_end().now_or_never()
    }

    #[test]
    fn who_has_asked_nothing_makes_room_first_and_the_oldest_of_them() {
        let listener = listener(4, 4);
        let admit = |address| listener.admit(peer(address)).unwrap();
        let gateway = admit("192.0.2.1");
        gateway.connection.asks();
        let (first, second, at_console) = (admit("192.0.2.2"), admit("192.0.2.3"), admit("192.0.2.4"));
        at_console.connection.asks();
        let work = at_console.connection.asks_console();
        let third = admit("192.0.2.5");
        assert_eq!((end_of(&first), end_of(&second)), (Some(End::Now), None));
        let fourth = admit("192.0.2.6");
        assert_eq!(end_of(&second), Some(End::Now));
        assert_eq!([&third, &fourth, &gateway, &at_console].map(end_of), [None; 4]);
        drop(work);
    }

    #[test]
    fn then_who_waits_between_requests_and_at_last_who_waits_for_the_console() {
        let listener = listener(2, 2);
        let busy = listener.admit(peer("192.0.2.1")).unwrap();
        busy.connection.asks();
        let work = busy.connection.asks_console();
        let idle = listener.admit(peer("192.0.2.2")).unwrap();
        idle.connection.asks();
        let next = listener.admit(peer("192.0.2.3")).unwrap();
        // It may be about to ask again: it ends after that.
        assert_eq!((end_of(&idle), end_of(&busy)), (Some(End::AfterRequest), None));
        next.connection.asks();
        let more = next.connection.asks_console();
        let _last = listener.admit(peer("192.0.2.4")).unwrap();
        assert_eq!((end_of(&busy), end_of(&next)), (Some(End::Now), None));
        drop((work, more));
    }

    #[test]
    fn one_address_ends_its_own_and_a_trusted_proxy_may_have_more() {
        let listener = listener(100, 2);
        let other = listener.admit(peer("198.51.100.1")).unwrap();
        let guests: Vec<_> = (0..5).map(|_| listener.admit(peer("2001:db8::1")).unwrap()).collect();
        assert_eq!(end_of(&other), None);
        assert_eq!(guests.iter().filter(|guest| end_of(guest).is_some()).count(), 3);
        let neighbour = listener.admit(peer("2001:db8::2")).unwrap();
        assert_eq!(end_of(&guests[3]), Some(End::Now));
        let proxied: Vec<_> = (0..5).map(|_| listener.admit(peer("10.0.0.1")).unwrap()).collect();
        assert!(proxied.iter().chain([&neighbour]).all(|guest| end_of(guest).is_none()));
    }

    #[test]
    fn who_is_gone_counts_no_more() {
        let listener = listener(2, 2);
        for _ in 0..10 {
            let guest = listener.admit(peer("192.0.2.1")).unwrap();
            assert_eq!(end_of(&guest), None);
        }
        let open = listener.open();
        assert!(open.connections.is_empty() && open.by_network.is_empty());
    }

    #[test]
    fn bounds_leave_files_for_the_rest() {
        let all = |files, listeners| Bounds::new(files, listeners, [].into()).all;
        assert_eq!(all(u64::MAX, 1), MOST);
        assert_eq!((all(1_024, 1), all(1_024, 2), all(10, 1)), (768, 384, FEWEST));
    }
}
