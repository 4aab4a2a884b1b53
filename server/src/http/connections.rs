//! Limits the connections of a listener, and decides which connection is closed if there are too many. Connections that wait for
//! their client make room for new ones, so that a stranger with many connections cannot keep a gateway out.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ipnet::IpNet;

use super::connection::{Activity, Close, Connection};

/// The highest number of connections of one listener, if the system allows as many open files. If all are idle, they take about
/// 64 MB together.
const MOST_CONNECTIONS: usize = 4_096;
/// The number of connections that one listener may have even if the system allows fewer open files.
const FEWEST_CONNECTIONS: usize = 64;
/// The number of connections to the address of the metrics.
const METRICS_CONNECTIONS: usize = 32;
/// The number of open files that are reserved for the database, the log, the metrics, and connections that are being closed.
const RESERVED_FILES: u64 = 256;

/// The time between two looks at all connections for those that wait for their client, see [`Connections::close_waiting`].
pub(super) const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// The number of looks at which a connection may have waited since the same time. So the head of a request may take at least 30
/// seconds to arrive, and a connection may be idle for that time. A gateway needs a shorter limit for its idle connections, or it
/// may send a request just as the server closes one.
const LOOKS: u32 = 6;

/// The limits on the connections of one listener.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// The limit on the connections of all addresses together.
    pub all: usize,
    /// The limit on the connections of one IPv4 address or one IPv6 network. It is half of all, since a gateway needs many. If a
    /// client opens more, its own connections are closed.
    pub per_address: usize,
    /// The proxies to which the limit per address does not apply, since they connect for many clients.
    pub trusted_proxies: Arc<[IpNet]>,
}

impl ConnectionLimits {
    /// The limits for each of `listeners` listeners in a process that may have `files` open files.
    pub fn new(files: u64, listeners: u64, trusted_proxies: Arc<[IpNet]>) -> Self {
        let files = files.saturating_sub(RESERVED_FILES) / listeners.max(1);
        let all = usize::try_from(files)
            .unwrap_or(MOST_CONNECTIONS)
            .clamp(FEWEST_CONNECTIONS, MOST_CONNECTIONS);
        Self {
            all,
            per_address: all / 2,
            trusted_proxies,
        }
    }

    /// The limits for the address of the metrics, which only few programs ask.
    pub fn for_metrics() -> Self {
        Self {
            all: METRICS_CONNECTIONS,
            per_address: METRICS_CONNECTIONS,
            trusted_proxies: [].into(),
        }
    }
}

/// The connections of one listener.
#[derive(Debug)]
pub(super) struct Connections {
    limits: ConnectionLimits,
    started: Instant,
    open: Mutex<OpenConnections>,
}

#[derive(Debug, Default)]
struct OpenConnections {
    /// The open connections by their number.
    connections: HashMap<u64, Arc<Connection>>,
    count_by_network: HashMap<IpAddr, usize>,
    /// The number of the newest connection.
    last_number: u64,
}

/// A place among the open connections. Dropping it frees the place.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    number: u64,
    connection: Arc<Connection>,
    connections: Arc<Connections>,
}

impl Connections {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self {
            limits,
            started: Instant::now(),
            open: Mutex::default(),
        }
    }

    /// Admits a new connection. If a limit is reached, closes another connection. Returns `None` if no other can be closed.
    pub(super) fn admit(self: &Arc<Self>, peer: SocketAddr) -> Option<ConnectionSlot> {
        let mut open = self.lock();
        let network = network(peer.ip());
        let in_network = open.count_by_network.get(&network).copied().unwrap_or_default();
        if in_network >= self.limits.per_address && !self.is_trusted(peer.ip()) {
            open.close_one(|connection| self::network(connection.peer().ip()) == network)?;
        } else if open.connections.len() >= self.limits.all {
            open.close_one(|_| true)?;
        }
        open.last_number += 1;
        let number = open.last_number;
        let connection = Arc::new(Connection::new(peer, self.started));
        open.connections.insert(number, Arc::clone(&connection));
        *open.count_by_network.entry(network).or_default() += 1;
        drop(open);
        Some(ConnectionSlot {
            number,
            connection,
            connections: Arc::clone(self),
        })
    }

    /// Closes the connection whose closing does the least harm.
    pub(super) fn close_one(&self) {
        self.lock().close_one(|_| true);
    }

    /// Closes all connections, each after its present request.
    pub(super) fn close_all(&self) {
        for connection in self.lock().connections.values() {
            connection.close(Close::AfterRequest);
        }
    }

    /// Closes the connections that have waited for their client for too long. To be called every [`LOOK_INTERVAL`]. Whatever the
    /// verifier, the health checks and the metrics answer takes less time.
    pub(super) fn close_waiting(&self) {
        for connection in self.lock().connections.values() {
            if connection.waits_at_look() > LOOKS {
                connection.close(Close::AtOnce);
            }
        }
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.limits.trusted_proxies.iter().any(|net| net.contains(&address))
    }

    fn lock(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenConnections {
    /// Of the connections that match, closes the one whose closing does the least harm. That connection no longer counts, although
    /// it needs a moment to close.
    fn close_one(&mut self, matches: impl Fn(&Connection) -> bool) -> Option<()> {
        let (number, connection) = self
            .connections
            .iter()
            .filter(|(_, connection)| matches(connection))
            .min_by_key(|(number, connection)| (connection.activity(), **number))?;
        // An idle client may be sending its next request at this moment. That request is still answered.
        connection.close(match connection.activity() {
            (Activity::Idle, _) => Close::AfterRequest,
            (Activity::NoRequest | Activity::Console, _) => Close::AtOnce,
        });
        let number = *number;
        self.remove(number);
        Some(())
    }

    fn remove(&mut self, number: u64) {
        let Some(connection) = self.connections.remove(&number) else {
            return;
        };
        let network = network(connection.peer().ip());
        if let Some(count) = self.count_by_network.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                self.count_by_network.remove(&network);
            }
        }
    }
}

impl ConnectionSlot {
    pub(super) const fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.connections.lock().remove(self.number);
    }
}

/// The network that counts as one address: an IPv4 address, or the /64 of an IPv6 address, since a provider gives a whole /64 to
/// one customer.
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
        Arc::new(Connections::new(ConnectionLimits {
            all,
            per_address,
            trusted_proxies: ["10.0.0.0/8".parse().unwrap()].into(),
        }))
    }

    fn peer(address: &str) -> SocketAddr {
        SocketAddr::new(address.parse().unwrap(), 50_000)
    }

    fn close_of(slot: &ConnectionSlot) -> Option<Close> {
        slot.connection.wait_for_close().now_or_never()
    }

    #[test]
    fn the_oldest_connection_without_a_request_is_closed_first() {
        let listener = listener(4, 4);
        let admit = |address| listener.admit(peer(address)).unwrap();
        let gateway = admit("192.0.2.1");
        gateway.connection.begin_request(Instant::now());
        let (first, second, at_console) = (admit("192.0.2.2"), admit("192.0.2.3"), admit("192.0.2.4"));
        at_console.connection.begin_request(Instant::now());
        let work = at_console.connection.begin_console_work();
        let third = admit("192.0.2.5");
        assert_eq!((close_of(&first), close_of(&second)), (Some(Close::AtOnce), None));
        let fourth = admit("192.0.2.6");
        assert_eq!(close_of(&second), Some(Close::AtOnce));
        assert_eq!([&third, &fourth, &gateway, &at_console].map(close_of), [None; 4]);
        drop(work);
    }

    #[test]
    fn idle_connections_are_closed_next_and_waiting_ones_last() {
        let listener = listener(2, 2);
        let busy = listener.admit(peer("192.0.2.1")).unwrap();
        busy.connection.begin_request(Instant::now());
        let work = busy.connection.begin_console_work();
        let idle = listener.admit(peer("192.0.2.2")).unwrap();
        idle.connection.begin_request(Instant::now());
        let next = listener.admit(peer("192.0.2.3")).unwrap();
        assert_eq!((close_of(&idle), close_of(&busy)), (Some(Close::AfterRequest), None));
        next.connection.begin_request(Instant::now());
        let more = next.connection.begin_console_work();
        let _last = listener.admit(peer("192.0.2.4")).unwrap();
        assert_eq!((close_of(&busy), close_of(&next)), (Some(Close::AtOnce), None));
        drop((work, more));
    }

    #[test]
    fn an_address_closes_its_own_connections_but_a_trusted_proxy_may_have_more() {
        let listener = listener(100, 2);
        let other = listener.admit(peer("198.51.100.1")).unwrap();
        let slots: Vec<_> = (0..5).map(|_| listener.admit(peer("2001:db8::1")).unwrap()).collect();
        assert_eq!(close_of(&other), None);
        assert_eq!(slots.iter().filter(|slot| close_of(slot).is_some()).count(), 3);
        let neighbour = listener.admit(peer("2001:db8::2")).unwrap();
        assert_eq!(close_of(&slots[3]), Some(Close::AtOnce));
        let proxied: Vec<_> = (0..5).map(|_| listener.admit(peer("10.0.0.1")).unwrap()).collect();
        assert!(proxied.iter().chain([&neighbour]).all(|slot| close_of(slot).is_none()));
    }

    #[test]
    fn a_closed_connection_no_longer_counts() {
        let listener = listener(2, 2);
        for _ in 0..10 {
            let slot = listener.admit(peer("192.0.2.1")).unwrap();
            assert_eq!(close_of(&slot), None);
        }
        let open = listener.lock();
        assert!(open.connections.is_empty() && open.count_by_network.is_empty());
    }

    #[test]
    fn a_connection_that_waits_for_its_client_at_every_look_is_closed() {
        let listener = listener(8, 8);
        let admit = || listener.admit(peer("192.0.2.1")).unwrap();
        let look_often = || (0..=LOOKS).for_each(|_| listener.close_waiting());
        let started = Instant::now();
        let (silent, asked, asking, console, reading) = (admit(), admit(), admit(), admit(), admit());
        asked.connection.begin_request(started);
        let work = console.connection.begin_console_work();
        for look in 1..=LOOKS + 1 {
            assert_eq!(close_of(&silent), None);
            assert_eq!(close_of(&asked), None);
            asking.connection.begin_request(started + LOOK_INTERVAL * look);
            reading
                .connection
                .set_activity_at(Activity::NoRequest, started + LOOK_INTERVAL * look);
            listener.close_waiting();
        }
        assert_eq!(close_of(&silent), Some(Close::AtOnce));
        assert_eq!(close_of(&asked), Some(Close::AtOnce));
        for slot in [&asking, &console, &reading] {
            assert_eq!(close_of(slot), None);
        }
        // The time begins anew when the console has answered.
        drop(work);
        listener.close_waiting();
        assert_eq!(close_of(&console), None);
        look_often();
        assert_eq!(close_of(&console), Some(Close::AtOnce));
    }

    #[test]
    fn the_limits_leave_open_files_for_everything_else() {
        let all = |files, listeners| ConnectionLimits::new(files, listeners, [].into()).all;
        assert_eq!(all(u64::MAX, 1), MOST_CONNECTIONS);
        assert_eq!(
            (all(1_024, 1), all(1_024, 2), all(10, 1)),
            (768, 384, FEWEST_CONNECTIONS)
        );
    }
}
