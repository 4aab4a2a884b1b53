//! The list of customers, and the keys of one.

use model::customer::CustomerStatus;
use model::endpoint::Grant;
use model::key_list::{KeyQuery, Matching};
use model::list::{ListQuery, PageSize};

use super::{add, by, form, of};
use crate::common::{TestBackend, create, new_key};

async fn found(test: &TestBackend, search: &str, status: Option<CustomerStatus>) -> Vec<String> {
    let query = ListQuery {
        search: search.to_owned(),
        ..ListQuery::default()
    };
    let list = test.services.customers.list(&by(), &query, status).await.unwrap();
    list.rows.into_iter().map(|row| row.called.external_id).collect()
}

#[tokio::test]
async fn customers_are_listed_by_name_and_found_by_the_beginning_of_name_and_ids() {
    let test = TestBackend::new().await;
    let mut zoe = form("z-1", "");
    zoe.set("name", "Änne & Zoë");
    let zoe = add(&test.services, &zoe).await;
    add(&test.services, &form("Beta", "")).await;
    let acme = add(&test.services, &form("acme", "")).await;
    assert_eq!(found(&test, "", None).await, ["acme", "Beta", "z-1"]);
    assert_eq!(found(&test, "BE", None).await, ["Beta"]);
    assert_eq!(found(&test, "änne", None).await, ["z-1"]);
    assert_eq!(found(&test, "z-", None).await, ["z-1"]);
    assert_eq!(found(&test, zoe.id.as_str(), None).await, ["z-1"]);
    assert!(found(&test, "eta", None).await.is_empty(), "only the beginning counts");
    assert!(found(&test, "%", None).await.is_empty());

    test.services.customers.suspend(&by(), &acme.id).await.unwrap();
    assert_eq!(found(&test, "", Some(CustomerStatus::Suspended)).await, ["acme"]);
    assert_eq!(found(&test, "", Some(CustomerStatus::Active)).await, ["Beta", "z-1"]);
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let test = TestBackend::new().await;
    for number in 0..7 {
        let mut form = form(&format!("c-{number}"), "");
        form.set("name", "Same name");
        add(&test.services, &form).await;
    }
    for search in ["", "same"] {
        let (mut seen, mut after) = (std::collections::BTreeSet::new(), String::new());
        loop {
            let query = ListQuery {
                search: search.to_owned(),
                after,
                ..ListQuery::default()
            };
            let size = PageSize::new(3).unwrap();
            let (rows, next) = test.services.customers.page(&by(), &query, None, size).await.unwrap();
            seen.extend(rows.into_iter().map(|row| row.id));
            match next {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(seen.len(), 7);
    }
}

#[tokio::test]
async fn a_row_counts_the_keys_and_the_list_of_keys_is_filtered_by_customer() {
    let test = TestBackend::new().await;
    let acme = add(&test.services, &form("acme", "")).await;
    let first = create(&test.services, &of(&acme)).await;
    create(&test.services, &of(&acme)).await;
    create(&test.services, &new_key("Other", Grant::All)).await;
    test.services.keys.disable(&by(), &first.id).await.unwrap();
    let list = test
        .services
        .customers
        .list(&by(), &ListQuery::default(), None)
        .await
        .unwrap();
    let uses = list.rows[0].uses;
    assert_eq!(
        (uses.keys, uses.active_keys),
        (Matching::Exactly(2), Matching::Exactly(1))
    );
    for (customer, keys) in [
        (acme.id.as_str(), 2),
        ("external:acme", 2),
        ("acme", 2),
        ("nobody", 0),
        ("cus_0000000000", 0),
        ("", 3),
    ] {
        let query = KeyQuery {
            customer: customer.to_owned(),
            ..KeyQuery::default()
        };
        let page = test.services.keys.list(&by(), &query).await.unwrap();
        assert_eq!(page.rows.len(), keys, "{customer}");
    }
}
