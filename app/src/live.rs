//! The live stream. It makes changes by other people and by the server appear on the open page. The stream only says that
//! something changed. Then the page loads again what it shows.
//!
//! Only a visible page listens, so that many open tabs do not use up the few connections that a browser makes to one host. If
//! the stream breaks, the page asks the server every few seconds instead.

use std::time::Duration;

use leptos::prelude::*;
use model::time::{DAY, SECOND, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent, VisibilityState};

use crate::cookie;
use crate::error::AppError;
use crate::shared::Shared;
use crate::ui::day::here;

/// How often a page without a stream asks the server.
const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// A page counts as used for this many seconds after a person has clicked or typed. The page reports a use at most every
/// [`NOTE_USE_INTERVAL`].
const USE_COOKIE_SECONDS: u32 = 60;
const NOTE_USE_INTERVAL: i64 = 30 * SECOND;

/// An open stream. It closes when it is dropped.
struct Stream {
    source: EventSource,
    _message: Closure<dyn Fn(MessageEvent)>,
    _over: Closure<dyn Fn()>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
    }
}

/// The last message of the stream: the number of the last change, and how many nodes answer.
type LastMessage = StoredValue<Option<(i64, u64)>>;

/// Whether the session has ended. Then no more messages come.
type SessionEnded = StoredValue<bool>;

/// Listens while the console is open. Does nothing on the server.
pub(crate) fn follow(shared: Shared) {
    let last_message: LastMessage = StoredValue::new(None);
    let session_ended: SessionEnded = StoredValue::new(false);
    Effect::new(move |_| {
        // An effect runs only in the browser. On the server, another thread than the one that made the value would drop it.
        let stream = StoredValue::new_local(None::<Stream>);
        stream.set_value(open(shared, last_message, session_ended));
        let watch = window_event_listener_untyped("visibilitychange", move |_| {
            if hidden() {
                stream.set_value(None);
                return;
            }
            // While the page was hidden, another person may have logged in, in another tab.
            shared.reload_frame_if_changed();
            if !is_open(stream) {
                // The first event shows whether the page has missed a change.
                stream.set_value(open(shared, last_message, session_ended));
            }
        });
        // Otherwise Firefox reports an interrupted connection as an error. If the page stays, for example after a download, the loop
        // below opens the stream again.
        let leave = window_event_listener_untyped("beforeunload", move |_| stream.set_value(None));
        let noted = StoredValue::new(Timestamp(0));
        let touch = move || {
            let now = here();
            if now.since(noted.try_get_value().unwrap_or(now)) >= NOTE_USE_INTERVAL {
                noted.try_set_value(now);
                note_use();
            }
        };
        let pointer = window_event_listener(leptos::ev::pointerdown, move |_| touch());
        let key = window_event_listener(leptos::ev::keydown, move |_| touch());
        on_cleanup(move || {
            watch.remove();
            leave.remove();
            pointer.remove();
            key.remove();
        });
        leptos::task::spawn_local(async move {
            loop {
                gloo_timers::future::sleep(POLL_INTERVAL).await;
                if stream.try_with_value(|_| ()).is_none() {
                    return;
                }
                if session_ended.try_get_value() != Some(false) {
                    return;
                }
                if !hidden() && !is_open(stream) {
                    shared.reload_screen();
                    stream.set_value(open(shared, last_message, session_ended));
                }
            }
        });
    });
}

fn open(shared: Shared, last_message: LastMessage, session_ended: SessionEnded) -> Option<Stream> {
    if hidden() || session_ended.try_get_value() != Some(false) {
        return None;
    }
    let source = EventSource::new("/events").ok()?;
    let message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let data = event.data().as_string().unwrap_or_default();
        if let Some(now) = read(&data) {
            handle_message(shared, last_message, now);
        }
    });
    source.set_onmessage(Some(message.as_ref().unchecked_ref()));
    let ended = source.clone();
    let over = Closure::<dyn Fn()>::new(move || {
        // The session is over. The answer to the next request of the page says so.
        ended.close();
        session_ended.try_set_value(true);
        shared.reload_screen();
    });
    let _ = source.add_event_listener_with_callback("over", over.as_ref().unchecked_ref());
    Some(Stream {
        source,
        _message: message,
        _over: over,
    })
}

fn handle_message(shared: Shared, last_message: LastMessage, now: (i64, u64)) {
    let frame = || shared.frame.get_untracked().and_then(Result::ok);
    // The page compares the first message with the values with which the server rendered it.
    let before = last_message
        .try_get_value()
        .flatten()
        .or_else(|| frame().map(|frame| (frame.change, frame.nodes)));
    last_message.try_set_value(Some(now));
    let Some((change, nodes)) = before else {
        return;
    };
    if change != now.0 {
        shared.reload_screen();
        shared.reload_frame_if_changed();
    }
    if nodes != now.1 {
        shared.nodes.set(Some(now.1));
    }
}

/// Reads a message such as `12 3`: the number of the last change, and the number of nodes.
fn read(data: &str) -> Option<(i64, u64)> {
    let (change, nodes) = data.split_once(' ')?;
    Some((change.parse().ok()?, nodes.parse().ok()?))
}

fn is_open(stream: StoredValue<Option<Stream>, LocalStorage>) -> bool {
    stream
        .try_with_value(|stream| {
            let state = stream.as_ref().map(|stream| stream.source.ready_state());
            state == Some(EventSource::OPEN)
        })
        .unwrap_or(false)
}

fn hidden() -> bool {
    document().visibility_state() == VisibilityState::Hidden
}

/// Sets a cookie by which the next requests tell the server that a person uses the page. Requests that a page makes by itself do
/// not keep the session alive.
fn note_use() {
    cookie::write("latchkey_active", "1", USE_COOKIE_SECONDS);
}

/// Loads the screen again when it changes by itself, for example at the end date of a key. `now` is the server's time when the
/// screen was loaded. Runs only in the browser. A later call replaces an earlier one.
pub(crate) fn reload_at(shared: Shared, when: Option<Timestamp>, now: Timestamp) {
    let Some(wait) = when.map(|when| when.since(now)) else {
        return;
    };
    // The timer waits a little longer, so that the time has passed, and never longer than timers can.
    let wait = wait.clamp(0, DAY) + SECOND / 4;
    let wait = Duration::from_millis(u64::try_from(wait).unwrap_or_default());
    let timer = set_timeout_with_handle(move || shared.reload_screen(), wait);
    on_cleanup(move || {
        if let Ok(timer) = timer {
            timer.clear();
        }
    });
}

/// Loads again what a dialog could not load, whenever the screen below it loads again. Does nothing once it is loaded, so what a
/// person has typed into the dialog stays.
pub(crate) fn load_again_if_failed<T>(loaded: Resource<Result<T, AppError>>)
where
    T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
{
    let shared = Shared::of_context();
    Effect::new(move |before: Option<()>| {
        shared.version.track();
        let failed =
            before.is_some() && loaded.with_untracked(|loaded| matches!(loaded, Some(Err(error)) if error.may_pass()));
        if failed {
            loaded.refetch();
        }
    });
}
