//! Every order shows every key once, page by page.

use std::collections::BTreeSet;

use super::{all_pages, search, words};
use crate::common::{TestBackend, as_person, code, create, new_key};
use backend::audit::Actor;
use backend::keys::NewKey;
use model::endpoint::Grant;
use model::id::KeyId;
use model::key_list::{COUNT_LIMIT, KeyQuery, KeyRow, Matching, PAGE_SIZE};
use model::role::Role;
use model::time::{DAY, SECOND};
use model::verify::Code;

const ORDERS: [&str; 8] = ["", "oldest", "name", "-name", "ending", "-ending", "used", "-used"];

/// Whether, in this order, the first row may come directly before the second.
fn in_order(sort: &str, first: &KeyRow, second: &KeyRow) -> bool {
    let ascending = match sort.trim_start_matches('-') {
        "" | "oldest" => first.created_at.cmp(&second.created_at),
        "name" => first.name.to_lowercase().cmp(&second.name.to_lowercase()),
        "ending" => {
            let end = |row: &KeyRow| row.expires_at.map_or(i64::MAX, |end| end.0);
            end(first).cmp(&end(second))
        }
        "used" => first.last_used_at.cmp(&second.last_used_at),
        other => panic!("{other}"),
    };
    let descending = matches!(sort, "" | "-name" | "-ending" | "used");
    let cmp = if descending { ascending.reverse() } else { ascending };
    cmp.then(if descending {
        second.id.cmp(&first.id)
    } else {
        first.id.cmp(&second.id)
    })
    .is_lt()
}

/// 130 keys, most of them with equal sort keys.
async fn backend_with_many() -> (TestBackend, BTreeSet<KeyId>) {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let end = test.services.now().plus(30 * DAY);
    let mut new_keys = Vec::new();
    for (name, expires_at, count) in [("Shop", None, 60), ("depot", Some(end), 35), ("Depot", Some(end), 35)] {
        let new = NewKey {
            expires_at,
            ..new_key(name, Grant::All)
        };
        new_keys.extend(test.services.keys.create_many(&by, &new, count).await.unwrap());
        test.clock.advance(SECOND);
    }
    test.services.cluster.load_index().await.unwrap();
    for key in new_keys.iter().step_by(3) {
        assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    }
    test.services.usage.flush().await.unwrap();
    (test, new_keys.into_iter().map(|key| key.id).collect())
}

fn assert_once_and_in_order(what: &str, sort: &str, rows: &[KeyRow], ids: &BTreeSet<KeyId>) {
    let seen: BTreeSet<KeyId> = rows.iter().map(|row| row.id.clone()).collect();
    assert_eq!(rows.len(), seen.len(), "{what} {sort}: a key is shown twice");
    assert_eq!(&seen, ids, "{what} {sort}: a key is missing, or there is one too many");
    for pair in rows.windows(2) {
        assert!(in_order(sort, &pair[0], &pair[1]), "{what} {sort}: {pair:#?}");
    }
}

#[tokio::test]
async fn every_order_shows_every_key_once() {
    let (test, ids) = backend_with_many().await;
    for sort in ORDERS {
        for (what, query) in [
            ("all", KeyQuery::default()),
            (
                "filtered",
                KeyQuery {
                    status: words(&["active"]),
                    ..KeyQuery::default()
                },
            ),
        ] {
            let query = KeyQuery {
                sort: sort.to_owned(),
                ..query
            };
            let first = test.services.keys.list(&Actor::command_line(), &query).await.unwrap();
            assert_eq!(first.rows.len() as u64, PAGE_SIZE);
            assert_eq!(first.matching, Matching::Exactly(130), "{what}");
            let rows = all_pages(&test.services, &query).await;
            assert_once_and_in_order(what, sort, &rows, &ids);
        }
    }
}

#[tokio::test]
async fn a_filter_narrows_every_page_of_every_order() {
    let (test, _) = backend_with_many().await;
    let query = search("DEPOT");
    let ids: BTreeSet<KeyId> = all_pages(&test.services, &KeyQuery::default())
        .await
        .into_iter()
        .filter(|row| row.name.to_lowercase() == "depot")
        .map(|row| row.id)
        .collect();
    assert_eq!(ids.len(), 70);
    for sort in ORDERS {
        let query = KeyQuery {
            sort: sort.to_owned(),
            ..query.clone()
        };
        let rows = all_pages(&test.services, &query).await;
        assert_once_and_in_order("search", sort, &rows, &ids);
    }
}

#[tokio::test]
async fn keys_created_and_deleted_between_pages_do_not_move_other_keys() {
    let (test, ids) = backend_with_many().await;
    let first = test
        .services
        .keys
        .list(&Actor::command_line(), &KeyQuery::default())
        .await
        .unwrap();
    let by = Actor::command_line();
    // The next page starts after the last row of this page. That row is deleted, and a newer key is created.
    let last = first.rows.last().unwrap().id.clone();
    test.services.keys.delete(&by, &last).await.unwrap();
    create(&test.services, &new_key("New", Grant::All)).await;
    let rest = KeyQuery {
        after: first.next.unwrap(),
        ..KeyQuery::default()
    };
    let seen: BTreeSet<KeyId> = first
        .rows
        .into_iter()
        .chain(all_pages(&test.services, &rest).await)
        .map(|row| row.id)
        .collect();
    assert_eq!(seen, ids);
}

#[tokio::test]
async fn matches_are_counted_up_to_a_thousand_and_all_are_listed() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let shop = new_key("Shop", Grant::All);
    let mut new_keys = test.services.keys.create_many(&by, &shop, 1_000).await.unwrap();
    create(&test.services, &new_key("Depot", Grant::All)).await;
    let matching = async |query: &KeyQuery| {
        test.services
            .keys
            .list(&Actor::command_line(), query)
            .await
            .unwrap()
            .matching
    };
    assert_eq!(matching(&search("shop")).await, Matching::Exactly(1_000));

    new_keys.extend(test.services.keys.create_many(&by, &shop, 100).await.unwrap());
    assert_eq!(matching(&search("shop")).await, Matching::MoreThan(COUNT_LIMIT));
    assert_eq!(matching(&KeyQuery::default()).await, Matching::Exactly(1_101));
    let ids: BTreeSet<KeyId> = new_keys.into_iter().map(|key| key.id).collect();
    for sort in ORDERS {
        let query = KeyQuery {
            sort: sort.to_owned(),
            ..search("shop")
        };
        let rows = all_pages(&test.services, &query).await;
        assert_once_and_in_order("more than 1,000", sort, &rows, &ids);
    }
    // A bulk change selects all matches, too.
    let (viewer, _) = test.add_person(Role::Admin).await;
    let mut query = search("shop");
    let mut selected = BTreeSet::new();
    loop {
        let (some, next) = test
            .services
            .keys
            .list_ids(&as_person(&viewer, Role::Admin), &query)
            .await
            .unwrap();
        selected.extend(some);
        match next {
            Some(next) => query.after = next,
            None => break,
        }
    }
    assert_eq!(selected, ids);
}

#[tokio::test]
async fn an_invalid_page_cursor_gives_the_first_page() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("Shop", Grant::All)).await;
    for after in ["nonsense", "~", "x~key_0000000000", "99999999999999999999~x"] {
        let query = KeyQuery {
            after: after.to_owned(),
            ..KeyQuery::default()
        };
        let page = test.services.keys.list(&Actor::command_line(), &query).await.unwrap();
        assert_eq!((page.rows.len(), page.next), (1, None), "{after}");
    }
}
