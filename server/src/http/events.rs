//! `GET /events`: one live stream for each page on a screen. It says that something changed, never what: the page asks
//! for what it shows, with the permissions that it has then.

use std::convert::Infallible;
use std::time::Duration;

use app::server_fns::context::Caller;
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
use super::streams::Stream;

/// How often something is said where nothing changes: it keeps proxies from closing the stream.
const SILENT_MAX: Duration = Duration::from_secs(5);
/// Seconds after which a page that is one too many may ask again. Until then it asks for what it shows now and then.
const AGAIN: HeaderValue = HeaderValue::from_static("30");

/// A page that listens.
struct Listener {
    stream: Stream,
    stopped: watch::Receiver<()>,
    /// When something was said last, and the change and the nodes that were.
    said_at: Instant,
    said: Option<(i64, u64)>,
    over: bool,
}

pub(super) async fn events(State(console): State<Console>, Extension(caller): Extension<Caller>) -> Response {
    let Some(who) = caller.who else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    if !who.me.role.may(Permission::SeeKeys) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(stream) = console.streams.open(&who) else {
        let sentence = "Too many pages listen for changes. This one asks for them every few seconds.\n";
        return (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, AGAIN)], sentence).into_response();
    };
    let listener = Listener {
        stream,
        stopped: console.stopped,
        said_at: Instant::now(),
        said: None,
        over: false,
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
    /// The next thing to say; `None` where the server stops or the session is over. The first comes at once: a page that
    /// lost the stream learns what it missed.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.over {
                return None;
            }
            let silent = tokio::select! {
                news = self.stream.news() => {
                    news?;
                    false
                }
                () = sleep_until(self.said_at + SILENT_MAX) => true,
                // An error: its sender is gone, which is the sign to stop.
                _ = self.stopped.changed() => return None,
            };
            if silent {
                self.said_at = Instant::now();
            }
            let news = self.stream.latest();
            let now = match &news {
                // No look has been made since it opened, or the database does not answer now; the stream waits for it as
                // everybody does.
                None if silent => return Some(Event::default().comment("waiting")),
                None => continue,
                Some(news) if !self.stream.may_go_on(news) => {
                    self.over = true;
                    // Browsers pass on no event without data.
                    return Some(Event::default().event("over").data("over"));
                }
                Some(news) => (news.change, news.nodes),
            };
            if silent || self.said != Some(now) {
                self.said = Some(now);
                self.said_at = Instant::now();
                return Some(Event::default().data(format!("{} {}", now.0, now.1)));
            }
        }
    }
}
