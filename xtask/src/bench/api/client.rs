//! A program with one connection that creates keys.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::header;

use crate::bench::process::agent;

/// A key whose creation was answered.
#[derive(Debug)]
pub(super) struct Created {
    pub(super) id: String,
    /// When the answer was there.
    pub(super) at: Instant,
    pub(super) took: Duration,
}

#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    url: String,
    authorization: String,
    number: usize,
}

impl Client {
    pub(super) fn new(url: &str, token: &str, number: usize) -> Self {
        Self {
            agent: agent(),
            url: format!("{url}/manage/v1/keys"),
            authorization: format!("Bearer {token}"),
            number,
        }
    }

    /// Creates one key after the other until the connection breaks. Any other answer than 201 is an error.
    pub(super) fn create_until_it_breaks(&self, all: &Mutex<Vec<Created>>) -> Result<()> {
        for count in 0_u64.. {
            let name = format!("Client {}, key {count}", self.number);
            let body = json!({"name": name, "environment": "default", "endpoints": ["chat"]}).to_string();
            let began = Instant::now();
            let answer = self
                .agent
                .post(&self.url)
                .header(header::AUTHORIZATION, &self.authorization)
                .header(header::CONTENT_TYPE, "application/json")
                .header("idempotency-key", format!("{}-{count}", self.number))
                .send(body);
            let Ok(answer) = answer else {
                break;
            };
            let status = answer.status().as_u16();
            let Ok(body) = answer.into_body().read_to_string() else {
                break;
            };
            let took = began.elapsed();
            ensure!(status == 201, "creating a key was answered with {status}");
            let key: Value = serde_json::from_str(&body).context("the answer is not JSON")?;
            let id = key["id"].as_str().context("the answer has no key ID")?.to_owned();
            ensure!(key["token"].is_string(), "the answer has no token");
            all.lock().map_err(|_| anyhow!("a client panicked"))?.push(Created {
                id,
                at: began + took,
                took,
            });
        }
        Ok(())
    }

    /// The IDs of all keys.
    pub(super) fn all_keys(&self) -> Result<BTreeSet<String>> {
        let mut all = BTreeSet::new();
        let mut cursor = String::new();
        loop {
            let answer = self
                .agent
                .get(format!("{}?limit=100{cursor}", self.url))
                .header(header::AUTHORIZATION, &self.authorization)
                .call()?;
            ensure!(answer.status() == 200, "the list was answered with {}", answer.status());
            let page: Value = serde_json::from_str(&answer.into_body().read_to_string()?)?;
            let keys = page["data"].as_array().context("the list has no data")?;
            all.extend(keys.iter().filter_map(|key| Some(key["id"].as_str()?.to_owned())));
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(all),
            }
        }
    }
}
