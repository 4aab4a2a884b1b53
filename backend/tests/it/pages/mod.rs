//! Long lists: each has a search, and pages without repeated or missing rows.

mod catalogues;
mod choices;
mod people;

use crate::common::TestBackend;
use model::list::{ListQuery, Paging};
use sea_orm::ConnectionTrait;

/// Inserts the given number of people directly, since hashing a password for each takes too long. Two people share each name.
async fn add_people(test: &TestBackend, count: usize) {
    let database = test.connect_directly().await;
    let people: Vec<String> = (0..count)
        .map(|number| {
            let name = format!("Person {:04}", number / 2);
            let role = if number % 2 == 0 { "viewer" } else { "developer" };
            format!("('usr_{number:010}', 'p{number}@example.org', '{name}', '-', '{role}', {number}, 0)")
        })
        .collect();
    let columns = "id, email, name, password_hash, role, created_at, totp_step";
    let insert = format!("INSERT INTO users ({columns}) VALUES {}", people.join(", "));
    database.execute_unprepared(&insert).await.unwrap();
}

fn search(text: &str) -> ListQuery {
    ListQuery {
        search: text.to_owned(),
        ..ListQuery::default()
    }
}

/// Reads every page of a list and returns all rows.
async fn read_all<T>(mut page: impl AsyncFnMut(String) -> (Vec<T>, Paging)) -> Vec<T> {
    let mut rows = Vec::new();
    let mut after = String::new();
    loop {
        let (some, paging) = page(after).await;
        rows.extend(some);
        match paging.next {
            Some(next) => after = next,
            None => return rows,
        }
    }
}
