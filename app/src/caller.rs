//! The sender of a request. The HTTP layer finds it out before a page or a server function runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use backend::accounts::LoggedIn;
use http::Extensions;

/// What the HTTP layer learned about a request, for server functions and pages.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person who is logged in.
    pub who: Option<LoggedIn>,
    /// The address from which the request came.
    pub address: String,
    /// The environment that was chosen last, or empty for all environments.
    pub environment: String,
    /// The scheme and the host of the URL by which the browser reached the server.
    pub origin: String,
}

/// Tells the HTTP layer that something on a page could not be loaded, since the database is away. It is in the extensions of each
/// request for a page.
#[derive(Clone, Debug, Default)]
pub struct OutageSeen(Arc<AtomicBool>);

impl OutageSeen {
    /// Notes that the database is away.
    pub(crate) fn note(request: &Extensions) {
        if let Some(Self(seen)) = request.get() {
            seen.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the database was away when a part of this page was loaded.
    pub fn is_noted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
