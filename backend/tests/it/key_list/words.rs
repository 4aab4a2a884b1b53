//! The search for words of names, and the pages around a page.

use super::{all_pages, names, search, words};
use crate::common::database::{execute, number};
use crate::common::{TestBackend, create, new_key};
use backend::audit::Actor;
use model::edit_form::EditOutcome;
use model::endpoint::Grant;
use model::key_list::{KeyQuery, Matching};
use model::role::Role;

async fn add(test: &TestBackend, name: &str) -> model::id::KeyId {
    create(&test.services, &new_key(name, Grant::All)).await.id
}

#[tokio::test]
async fn a_name_is_found_by_the_beginnings_of_any_of_its_words() {
    let test = TestBackend::new().await;
    for name in ["Partner: Northwind", "North region sync", "Nightly export (eu-north)"] {
        add(&test, name).await;
    }
    for (text, found) in [
        (
            "nort",
            &["Nightly export (eu-north)", "North region sync", "Partner: Northwind"][..],
        ),
        ("NORTH part", &["Partner: Northwind"]),
        ("region nor", &["North region sync"]),
        ("eu exp", &["Nightly export (eu-north)"]),
        ("north shop", &[]),
        ("orth", &[]),
    ] {
        assert_eq!(names(&test.services, &search(text)).await, found, "{text}");
    }
    let query = KeyQuery {
        status: words(&["inactive"]),
        ..search("nort")
    };
    assert!(names(&test.services, &query).await.is_empty());
    let page = test
        .services
        .keys
        .list(&Actor::command_line(), &search("nort sync"))
        .await
        .unwrap();
    assert_eq!(page.matching, Matching::Exactly(1));
    assert_eq!(page.rows[0].marks.name, [(0, 4), (13, 17)]);
}

#[tokio::test]
async fn what_is_found_is_marked() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let list = async |text: &str| {
        let mut page = test
            .services
            .keys
            .list(&Actor::command_line(), &search(text))
            .await
            .unwrap();
        page.rows.remove(0).marks
    };
    assert_eq!(list(&key.id.as_str()[..7]).await.id, 7);
    let token = key.token.reveal();
    assert!(list(&token[token.len() - 4..]).await.last_four);
    let marks = list("sho").await;
    assert_eq!((marks.name, marks.id, marks.last_four), (vec![(0, 3)], 0, false));
}

#[tokio::test]
async fn the_words_follow_the_name() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let id = add(&test, "Shop checkout").await;
    let mut form = test.services.keys.editing_options(&by, &id).await.unwrap().form;
    form.set("name", "Billing export");
    let edited = test.services.keys.edit(&by, &id, &form).await.unwrap();
    assert!(matches!(edited, EditOutcome::Saved { .. }), "{edited:?}");
    assert!(names(&test.services, &search("checkout")).await.is_empty());
    assert_eq!(names(&test.services, &search("exp")).await, ["Billing export"]);
    test.services.keys.delete(&by, &id).await.unwrap();
    let db = test.connect_directly().await;
    assert_eq!(number(&db, "SELECT count(*) FROM api_key_words").await, 0);
}

#[tokio::test]
async fn keys_that_an_older_version_wrote_are_found_and_indexed() {
    let test = TestBackend::new().await;
    let old = add(&test, "Shop").await;
    let renamed = add(&test, "Depot").await;
    let db = test.connect_directly().await;
    for statement in [
        format!("DELETE FROM api_key_words WHERE key_id = '{old}'"),
        format!("UPDATE api_keys SET indexed_name = NULL WHERE id = '{old}'"),
        format!("UPDATE api_keys SET name = 'Night shop', name_lower = 'night shop' WHERE id = '{renamed}'"),
    ] {
        execute(&db, &statement).await.unwrap();
    }
    for indexed in [2, 0] {
        assert_eq!(names(&test.services, &search("sho")).await, ["Night shop", "Shop"]);
        assert_eq!(test.services.keys.index_names().await.unwrap(), indexed);
    }
    assert_eq!(names(&test.services, &search("sho")).await, ["Night shop", "Shop"]);
    assert!(names(&test.services, &search("depot")).await.is_empty());
    let missing = "SELECT count(*) FROM api_keys WHERE COALESCE(indexed_name, '') <> name_lower";
    assert_eq!(number(&db, missing).await, 0);
}

/// More keys than are looked up by their IDs, and one with two words that begin with the text.
#[tokio::test]
async fn a_frequent_word_lists_every_key_once() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let many = test
        .services
        .keys
        .create_many(&by, &new_key("Load test", Grant::All), 2_100)
        .await
        .unwrap();
    for name in ["Shop", "Shop test", "Test of testing"] {
        add(&test, name).await;
    }
    let page = test.services.keys.list(&by, &search("test")).await.unwrap();
    assert!(matches!(page.matching, Matching::MoreThan(_)));
    let sorted = async |sort: &str| {
        let query = KeyQuery {
            sort: sort.to_owned(),
            size: "100".to_owned(),
            ..search("test")
        };
        let ids = all_ids(&test, &query).await;
        let different: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!((ids.len(), different.len()), (many.len() + 2, many.len() + 2), "{sort}");
        ids
    };
    let (newest, mut oldest) = (sorted("").await, sorted("oldest").await);
    oldest.reverse();
    assert_eq!(newest, oldest);
    sorted("name").await;
    assert_eq!(names(&test.services, &search("shop test")).await, ["Shop test"]);
}

/// The IDs on all pages, whatever their size.
async fn all_ids(test: &TestBackend, query: &KeyQuery) -> Vec<model::id::KeyId> {
    let mut ids = Vec::new();
    let mut query = query.clone();
    loop {
        let page = test.services.keys.list(&Actor::command_line(), &query).await.unwrap();
        ids.extend(page.rows.into_iter().map(|row| row.id));
        match page.next {
            Some(next) => query.after = next,
            None => return ids,
        }
    }
}

#[tokio::test]
async fn the_previous_page_is_the_one_before() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    test.services
        .keys
        .create_many(&by, &new_key("Shop", Grant::All), 130)
        .await
        .unwrap();
    for sort in ["", "oldest", "name", "-ending", "used"] {
        for narrowed in [KeyQuery::default(), search("shop")] {
            let query = KeyQuery {
                sort: sort.to_owned(),
                ..narrowed
            };
            let every: Vec<_> = all_pages(&test.services, &query)
                .await
                .into_iter()
                .map(|row| row.id)
                .collect();
            let list = async |after: &str, before: &str| {
                let query = KeyQuery {
                    after: after.to_owned(),
                    before: before.to_owned(),
                    ..query.clone()
                };
                test.services.keys.list(&by, &query).await.unwrap()
            };
            let first = list("", "").await;
            assert_eq!(first.previous, None);
            let second = list(first.next.as_deref().unwrap(), "").await;
            let third = list(second.next.as_deref().unwrap(), "").await;
            assert_eq!((third.rows.len(), &third.next), (30, &None));
            let back = list("", third.previous.as_deref().unwrap()).await;
            let ids = |page: &model::key_list::KeyPage| page.rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>();
            assert_eq!(ids(&back), every[50..100], "{sort}");
            assert!(back.next.is_some() && back.previous.is_some());
            let start = list("", back.previous.as_deref().unwrap()).await;
            assert_eq!((ids(&start), start.previous), (every[..50].to_vec(), None), "{sort}");
            // Where fewer rows come before, the first page is full all the same.
            let few = list("", first.next.as_deref().unwrap()).await;
            assert_eq!(ids(&few), every[..50]);
        }
    }
}

#[tokio::test]
async fn a_page_has_the_size_that_was_chosen() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    test.services
        .keys
        .create_many(&by, &new_key("Shop", Grant::All), 130)
        .await
        .unwrap();
    for (size, rows) in [("25", 25), ("", 50), ("100", 100), ("1000", 50)] {
        let query = KeyQuery {
            size: size.to_owned(),
            ..KeyQuery::default()
        };
        assert_eq!(
            test.services.keys.list(&by, &query).await.unwrap().rows.len(),
            rows,
            "{size}"
        );
    }
}

#[tokio::test]
async fn keys_are_found_by_who_created_them_and_when_they_end() {
    let test = TestBackend::new().await;
    let (ada, me) = test.add_person(Role::Admin).await;
    add(&test, "Command line").await;
    let soon = Some(test.services.now().plus(model::time::DAY));
    let own = backend::keys::NewKey {
        expires_at: soon,
        ..new_key("Own", Grant::All)
    };
    let own = test.services.keys.create_many(&me, &own, 1).await.unwrap();
    assert_eq!(own.len(), 1);
    let found = async |creator: &str, expiry: &str| {
        let query = KeyQuery {
            creator: creator.to_owned(),
            expiry: expiry.to_owned(),
            ..KeyQuery::default()
        };
        let page = test.services.keys.list(&me, &query).await.unwrap();
        page.rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    assert_eq!(found("me", "").await, ["Own"]);
    assert_eq!(found(ada.as_str(), "").await, ["Own"]);
    assert!(found("usr_0000000000", "").await.is_empty());
    assert!(found("nobody of this name", "").await.is_empty());
    assert_eq!(found("", "soon").await, ["Own"]);
    assert_eq!(found("", "never").await, ["Command line"]);
    assert!(found("", "expired").await.is_empty());
    assert!(found("", "nonsense").await.is_empty());
}
