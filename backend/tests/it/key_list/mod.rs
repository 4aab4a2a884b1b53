//! The list of keys: every key once in every order, and only keys that match.

mod attention;
mod filters;
mod pages;
mod rows;
mod statuses;
mod words;

use backend::Services;
use backend::audit::Actor;
use model::bounded::Bounded;
use model::endpoint::Grant;
use model::key_list::{KeyQuery, KeyRow, PAGE_SIZE};

fn only(endpoints: &[&str]) -> Grant {
    Grant::Only(endpoints.iter().map(|&name| name.to_owned()).collect())
}

/// Every row that a query finds, page by page.
async fn all_pages(services: &Services, query: &KeyQuery) -> Vec<KeyRow> {
    let mut rows = Vec::new();
    let mut query = query.clone();
    loop {
        let page = services.keys.list(&Actor::command_line(), &query).await.unwrap();
        assert!(page.rows.len() as u64 <= PAGE_SIZE);
        rows.extend(page.rows);
        match page.next {
            Some(next) => query.after = next,
            None => return rows,
        }
        assert!(rows.len() < 10_000, "the pages never end");
    }
}

/// The names that a query finds, in alphabetical order.
async fn names(services: &Services, query: &KeyQuery) -> Vec<String> {
    let rows = all_pages(services, query).await;
    let mut names: Vec<String> = rows.into_iter().map(|row| row.name).collect();
    names.sort();
    names
}

fn search(text: &str) -> KeyQuery {
    KeyQuery {
        search: text.to_owned(),
        ..KeyQuery::default()
    }
}

fn words<const MOST: usize>(words: &[&str]) -> Bounded<String, MOST> {
    words.iter().map(|&word| word.to_owned()).collect()
}
