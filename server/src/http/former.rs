//! The session that a browser had before it logged in once more. Nobody has its cookie then, so it ends.

use std::sync::Arc;

use app::server_fns::context::Caller;
use backend::Backend;
use http::HeaderMap;

use super::Console;
use super::log_limit::log_limited;

pub(super) struct Former {
    backend: Arc<Backend>,
    token: Option<String>,
    address: String,
}

impl Former {
    pub(super) fn of(console: &Console, headers: &HeaderMap, caller: &Caller) -> Self {
        Self {
            backend: Arc::clone(&console.backend),
            token: console.cookies.session(headers),
            address: caller.address.clone(),
        }
    }

    pub(super) async fn end(self) {
        if let Some(token) = self.token
            && let Err(error) = self.backend.log_out(&token, Some(self.address)).await
        {
            log_limited!(error, %error, "cannot end a browser's former session");
        }
    }
}
