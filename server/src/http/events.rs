//! `GET /events`: one live stream for each page on a screen. It says that something changed, never what: the page asks
//! for what it shows, with the permissions that it has then.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use app::server_fns::context::Caller;
use axum::extract::{Extension, State};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use backend::Backend;
use futures_util::stream::unfold;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue, StatusCode};
use model::role::Permission;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::Console;

/// How often the session and the nodes are looked at while nothing changes. Also keeps proxies from closing the stream.
const LOOK: Duration = Duration::from_secs(5);
/// Where changes come fast, they are told at most this often.
const GAP: Duration = Duration::from_millis(100);

/// A page that listens.
struct Listener {
    backend: Arc<Backend>,
    session: String,
    changes: watch::Receiver<i64>,
    stopped: watch::Receiver<()>,
    told_at: Instant,
    over: bool,
}

pub(super) async fn events(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Response {
    let session = console.cookies.session(&headers);
    let (Some(who), Some(session)) = (caller.who, session) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    if !who.me.role.may(Permission::SeeKeys) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut listener = Listener {
        changes: console.backend.watch_changes(),
        backend: console.backend,
        session,
        stopped: console.stopped,
        told_at: Instant::now(),
        over: false,
    };
    // The first event comes at once: a page that lost the stream learns what it missed.
    listener.changes.mark_changed();
    let events = unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    let mut response = Sse::new(events).into_response();
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl Listener {
    /// The next thing to say; `None` where the server stops or the session is over.
    async fn next(&mut self) -> Option<Event> {
        if self.over {
            return None;
        }
        tokio::select! {
            changed = self.changes.changed() => {
                changed.ok()?;
                sleep_until(self.told_at + GAP).await;
            }
            () = sleep(LOOK) => {}
            // An error: its sender is gone, which is the sign to stop.
            _ = self.stopped.changed() => return None,
        }
        self.told_at = Instant::now();
        let number = *self.changes.borrow_and_update();
        match self.backend.look_at_session(&self.session).await {
            Ok(Some(who)) if who.me.role.may(Permission::SeeKeys) => {}
            // The database does not answer now; the stream waits for it as everybody does.
            Err(_) => return Some(Event::default().comment("waiting")),
            Ok(_) => {
                self.over = true;
                // Browsers pass on no event without data.
                return Some(Event::default().event("over").data("over"));
            }
        }
        let nodes = self.backend.live_nodes().await.unwrap_or_default();
        Some(Event::default().data(format!("{number} {nodes}")))
    }
}
