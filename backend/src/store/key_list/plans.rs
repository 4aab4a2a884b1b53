//! Checks with the query plans of SQLite and PostgreSQL that every statement of the list uses an index.

use model::bounded::Bounded;
use model::key_list::{Attention, Expiry, KeyQuery};
use model::status::Status;
use sea_orm::{DbBackend, QueryTrait};

use super::*;
use crate::clock::{Clock as _, SystemClock};
use crate::store::postgres::query_plan::{KEYS, add_keys, new_store, rows_read};
use crate::store::sqlite::query_plan::{self, empty_store};
use crate::store::{Store, environments};

/// A search that finds very many keys, and one that finds some thousands.
const FREQUENT: &str = "frequent";
const SEVERAL: &str = "several";
/// Endpoints in the catalogue.
const ENDPOINTS: usize = 3;

async fn list_query(store: &Store, query: &KeyQuery, also: Condition) -> KeyListQuery {
    let environments = environments::by_id(&store.db).await.unwrap();
    let database = store.db.get_database_backend();
    // What a search would find among many keys.
    let search = match query.search.as_str() {
        "" => None,
        word @ (FREQUENT | SEVERAL) => Some(Search::Many(Alternatives {
            words: vec!["shop".to_owned()],
            is_frequent: word == FREQUENT,
            ..Alternatives::default()
        })),
        _ => Some(Search::Few(vec![Stored(KeyId::from_random("0123456789"))])),
    };
    let disabled = [Stored(UserId::from_random("0123456789"))];
    let now = SystemClock.now();
    KeyListQuery::new(query, search, also, &environments, ENDPOINTS, &disabled, now, database)
}

/// Whether the search alone finds so many keys that they are not looked up.
fn is_frequent_alone(list: &KeyListQuery) -> bool {
    matches!(list.search, Some(Search::Many(_))) && !list.has_filters()
}

async fn plan(store: &Store, statement: &SelectStatement) -> Vec<String> {
    query_plan::plan(store, DbBackend::Sqlite.build(statement)).await
}

/// Checks that no step reads a table from end to end.
fn assert_indexed(what: &str, plan: &[String]) {
    for step in plan {
        let scans = step.starts_with("SCAN") && !step.contains("USING") && !step.contains("CONSTANT ROW");
        assert!(!scans, "{what}: {plan:#?}");
    }
}

/// Checks that the keys are looked up in an index and not read from end to end.
fn assert_sought(what: &str, plan: &[String]) {
    let sought = plan.iter().any(|step| step.starts_with("SEARCH api_keys"));
    let scanned = plan.iter().any(|step| step.starts_with("SCAN api_keys"));
    assert!(sought && !scanned, "{what}: {plan:#?}");
}

fn words<const MOST: usize>(word: &str) -> Bounded<String, MOST> {
    [word.to_owned()].into_iter().collect()
}

/// All filters of the list, alone and together.
#[expect(clippy::too_many_lines, reason = "one list")]
fn filters() -> Vec<(&'static str, KeyQuery)> {
    let mut all = vec![
        (
            "search",
            KeyQuery {
                search: "shop".to_owned(),
                ..KeyQuery::default()
            },
        ),
        (
            "frequent search",
            KeyQuery {
                search: FREQUENT.to_owned(),
                ..KeyQuery::default()
            },
        ),
        (
            "search that finds several, in an environment",
            KeyQuery {
                search: SEVERAL.to_owned(),
                environment: Some("default".to_owned()),
                ..KeyQuery::default()
            },
        ),
        (
            "frequent search in an environment",
            KeyQuery {
                search: FREQUENT.to_owned(),
                environment: Some("default".to_owned()),
                ..KeyQuery::default()
            },
        ),
        (
            "creator",
            KeyQuery {
                creator: "usr_0123456789".to_owned(),
                ..KeyQuery::default()
            },
        ),
        (
            "service account",
            KeyQuery {
                creator: "svc_0123456789".to_owned(),
                ..KeyQuery::default()
            },
        ),
        (
            "environment",
            KeyQuery {
                environment: Some("default".to_owned()),
                ..KeyQuery::default()
            },
        ),
        (
            "endpoint",
            KeyQuery {
                endpoint: words("chat"),
                ..KeyQuery::default()
            },
        ),
        (
            "profile",
            KeyQuery {
                profile: words("prof_0123456789"),
                ..KeyQuery::default()
            },
        ),
        (
            "no profile",
            KeyQuery {
                profile: words("none"),
                ..KeyQuery::default()
            },
        ),
        (
            "tag",
            KeyQuery {
                tag: words("billing"),
                ..KeyQuery::default()
            },
        ),
        (
            "frequent tag",
            KeyQuery {
                tag: words("eu"),
                ..KeyQuery::default()
            },
        ),
        (
            "environment and disabled owners",
            KeyQuery {
                environment: Some("default".to_owned()),
                attention: Attention::OwnerDisabled.slug().to_owned(),
                ..KeyQuery::default()
            },
        ),
        (
            "everything",
            KeyQuery {
                search: "shop".to_owned(),
                environment: Some("default".to_owned()),
                status: ["active", "failed"].map(str::to_owned).into_iter().collect(),
                endpoint: words("chat"),
                profile: words("none"),
                tag: words("billing"),
                attention: Attention::Unused.slug().to_owned(),
                ..KeyQuery::default()
            },
        ),
    ];
    all.extend(Status::ALL.map(|status| {
        let query = KeyQuery {
            status: words(status.slug()),
            ..KeyQuery::default()
        };
        (status.slug(), query)
    }));
    all.extend(Expiry::ALL.map(|expiry| {
        let query = KeyQuery {
            expiry: expiry.slug().to_owned(),
            ..KeyQuery::default()
        };
        (expiry.slug(), query)
    }));
    all.extend(Attention::ALL.map(|attention| {
        let query = KeyQuery {
            attention: attention.slug().to_owned(),
            ..KeyQuery::default()
        };
        (attention.slug(), query)
    }));
    all
}

/// Each order of the list with a place in it and the index that it follows.
const ORDERS: [(&str, &str, &str); 8] = [
    ("", "1~key_0123456789", "api_keys_created"),
    ("oldest", "1~key_0123456789", "api_keys_created"),
    ("name", "shop~key_0123456789", "api_keys_name"),
    ("-name", "shop~key_0123456789", "api_keys_name"),
    ("ending", "1~key_0123456789", "api_keys_end"),
    ("-ending", "1~key_0123456789", "api_keys_end"),
    ("used", "1~key_0123456789", "api_keys_use"),
    ("-used", "1~key_0123456789", "api_keys_use"),
];

#[tokio::test]
async fn every_filter_runs_on_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(&folder).await;
    for (what, query) in filters() {
        let list = list_query(&store, &query, Condition::all()).await;
        assert!(list.is_filtered(), "{what}");
        if is_frequent_alone(&list) {
            let (_, matching) = list.first_matches(&store.db).await.unwrap().unwrap();
            assert_eq!(matching, Matching::MoreThan(COUNT_LIMIT));
            continue;
        }
        let plan = plan(&store, &list.matches()).await;
        assert_indexed(what, &plan);
        assert_sought(what, &plan);
    }
}

#[tokio::test]
async fn a_persons_own_keys_are_found_by_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(&folder).await;
    let own = Condition::all().add(Column::CreatedBy.eq("usr_0123456789"));
    let list = list_query(&store, &KeyQuery::default(), own).await;
    assert!(list.is_filtered());
    assert_sought("own", &plan(&store, &list.matches()).await);
}

#[tokio::test]
async fn keys_of_a_tag_and_of_disabled_people_are_looked_up_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(&folder).await;
    for (what, sought) in [
        ("tag", "SEARCH api_key_tags USING PRIMARY KEY (tag=?)"),
        (
            Attention::OwnerDisabled.slug(),
            "SEARCH api_keys USING INDEX api_keys_creator",
        ),
        (
            "environment and disabled owners",
            "SEARCH api_keys USING INDEX api_keys_creator",
        ),
    ] {
        let (_, query) = filters().into_iter().find(|(name, _)| *name == what).unwrap();
        let list = list_query(&store, &query, Condition::all()).await;
        let plan = plan(&store, &list.matches()).await;
        assert!(plan.iter().any(|step| step.starts_with(sought)), "{what}: {plan:#?}");
    }
}

#[tokio::test]
async fn every_order_follows_its_index_from_where_the_page_starts() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(&folder).await;
    let filtered = filters().into_iter().map(|(_, query)| query);
    for narrowed in std::iter::once(KeyQuery::default()).chain(filtered) {
        for (sort, after, index) in ORDERS {
            for (after, before) in [("", ""), (after, ""), ("", after)] {
                let query = KeyQuery {
                    sort: sort.to_owned(),
                    after: after.to_owned(),
                    before: before.to_owned(),
                    ..narrowed.clone()
                };
                let list = list_query(&store, &query, Condition::all()).await;
                let plan = plan(&store, &list.page(PageSource::NextEntries)).await;
                let what = format!("{query:?}: {plan:#?}");
                // Within a bounded number of entries, SQLite may sort the matches once more.
                let sorts = plan.iter().any(|step| step.contains("ORDER BY"));
                assert!(!sorts || list.is_filtered(), "{what}");
                let walk = plan.iter().find(|step| step.contains(&format!("INDEX {index}")));
                let walk = walk.unwrap_or_else(|| panic!("{what}"));
                let is_first = after.is_empty() && before.is_empty();
                assert_eq!(walk.starts_with("SEARCH"), !is_first, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_customers_keys_follow_an_index_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(&folder).await;
    for (sort, after) in [
        ("", ""),
        ("oldest", ""),
        ("", "1~key_0123456789"),
        ("oldest", "1~key_0123456789"),
    ] {
        let query = KeyQuery {
            customer: "cus_0123456789".to_owned(),
            sort: sort.to_owned(),
            after: after.to_owned(),
            ..KeyQuery::default()
        };
        let list = list_query(&store, &query, Condition::all()).await;
        let plan = plan(&store, &list.page(PageSource::NextEntries)).await;
        assert!(
            plan.iter()
                .any(|step| step.starts_with("SEARCH") && step.contains("INDEX api_keys_customer_created")),
            "{query:?}: {plan:#?}"
        );
    }
}

#[tokio::test]
async fn matches_that_come_late_in_the_order_are_found_by_their_filter() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(&folder).await;
    for (what, query) in filters() {
        for (sort, after, _) in ORDERS {
            let query = KeyQuery {
                sort: sort.to_owned(),
                after: after.to_owned(),
                ..query.clone()
            };
            let list = list_query(&store, &query, Condition::all()).await;
            let plan = plan(&store, &list.sorted_matches()).await;
            if is_frequent_alone(&list) && matches!(list.sort, Sort::Newest | Sort::Oldest) {
                // The index of words has the times, so that no key is read.
                assert!(!plan.iter().any(|step| step.contains("api_keys")), "{what}: {plan:#?}");
                assert!(plan[0].starts_with("SEARCH api_key_words"), "{what}: {plan:#?}");
            } else {
                assert_sought(what, &plan);
            }
        }
    }
}

#[tokio::test]
async fn few_matches_are_read_by_their_ids() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(&folder).await;
    let list = list_query(&store, &KeyQuery::default(), Condition::all()).await;
    let plan = plan(
        &store,
        &list.page(PageSource::Ids(vec![Stored(KeyId::from_random("0123456789"))])),
    )
    .await;
    assert_indexed("ids", &plan);
    assert!(plan[0].starts_with("SEARCH"), "{plan:#?}");
}

#[tokio::test]
async fn counting_runs_on_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = empty_store(&folder).await;
    assert_indexed("all", &plan(&store, &select_count()).await);
    for status in Status::ALL {
        for environments in [None, Some(&[EnvironmentId::from_random("0123456789")][..])] {
            let statement = with_status(status, environments, SystemClock.now()).into_query();
            assert_indexed(status.slug(), &plan(&store, &statement).await);
        }
    }
}

/// No statement may read more rows than this of the keys: some more than a page of matches and the next entries together.
const READ_MAX: f64 = 2_500.0;

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn on_postgres_no_page_reads_many_more_keys_than_it_shows() {
    let store = new_store().await;
    add_keys(&store).await;
    let mut queries = filters();
    queries.push(("none", KeyQuery::default()));
    for (what, query) in queries {
        let list = list_query(&store, &query, Condition::all()).await;
        // In this database all keys have the word, and none is looked up by it.
        if list.is_filtered() && !is_frequent_alone(&list) && query.search != SEVERAL {
            assert_few_keys(&store, what, &list.matches()).await;
        }
        for (sort, _, _) in ORDERS {
            for after in [String::new(), place_in_the_middle(&store, sort).await] {
                let query = KeyQuery {
                    sort: sort.to_owned(),
                    after,
                    ..query.clone()
                };
                let list = list_query(&store, &query, Condition::all()).await;
                let page = list.page(PageSource::NextEntries);
                assert_few_keys(&store, &format!("{what}: {query:?}"), &page).await;
            }
        }
    }
    for status in [Status::Provisioning, Status::Inactive, Status::Expired, Status::Failed] {
        let count = with_status(status, None, SystemClock.now()).into_query();
        assert_few_keys(&store, status.slug(), &count).await;
    }
    store.close().await.unwrap();
}

async fn assert_few_keys(store: &Store, what: &str, statement: &SelectStatement) {
    let (read, plan) = rows_read(store, DbBackend::Postgres.build(statement)).await;
    let keys = read.get("api_keys").copied().unwrap_or_default();
    assert!(keys <= READ_MAX, "{what}: {keys} keys read, {plan:#}");
}

/// Where the second half of the list starts in an order.
async fn place_in_the_middle(store: &Store, sort: &str) -> String {
    let (key, order) = order(Sort::parse(sort));
    let mut select = Query::select();
    select.columns(Column::iter()).from(Entity).offset(KEYS / 2).limit(1);
    in_order(&mut select, &key, &order);
    place(&read_rows(&store.db, &select).await.unwrap()[0], Sort::parse(sort))
}
