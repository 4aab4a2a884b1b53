//! The session that a browser had before its person logged in again. The new login ends it, since no browser has its cookie any
//! more.

use std::sync::Arc;

use app::caller::Caller;
use backend::Services;
use http::HeaderMap;

use super::Console;
use super::log_limit::log_limited;

pub(super) struct PreviousSession {
    services: Arc<Services>,
    token: Option<String>,
    address: String,
}

impl PreviousSession {
    /// The session that the request's cookie names, if any.
    pub(super) fn of_request(console: &Console, headers: &HeaderMap, caller: &Caller) -> Self {
        Self {
            services: Arc::clone(&console.services),
            token: console.cookies.session(headers),
            address: caller.address.clone(),
        }
    }

    pub(super) async fn end(self) {
        if let Some(token) = self.token
            && let Err(error) = self.services.accounts.log_out(&token, Some(self.address)).await
        {
            log_limited!(error, %error, "cannot end a browser's previous session");
        }
    }
}
