//! `GET /events`: the live stream of a page.

mod status_200;
mod status_204;
mod status_303;
mod status_429;

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;

use crate::common::TestApp;

/// Longer than the longest silence of the stream.
const EVENT_TIMEOUT: Duration = Duration::from_secs(15);

/// Reads the live stream like a page. Sees only the events that a browser dispatches.
struct Listener {
    body: Body,
    received: String,
}

/// An event as a browser dispatches it.
#[derive(Debug, PartialEq, Eq)]
struct DispatchedEvent {
    name: String,
    data: String,
}

impl Listener {
    async fn open(app: &TestApp) -> Self {
        let response = app.get("/events").open().await;
        assert_eq!(response.status(), 200);
        Self {
            body: response.into_body(),
            received: String::new(),
        }
    }

    /// The next event; `None` once the stream has ended.
    async fn next(&mut self) -> Option<DispatchedEvent> {
        loop {
            if let Some((block, rest)) = self.received.split_once("\n\n") {
                let (event, rest) = (read(block), rest.to_owned());
                self.received = rest;
                if event.is_some() {
                    return event;
                }
                continue;
            }
            let frame = tokio::time::timeout(EVENT_TIMEOUT, self.body.frame()).await;
            let frame = frame.expect("neither an event nor the end")?.unwrap();
            let data = frame.into_data().unwrap();
            self.received.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    /// Waits for the next event. Returns its change number and its number of nodes.
    async fn next_change(&mut self) -> (i64, u64) {
        let event = self.next().await.expect("an event");
        assert_eq!(event.name, "message", "{event:?}");
        let (change, nodes) = event.data.split_once(' ').unwrap();
        (change.parse().unwrap(), nodes.parse().unwrap())
    }

    /// Waits until this change, or a later one, is announced. Fast changes are not announced one by one.
    async fn wait_for_change(&mut self, change: i64) {
        while self.next_change().await.0 != change {}
    }

    /// Waits for the event that says that the session has ended, and for the end of the stream.
    async fn wait_for_end(&mut self) {
        while self.next().await.expect("the event that the session is over").name != "over" {}
        assert_eq!(self.next().await, None);
    }
}

/// The event in a block of lines. Browsers do not dispatch comments and events without data (WHATWG HTML, section 9.2.6).
fn read(block: &str) -> Option<DispatchedEvent> {
    let (mut name, mut data) = ("message", String::new());
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => name = value,
            "data" => data = data + value + "\n",
            _ => {}
        }
    }
    let data = data.strip_suffix('\n')?.to_owned();
    Some(DispatchedEvent {
        name: name.to_owned(),
        data,
    })
}

/// The last change that is in force.
fn last_change(app: &TestApp) -> i64 {
    *app.services.cluster.watch_changes().borrow()
}
