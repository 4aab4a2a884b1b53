//! The queries of the list of keys, and how long they take.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::times::{Times, in_turns};
use crate::bench::server::Server;

/// How many times a person turns the page to reach the 19th.
const FAR: usize = 18;
const PAGE_SIZE: usize = 50;

/// The queries: a name, the parameters in the page's URL, and whether any key matches.
const PAGES: [(&str, &str, bool); 19] = [
    ("newest", "environment=", true),
    ("by name", "environment=&sort=name", true),
    ("by last use", "environment=&sort=used", true),
    ("by end date", "environment=&sort=ending", true),
    ("search that few match", "environment=&search=Shop", true),
    ("search that nearly all match", "environment=&search=load", true),
    ("search that the oldest 10 % match", "environment=&search=archive", true),
    ("search that nothing matches", "environment=&search=nothing", false),
    ("active", "environment=&status=active", true),
    ("inactive", "environment=&status=inactive", true),
    ("expired", "environment=&status=expired", false),
    ("failed", "environment=&status=failed", false),
    ("endpoint", "environment=&endpoint=chat", true),
    ("environment", "environment=default", true),
    ("expiring", "environment=&attention=expiring", true),
    ("unused", "environment=&attention=unused", false),
    ("not rotated", "environment=&attention=not-rotated", false),
    ("more than used", "environment=&attention=more-than-used", true),
    (
        "everything combined",
        "environment=default&search=load&status=active&status=inactive&endpoint=chat&profile=none&attention=expiring",
        true,
    ),
];

/// One query, measured with few keys and with many.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) query: String,
    /// Keys on the page.
    pub(crate) rows: [usize; 2],
    pub(crate) times: [Times; 2],
}

impl Measured {
    /// The ratio of the time with many keys to the time with few.
    pub(crate) fn ratio(&self) -> f64 {
        let [few, many] = self.times.map(|times| times.median.as_secs_f64());
        many / few
    }
}

/// A request for a page of the list.
#[derive(Debug)]
enum Ask {
    /// The request of a browser without scripts.
    Page(String),
    /// The request of the console's scripts.
    Function(String),
}

impl Ask {
    fn page(parameters: &str) -> Ask {
        Ask::Page(format!("/keys?{parameters}"))
    }

    fn function(query: &Value) -> Ask {
        Ask::Function(json!({ "query": query }).to_string())
    }

    fn of(&self, server: &Server) -> Result<String> {
        match self {
            Ask::Page(path) => server.get(path),
            Ask::Function(json) => server.post("/api/keys/list", json),
        }
    }
}

/// Measures the list on two servers.
pub(crate) fn measure(servers: [(&Server, &[String]); 2]) -> Result<Vec<Measured>> {
    let [(few, few_tokens), (many, many_tokens)] = servers;
    let mut all = Vec::new();
    for ((name, finds, few_ask), (_, _, many_ask)) in asks(few, few_tokens)?.into_iter().zip(asks(many, many_tokens)?) {
        let pairs = [(few, few_ask), (many, many_ask)];
        let mut rows = [0; 2];
        for (rows, (server, ask)) in rows.iter_mut().zip(&pairs) {
            *rows = keys_in(&ask.of(server)?);
            ensure!((*rows > 0) == finds, "“{name}” finds {rows} keys");
        }
        let times = in_turns(|which| {
            let (server, ask) = &pairs[which];
            ask.of(server).map(drop)
        })?;
        all.push(Measured {
            query: name.to_owned(),
            rows,
            times,
        });
    }
    Ok(all)
}

/// The requests for a server: a name, whether any key matches, and the request.
fn asks(server: &Server, tokens: &[String]) -> Result<Vec<(&'static str, bool, Ask)>> {
    let pages = PAGES
        .iter()
        .map(|(name, parameters, finds)| (*name, *finds, Ask::page(parameters)));
    let mut asks: Vec<_> = pages.collect();
    let token = tokens.get(tokens.len() / 2).context("there is no token")?;
    let last_four = &token[token.len().saturating_sub(4)..];
    let ends = format!("environment=&search={last_four}");
    asks.push(("search for the end of a token", true, Ask::page(&ends)));
    let far = format!("environment=&after={}", after_pages(server, FAR)?);
    asks.push(("the 19th page", true, Ask::page(&far)));
    let middle = format!(
        "environment=&after={}",
        after_pages(server, tokens.len() / PAGE_SIZE / 2)?
    );
    asks.push(("the page in the middle", true, Ask::page(&middle)));
    asks.push(("newest, as data", true, Ask::function(&json!({ "environment": "" }))));
    Ok(asks)
}

/// The cursor behind the given number of pages.
fn after_pages(server: &Server, pages: usize) -> Result<String> {
    let mut after = String::new();
    for page in 1..=pages {
        let ask = Ask::function(&json!({ "environment": "", "after": after }));
        let answer: Value = serde_json::from_str(&ask.of(server)?).context("the list's data are not JSON")?;
        let Some(next) = answer["next"].as_str() else {
            bail!("the list ends with page {page}");
        };
        next.clone_into(&mut after);
    }
    Ok(after)
}

/// The number of keys in an answer, which is HTML or JSON.
fn keys_in(answer: &str) -> usize {
    let ids: BTreeSet<&str> = answer
        .match_indices("key_")
        .filter_map(|(start, prefix)| {
            let id = answer.get(start..start + prefix.len() + 10)?;
            let random = &id[prefix.len()..];
            random.chars().all(|c| c.is_ascii_alphanumeric()).then_some(id)
        })
        .collect();
    ids.len()
}

#[cfg(test)]
mod tests {
    use super::keys_in;

    #[test]
    fn a_key_counts_once() {
        let html = r#"<a href="/keys/key_0123456789">Shop</a> key_0123456789 key_abcdefghij <td class="key_name">"#;
        assert_eq!(keys_in(html), 2);
        assert_eq!(keys_in("no key_"), 0);
    }
}
