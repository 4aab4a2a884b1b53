//! Makes the keys for the list, and as many customers. The mixture does not depend on their number.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::bench::server::{Data, Server};

/// The least number of keys. Fewer would not fill 19 pages.
pub(crate) const MIN_KEYS: u32 = 1_000;
/// The number of keys with a rare name.
const SHOP: u32 = 30;
/// The customer of a quarter of all keys, and that of the shop.
pub(super) const BUSY_CUSTOMER: &str = "customer-0000001";
pub(super) const SHOP_CUSTOMER: &str = "customer-0000002";
/// The number of customers with a rare name.
const ACME: u32 = 30;
/// One customer in this many is suspended.
const SUSPENDED: u32 = 10;
/// The verifier is asked about one key in this many.
const USED: usize = 10;

struct Batch {
    name: &'static str,
    /// The share of all keys except those of the shop. The last batch takes the rest.
    percent: u32,
    options: &'static [&'static str],
}

/// The batches, from the oldest to the newest.
const BATCHES: [Batch; 5] = [
    Batch {
        name: "Archive",
        percent: 10,
        options: &[],
    },
    Batch {
        name: "Load test",
        percent: 40,
        options: &[],
    },
    Batch {
        name: "Load test, images",
        percent: 10,
        options: &["--endpoint", "image"],
    },
    Batch {
        name: "Load test, chat",
        percent: 25,
        options: &["--endpoint", "chat", "--customer", BUSY_CUSTOMER],
    },
    Batch {
        name: "Load test, ending",
        percent: 15,
        options: &["--expires", "5d"],
    },
];

/// Data with keys in them.
pub(crate) struct Made {
    pub(crate) data: Data,
    pub(crate) tokens: Vec<String>,
    /// The token of a service account that may read the lists.
    pub(crate) service_token: String,
    size: u32,
    took: Duration,
}

/// Makes the given number of keys with the command line. No server runs, so they are active at once.
pub(crate) fn make(program: &Path, size: u32) -> Result<Made> {
    let mut made = Made {
        data: Data::new(program)?,
        tokens: Vec::new(),
        service_token: String::new(),
        size,
        took: Duration::ZERO,
    };
    made.service_token = made.data.service_account("viewer")?;
    made.import_customers()?;
    let mixed = size - SHOP;
    let mut left = mixed;
    for (index, batch) in BATCHES.iter().enumerate() {
        let last = index + 1 == BATCHES.len();
        let count = if last { left } else { mixed * batch.percent / 100 };
        left -= count;
        let newest = made.batch(batch.name, count, batch.options)?;
        made.data.run(&["key", "disable", &newest])?;
        if index == BATCHES.len() / 2 {
            made.batch("Shop", SHOP, &["--customer", SHOP_CUSTOMER])?;
        }
    }
    let found = made.tokens.len();
    ensure!(found == size as usize, "{found} keys were made, not {size}");
    Ok(made)
}

/// Asks whether one key in ten may call an endpoint. Keys that are limited to another endpoint are refused.
pub(crate) fn use_some(server: &Server, tokens: &[String]) -> Result<()> {
    for token in tokens.iter().step_by(USED) {
        let asked = json!({ "key": token, "endpoint": "chat" });
        server.post("/v1/keys/verify", &asked.to_string())?;
    }
    Ok(())
}

impl Made {
    pub(crate) fn keys_per_second(&self) -> f64 {
        f64::from(self.size) / self.took.as_secs_f64()
    }

    /// Imports as many customers as there will be keys.
    fn import_customers(&self) -> Result<()> {
        let mut text = String::new();
        for number in 1..=self.size {
            let name = if number <= ACME { "Acme" } else { "Company" };
            let status = if number % SUSPENDED == 0 { "suspended" } else { "active" };
            let line = json!({
                "externalId": format!("customer-{number:07}"),
                "name": format!("{name} {number}"),
                "metadata": {"plan": "team"},
                "status": status,
            });
            writeln!(text, "{line}")?;
        }
        let file = self.data.file("customers.jsonl");
        fs::write(&file, text).context("the customers cannot be written")?;
        let file = file.to_str().context("the temporary folder's name is not text")?;
        self.data.run(&["customer", "import", file])?;
        Ok(())
    }

    /// Makes keys of one kind and returns the ID of the newest. The newest is made by itself, since the command names a key only
    /// where it makes a single one.
    fn batch(&mut self, name: &str, count: u32, options: &[&str]) -> Result<String> {
        if count > 1 {
            self.create(name, count - 1, options)?;
        }
        let messages = self.create(name, 1, options)?;
        let newest = messages
            .lines()
            .find_map(|line| line.strip_suffix(" is active."))
            .with_context(|| format!("`latchkey key create` named no active key: {messages}"))?;
        Ok(newest.to_owned())
    }

    /// Makes keys, keeps their tokens, and returns what the command says.
    fn create(&mut self, name: &str, count: u32, options: &[&str]) -> Result<String> {
        let file = self.data.file("tokens");
        let output = file.to_str().context("the temporary folder's name is not text")?;
        let count = count.to_string();
        let mut arguments = vec!["key", "create", "--environment", "default", "--name", name];
        arguments.extend(["--count", &count, "--output", output]);
        arguments.extend(options);
        let started = Instant::now();
        let messages = self.data.run(&arguments)?;
        self.took += started.elapsed();
        let tokens = fs::read_to_string(&file).context("the new tokens cannot be read")?;
        fs::remove_file(&file).context("the new tokens cannot be removed")?;
        self.tokens.extend(tokens.lines().map(str::to_owned));
        Ok(messages)
    }
}
