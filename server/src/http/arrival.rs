//! Where and when a request arrived. The listener leaves it in the extensions of each request.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use axum::extract::Request;

/// The arrival of a request.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// The other end of the connection.
    pub peer: SocketAddr,
    /// When the whole head was there.
    pub at: Instant,
}

impl Arrival {
    /// The address of the other end. `None` in a test that has no connection.
    pub(super) fn peer_address(request: &Request) -> Option<IpAddr> {
        let arrival: Option<&Self> = request.extensions().get();
        arrival.map(|arrival| arrival.peer.ip())
    }

    pub(super) fn time(request: &Request) -> Instant {
        let arrival: Option<&Self> = request.extensions().get();
        arrival.map_or_else(Instant::now, |arrival| arrival.at)
    }
}
