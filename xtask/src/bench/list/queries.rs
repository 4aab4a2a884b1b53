//! The queries of the list of keys, and how long they take.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::times::{Times, in_turns};
use crate::bench::server::Server;

/// How many times a person turns the page to reach the 19th.
const FAR: usize = 18;
const PAGE_SIZE: usize = 50;
/// How the names of queries of the management API begin.
const AS_DATA: &str = "as data: ";
const OF_CUSTOMERS: &str = "as data, customers: ";

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

/// The same as data: the parameters of the management API's list of keys.
const DATA: [(&str, &str, bool); 19] = [
    ("newest", "", true),
    ("oldest", "sort=oldest", true),
    ("by name", "sort=name", true),
    ("by last use", "sort=used", true),
    ("by end date", "sort=ending", true),
    ("search that few match", "search=Shop", true),
    ("search that nearly all match", "search=load", true),
    ("search that the oldest 10 % match", "search=archive", true),
    ("search that nothing matches", "search=nothing", false),
    ("active", "status=active", true),
    ("inactive", "status=inactive", true),
    ("endpoint", "endpoint=chat", true),
    ("environment", "environment=default", true),
    ("no bias profile", "biasProfile=none", true),
    ("expiring", "attention=expiring", true),
    ("not rotated", "attention=not-rotated", false),
    ("more than used", "attention=more-than-used", true),
    (
        "a customer's, a quarter of all",
        "customer=external:customer-0000001",
        true,
    ),
    ("a customer's, thirty", "customer=external:customer-0000002", true),
];

/// The parameters of the management API's list of customers.
const CUSTOMERS: [(&str, &str, bool); 7] = [
    ("all", "", true),
    ("active", "status=active", true),
    ("suspended", "status=suspended", true),
    ("search that few match", "search=acme", true),
    ("search that nearly all match", "search=company", true),
    ("search for an external ID", "search=customer-0000777", true),
    ("search that nothing matches", "search=nothing", false),
];

/// A server that is measured.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) server: &'a Server,
    pub(crate) tokens: &'a [String],
    pub(crate) service_token: &'a str,
}

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
    /// The request of a program.
    Program(String),
}

impl Ask {
    fn page(parameters: &str) -> Ask {
        Ask::Page(format!("/keys?{parameters}"))
    }

    fn function(query: &Value) -> Ask {
        Ask::Function(json!({ "query": query }).to_string())
    }

    fn program(list: &str, parameters: &str) -> Ask {
        Ask::Program(format!("/manage/v1/{list}?limit={PAGE_SIZE}&{parameters}"))
    }

    fn of(&self, subject: Subject) -> Result<String> {
        match self {
            Ask::Page(path) => subject.server.get(path),
            Ask::Function(json) => subject.server.post("/api/keys/list", json),
            Ask::Program(path) => subject.server.get_as_service(subject.service_token, path),
        }
    }
}

/// Measures the list on two servers.
pub(crate) fn measure(subjects: [Subject; 2]) -> Result<Vec<Measured>> {
    let [few, many] = subjects;
    let mut all = Vec::new();
    for ((name, finds, few_ask), (_, _, many_ask)) in asks(few)?.into_iter().zip(asks(many)?) {
        let pairs = [(few, few_ask), (many, many_ask)];
        let mut rows = [0; 2];
        for (rows, (subject, ask)) in rows.iter_mut().zip(&pairs) {
            *rows = rows_in(&ask.of(*subject)?, name.starts_with(OF_CUSTOMERS));
            ensure!((*rows > 0) == finds, "“{name}” finds {rows} rows");
        }
        let times = in_turns(|which| {
            let (subject, ask) = &pairs[which];
            ask.of(*subject).map(drop)
        })?;
        all.push(Measured {
            query: name,
            rows,
            times,
        });
    }
    Ok(all)
}

/// The requests for a server: a name, whether any key matches, and the request.
fn asks(subject: Subject) -> Result<Vec<(String, bool, Ask)>> {
    let pages = PAGES
        .iter()
        .map(|(name, parameters, finds)| ((*name).to_owned(), *finds, Ask::page(parameters)));
    let mut asks: Vec<_> = pages.collect();
    let Subject { tokens, .. } = subject;
    let token = tokens.get(tokens.len() / 2).context("there is no token")?;
    let last_four = &token[token.len().saturating_sub(4)..];
    let ends = format!("environment=&search={last_four}");
    asks.push(("search for the end of a token".to_owned(), true, Ask::page(&ends)));
    let far = format!("environment=&after={}", after_pages(subject, FAR)?);
    asks.push(("the 19th page".to_owned(), true, Ask::page(&far)));
    let middle = format!(
        "environment=&after={}",
        after_pages(subject, tokens.len() / PAGE_SIZE / 2)?
    );
    asks.push(("the page in the middle".to_owned(), true, Ask::page(&middle)));
    let function = Ask::function(&json!({ "environment": "" }));
    asks.push(("newest, as the scripts ask".to_owned(), true, function));
    asks.extend(DATA.iter().map(|(name, parameters, finds)| {
        let ask = Ask::program("keys", parameters);
        (format!("{AS_DATA}{name}"), *finds, ask)
    }));
    asks.push((
        format!("{AS_DATA}search for the end of a token"),
        true,
        Ask::program("keys", &format!("search={last_four}")),
    ));
    asks.extend(CUSTOMERS.iter().map(|(name, parameters, finds)| {
        let ask = Ask::program("customers", parameters);
        (format!("{OF_CUSTOMERS}{name}"), *finds, ask)
    }));
    Ok(asks)
}

/// The cursor behind the given number of pages.
fn after_pages(subject: Subject, pages: usize) -> Result<String> {
    let mut after = String::new();
    for page in 1..=pages {
        let ask = Ask::function(&json!({ "environment": "", "after": after }));
        let answer: Value = serde_json::from_str(&ask.of(subject)?).context("the list's data are not JSON")?;
        let Some(next) = answer["next"].as_str() else {
            bail!("the list ends with page {page}");
        };
        next.clone_into(&mut after);
    }
    Ok(after)
}

/// The number of keys or customers in an answer, which is HTML or JSON.
fn rows_in(answer: &str, customers: bool) -> usize {
    let ids: BTreeSet<&str> = answer
        .match_indices(if customers { "cus_" } else { "key_" })
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
    use super::rows_in;

    #[test]
    fn a_key_counts_once() {
        let html = r#"<a href="/keys/key_0123456789">Shop</a> key_0123456789 key_abcdefghij <td class="key_name">"#;
        assert_eq!(rows_in(html, false), 2);
        assert_eq!(rows_in("cus_0123456789 key_0123456789", true), 1);
        assert_eq!(rows_in("no key_", false), 0);
    }
}
