//! `GET /events`: the live stream of a visible page. It says that something has changed, but not what. Then the page requests its
//! content again, with the permissions that its person has at that time.

use std::convert::Infallible;
use std::time::Duration;

use app::caller::Caller;
use axum::extract::{Extension, State};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use http::header::{CACHE_CONTROL, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use model::role::Permission;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Console;
use super::live_streams::{Latest, LiveStream};

/// How often an event is sent while nothing changes, so that proxies do not close the stream.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// The seconds after which a page may try again if there are too many streams. Until then the page polls for its content.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("30");

/// A page that listens.
struct Listener {
    stream: LiveStream,
    stopped: watch::Receiver<()>,
    /// The time at which the last event was sent.
    sent_at: Instant,
    /// The change and the number of nodes in the last event.
    sent: Option<(i64, u64)>,
    ended: bool,
}

pub(super) async fn events(State(console): State<Console>, Extension(caller): Extension<Caller>) -> Response {
    let Some(who) = caller.who else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    if !who.me.role.may(Permission::SeeKeys) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(stream) = console.live_streams.open(&who) else {
        let sentence = "Too many pages listen for changes. This page asks for changes every few seconds instead.\n";
        return (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, RETRY_SECONDS)], sentence).into_response();
    };
    let listener = Listener {
        stream,
        stopped: console.stopped,
        sent_at: Instant::now(),
        sent: None,
        ended: false,
    };
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
    /// The next event, or `None` if the server stops, the session has ended, or the database is away. The first event comes at once, so that a page that
    /// lost its stream learns whether it has missed a change.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.ended {
                return None;
            }
            let silent = tokio::select! {
                changed = self.stream.changed() => {
                    changed?;
                    false
                }
                () = sleep_until(self.sent_at + KEEP_ALIVE) => true,
                // `changed` fails when the sender is dropped, which means that the server stops.
                _ = self.stopped.changed() => return None,
            };
            if silent {
                self.sent_at = Instant::now();
            }
            let latest = self.stream.latest();
            let now = match &latest {
                // No poll has begun since this stream opened.
                Latest::Nothing if silent => return Some(Event::default().comment("waiting")),
                Latest::Nothing => continue,
                // A page without a stream asks again and again, so it loads what it could not load as soon as the database is back.
                Latest::Away => return None,
                Latest::Found(snapshot) if !self.stream.is_permitted(snapshot) => {
                    self.ended = true;
                    // Browsers ignore an event without data.
                    return Some(Event::default().event("over").data("over"));
                }
                Latest::Found(snapshot) => (snapshot.change, snapshot.nodes),
            };
            if silent || self.sent != Some(now) {
                self.sent = Some(now);
                self.sent_at = Instant::now();
                return Some(Event::default().data(format!("{} {}", now.0, now.1)));
            }
        }
    }
}
