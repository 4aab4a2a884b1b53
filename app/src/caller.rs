//! The sender of a request. The HTTP layer finds it out before a page or a server function runs.

use backend::accounts::LoggedIn;

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
