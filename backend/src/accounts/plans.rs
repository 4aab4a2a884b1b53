//! Pages of people and invitations are read in the order of an index, and no further: SQLite's own query plans say so.

use std::sync::Arc;

use model::list::ListQuery;
use sea_orm::{ConnectionTrait, EntityTrait, QueryTrait, Select, Statement};

use super::people::{invitations, page_of_people};
use crate::backend::Backend;
use crate::clock::SystemClock;
use crate::crypto::master_key::MasterKey;
use crate::crypto::random::SeededRandom;
use crate::{Location, Options, Settings};

async fn backend(folder: &tempfile::TempDir) -> Backend {
    let options = Options {
        location: Location::Sqlite(folder.path().join("latchkey.db")),
        master_key: MasterKey::from_text("a master key for tests, 32 or more").unwrap(),
        previous_master_key: None,
        clock: Arc::new(SystemClock),
        random: Arc::new(SeededRandom::new(1)),
        settings: Settings::default(),
    };
    Backend::open(options).await.unwrap().0
}

async fn plan<E: EntityTrait>(backend: &Backend, select: Select<E>) -> Vec<String> {
    let mut statement: Statement = select.build(backend.db.get_database_backend());
    statement.sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let rows = backend.db.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect()
}

#[tokio::test]
async fn a_page_is_read_in_the_order_of_its_index() {
    let folder = tempfile::tempdir().unwrap();
    let backend = backend(&folder).await;
    for (search, after) in [
        ("", ""),
        ("", "ada~usr_0123456789"),
        ("ada", ""),
        ("ada", "ada~usr_0123456789"),
    ] {
        let query = ListQuery {
            search: search.to_owned(),
            after: after.to_owned(),
            ..ListQuery::default()
        };
        let plan = plan(&backend, page_of_people(&query)).await;
        let step = if after.is_empty() { "SCAN" } else { "SEARCH" };
        assert!(
            plan.len() == 1 && plan[0].starts_with(&format!("{step} users USING INDEX users_name")),
            "{search:?} {after:?}: {plan:#?}"
        );
    }
    for second in ["", "1000~ada@example.com"] {
        let query = ListQuery {
            second: second.to_owned(),
            ..ListQuery::default()
        };
        let plan = plan(&backend, invitations(&query, backend.now())).await;
        assert!(
            plan.len() == 1 && plan[0].starts_with("SEARCH one_time_links USING INDEX one_time_links_purpose"),
            "{second:?}: {plan:#?}"
        );
    }
}
