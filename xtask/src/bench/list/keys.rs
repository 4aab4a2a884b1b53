//! The keys that are measured: the same mixture, however many they are.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::bench::server::{Data, Server};

/// Fewer have no 19 full pages.
pub(crate) const FEWEST: u32 = 1_000;
/// Keys that are found by a name that few have.
const SHOP: u32 = 30;
/// One key in so many is asked about.
const USED: usize = 10;

struct Batch {
    name: &'static str,
    /// Of all keys but those of the shop; the last batch takes what is left.
    percent: u32,
    options: &'static [&'static str],
}

/// From the oldest to the newest.
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
        options: &["--endpoint", "chat"],
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
    size: u32,
    took: Duration,
}

/// Makes so many keys with the program's own command. No server runs, so they are active at once.
pub(crate) fn make(program: &Path, size: u32) -> Result<Made> {
    let mut made = Made {
        data: Data::new(program)?,
        tokens: Vec::new(),
        size,
        took: Duration::ZERO,
    };
    let mixed = size - SHOP;
    let mut left = mixed;
    for (index, batch) in BATCHES.iter().enumerate() {
        let last = index + 1 == BATCHES.len();
        let count = if last { left } else { mixed * batch.percent / 100 };
        left -= count;
        let newest = made.batch(batch.name, count, batch.options)?;
        made.data.run(&["key", "disable", &newest])?;
        if index == BATCHES.len() / 2 {
            made.batch("Shop", SHOP, &[])?;
        }
    }
    let found = made.tokens.len();
    ensure!(found == size as usize, "{found} keys were made, not {size}");
    Ok(made)
}

/// Asks for one key in ten whether it may call an endpoint. Those limited to another are refused.
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

    /// Makes keys of one kind and returns the ID of the newest.
    fn batch(&mut self, name: &str, count: u32, options: &[&str]) -> Result<String> {
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
        self.tokens.extend(tokens.lines().map(str::to_owned));
        let newest = messages
            .lines()
            .find_map(|line| line.strip_suffix(" is active."))
            .with_context(|| format!("`latchkey key create` named no active key: {messages}"))?;
        Ok(newest.to_owned())
    }
}
