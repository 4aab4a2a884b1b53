//! Where and when a request arrived. The listener leaves it in the extensions of each request that a router answers.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use axum::extract::Request;
use http::Extensions;

/// The arrival of a request.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// The other end of the connection.
    pub peer: SocketAddr,
    /// When the whole head was there.
    pub at: Instant,
}

impl Arrival {
    /// The arrival of this request. `None` in a test that has no connection.
    pub(super) fn of(request: &Request) -> Option<Self> {
        request.extensions().get().copied()
    }

    /// The address of the other end, out of the extensions of a request.
    pub(super) fn peer_of(extensions: &Extensions) -> Option<IpAddr> {
        extensions.get::<Self>().map(|arrival| arrival.peer.ip())
    }

    /// The address of the other end. `None` in a test that has no connection.
    pub(super) fn peer_address(request: &Request) -> Option<IpAddr> {
        Self::of(request).map(|arrival| arrival.peer.ip())
    }
}
