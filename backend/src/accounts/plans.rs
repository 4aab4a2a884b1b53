//! Checks with SQLite's own query plans that a page of people or invitations is read in the order of an index, and no
//! further than the page.

use model::list::ListQuery;
use sea_orm::{DbBackend, QueryTrait};

use super::people::{invitations, page_of_people};
use crate::query_plan::{plan, services};

#[tokio::test]
async fn a_page_is_read_in_the_order_of_its_index() {
    let folder = tempfile::tempdir().unwrap();
    let services = services(&folder).await;
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
        let plan = plan(&services, page_of_people(&query).build(DbBackend::Sqlite)).await;
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
        let plan = plan(&services, invitations(&query, services.now()).build(DbBackend::Sqlite)).await;
        assert!(
            plan.len() == 1 && plan[0].starts_with("SEARCH one_time_links USING INDEX one_time_links_purpose"),
            "{second:?}: {plan:#?}"
        );
    }
}
