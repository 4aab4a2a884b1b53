//! The most expensive requests that a Viewer can make.

use std::ops::AddAssign;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use serde_json::json;

use crate::bench::server::{Server, VIEWER_PASSWORD};

/// A password of 72 characters that can be read in many ways, and one that is refused after the most work.
const MANY_READINGS: &str = "4@8({[<369!1|70$5+7%24@8({[<369!1|70$5+7%24@8({[<369!1|70$5+7%24@8({[<369";
const COMMON: &str = "1|71|71|71|71|71|71|71|71|71|71|71|71|71|71|71|71|71|71|71|71|71|71|71|7";
const PAGES: [&str; 6] = [
    "/",
    "/keys?search=L",
    "/keys?sort=last-used&status=active",
    "/usage?range=400d",
    "/usage/export?range=400d",
    "/profiles",
];

/// The number of requests that were answered as expected, and of those that were told to wait or were refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) answered: u64,
    pub(crate) refused: u64,
}

impl AddAssign for Done {
    fn add_assign(&mut self, other: Self) {
        self.answered += other.answered;
        self.refused += other.refused;
    }
}

/// One connection of the Viewer, until the load ends. Each connection starts at another request, so that all kinds of work run at
/// once.
pub(super) fn work(server: &Server, index: usize, over: &AtomicBool) -> Result<Done> {
    let agent = server.another_agent();
    let change = |current: &str, password: &str| {
        let form = json!({ "form": { "current": current, "password": password } });
        ("/api/account/change-password", form)
    };
    let list = |search: &str| {
        (
            "/api/keys/list",
            json!({ "query": { "search": search, "environment": "" } }),
        )
    };
    let report = json!({ "query": { "range": "400d", "environment": "", "key": "", "endpoint": "" } });
    let posts = [
        change("not the password", MANY_READINGS),
        list("L"),
        change(VIEWER_PASSWORD, COMMON),
        ("/api/usage/report", report),
        list("key_"),
    ];
    let mut done = Done::default();
    for turn in index.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let page = PAGES[turn % PAGES.len()];
        let (path, body) = &posts[turn % posts.len()];
        for status in [
            server.status_of_get(&agent, page)?,
            server.status_of_post(&agent, path, &body.to_string())?,
        ] {
            match status {
                200 => done.answered += 1,
                _ => done.refused += 1,
            }
        }
    }
    Ok(done)
}
