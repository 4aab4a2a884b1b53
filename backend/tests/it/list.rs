//! The list of keys: every key once in every order, and only keys that match.

use std::collections::BTreeSet;

use crate::common::{TestBackend, as_person, as_role, code, create, create_as, new_key};
use backend::audit::Actor;
use backend::keys::{NewKey, NewKeyWithToken};
use backend::{Services, Settings};
use model::bounded::Bounded;
use model::endpoint::Grant;
use model::endpoint_form::EndpointForm;
use model::id::KeyId;
use model::key_list::{
    Attention, COUNT_LIMIT, GrantedTitles, KeyQuery, KeyRow, Matching, NOT_ROTATED_AFTER, PAGE_SIZE, ROW_TITLES,
    UNUSED_AFTER,
};
use model::role::Role;
use model::rotate_form::RotateKeyForm;
use model::status::{PROVISIONING_LIMIT, Status};
use model::time::{DAY, HOUR, MINUTE, SECOND};
use model::verify::Code;

const ORDERS: [&str; 8] = ["", "oldest", "name", "-name", "ending", "-ending", "used", "-used"];

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

fn attention(what: Attention) -> KeyQuery {
    KeyQuery {
        attention: what.slug().to_owned(),
        ..KeyQuery::default()
    }
}

fn words<const MOST: usize>(words: &[&str]) -> Bounded<String, MOST> {
    words.iter().map(|&word| word.to_owned()).collect()
}

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
async fn a_developer_selects_only_their_own_keys() {
    let test = TestBackend::new().await;
    let (viewer, developer) = test.add_person(Role::Developer).await;
    let by = Actor::command_line();
    let shop = new_key("Shop", Grant::All);
    // Other people's keys stand before, between and after the developer's keys.
    test.services.keys.create_many(&by, &shop, 60).await.unwrap();
    let own = test.services.keys.create_many(&developer, &shop, 70).await.unwrap();
    test.services.keys.create_many(&by, &shop, 60).await.unwrap();
    create_as(&test.services, &developer, &new_key("Depot", Grant::All)).await;
    let mut query = search("shop");
    let mut selected = Vec::new();
    while let (some, Some(next)) = test
        .services
        .keys
        .list_ids(&as_person(&viewer, Role::Developer), &query)
        .await
        .unwrap()
    {
        selected.extend(some);
        query.after = next;
    }
    let (last, _) = test
        .services
        .keys
        .list_ids(&as_person(&viewer, Role::Developer), &query)
        .await
        .unwrap();
    selected.extend(last);
    let ids: BTreeSet<KeyId> = own.into_iter().map(|key| key.id).collect();
    assert_eq!(selected.len(), ids.len());
    assert_eq!(selected.into_iter().collect::<BTreeSet<_>>(), ids);
    // All keys are visible, and the rows say which ones may be changed.
    let page = test
        .services
        .keys
        .list(&as_person(&viewer, Role::Developer), &KeyQuery::default())
        .await
        .unwrap();
    assert_eq!(page.total, 191);
    for row in page.rows {
        assert_eq!(row.may_change, row.creator == "developer", "{row:?}");
    }
}

#[tokio::test]
async fn a_search_finds_the_start_of_a_name_or_id_and_the_end_of_a_token() {
    let test = TestBackend::new().await;
    let shop = create(&test.services, &new_key("Shop 🛒", Grant::All)).await;
    let percent = create(&test.services, &new_key("100% _cotton_", Grant::All)).await;
    create(&test.services, &new_key("Äpfel", Grant::All)).await;
    let last_four = &shop.token.reveal()[shop.token.reveal().len() - 4..];
    for (text, found) in [
        ("shop", &["Shop 🛒"][..]),
        (" SHOP ", &["Shop 🛒"]),
        ("Shop 🛒", &["Shop 🛒"]),
        ("hop", &[]),
        ("äp", &["Äpfel"]),
        // Invisible characters are ignored, and accented letters match in every spelling.
        ("A\u{308}p", &["Äpfel"]),
        ("\u{feff}Sh\u{200b}op", &["Shop 🛒"]),
        ("Shop \u{a0} 🛒\u{202c}", &["Shop 🛒"]),
        (shop.id.as_str(), &["Shop 🛒"]),
        (&percent.id.as_str()[..8], &["100% _cotton_"]),
        ("key_", &["100% _cotton_", "Shop 🛒", "Äpfel"]),
        (last_four, &["Shop 🛒"]),
        // No character is a wildcard.
        ("%", &[]),
        ("_", &[]),
        ("100%", &["100% _cotton_"]),
        ("*", &[]),
        ("' OR 1=1 --", &[]),
        ("", &["100% _cotton_", "Shop 🛒", "Äpfel"]),
    ] {
        assert_eq!(names(&test.services, &search(text)).await, found, "{text:?}");
    }
}

/// One key of each status. The name of each key is its status.
async fn backend_with_every_status() -> TestBackend {
    let test = TestBackend::with(Settings {
        provisioning_min: DAY,
        ..Settings::default()
    })
    .await;
    let by = Actor::command_line();
    let services = &test.services;
    // Created while no server runs, these keys are ACTIVE at once.
    create(services, &new_key("Active", Grant::All)).await;
    let inactive = create(services, &new_key("Inactive", Grant::All)).await;
    services.keys.disable(&by, &inactive.id).await.unwrap();
    for (name, disabled) in [("Expired", false), ("Expired, inactive", true)] {
        let new = NewKey {
            expires_at: Some(services.now().plus(MINUTE)),
            ..new_key(name, Grant::All)
        };
        let key = create(services, &new).await;
        if disabled {
            services.keys.disable(&by, &key.id).await.unwrap();
        }
    }
    services.cluster.load_index().await.unwrap();
    create(services, &new_key("Failed", Grant::All)).await;
    test.pass(PROVISIONING_LIMIT).await;
    create(services, &new_key("Provisioning", Grant::All)).await;
    test
}

#[tokio::test]
async fn the_status_filter_finds_exactly_the_keys_of_that_status() {
    let test = backend_with_every_status().await;
    for (status, found) in [
        (Status::Provisioning, &["Provisioning"][..]),
        (Status::Active, &["Active"]),
        (Status::Inactive, &["Inactive"]),
        (Status::Expired, &["Expired", "Expired, inactive"]),
        (Status::Failed, &["Failed"]),
    ] {
        let query = KeyQuery {
            status: words(&[status.slug()]),
            ..KeyQuery::default()
        };
        assert_eq!(names(&test.services, &query).await, found, "{status:?}");
        for row in all_pages(&test.services, &query).await {
            assert_eq!(row.status, status, "the row shows the status that was asked for");
        }
    }
    for (status, found) in [
        (&["active", "failed"][..], &["Active", "Failed"][..]),
        (&["no-such", "inactive"], &["Inactive"]),
        (&["no-such"], &[]),
    ] {
        let query = KeyQuery {
            status: words(status),
            ..KeyQuery::default()
        };
        assert_eq!(names(&test.services, &query).await, found, "{status:?}");
    }
}

#[tokio::test]
async fn the_home_screen_counts_the_keys_that_the_list_finds() {
    let test = backend_with_every_status().await;
    let counts = test.services.keys.count(&as_role(Role::Viewer), "").await.unwrap();
    let by_status: Vec<u64> = counts.by_status.iter().map(|(_, count)| *count).collect();
    assert_eq!(by_status, [1, 1, 1, 2, 1], "{:?}", counts.by_status);
    assert_eq!((counts.total, counts.any), (6, true));
    let elsewhere = test
        .services
        .keys
        .count(&as_role(Role::Viewer), "no-such")
        .await
        .unwrap();
    assert_eq!((elsewhere.total, elsewhere.any), (0, true));
}

/// The names of the keys that the list finds with this filter. Checks that the Home screen counts as many.
async fn needing(test: &TestBackend, what: Attention) -> Vec<String> {
    let found = names(&test.services, &attention(what)).await;
    let counts = test.services.keys.count(&Actor::command_line(), "").await.unwrap();
    let counted = counts
        .attention
        .into_iter()
        .find(|(counted, _)| *counted == what)
        .unwrap()
        .1;
    assert_eq!(counted, Matching::Exactly(found.len() as u64), "{what:?}");
    found
}

#[tokio::test]
async fn keys_that_expire_soon_are_highlighted_until_they_have_expired() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let end = test.services.now().plus(20 * DAY);
    create(&test.services, &new_key("For ever", Grant::All)).await;
    for name in ["Active", "Inactive"] {
        let new = NewKey {
            expires_at: Some(end),
            ..new_key(name, Grant::All)
        };
        let key = create(&test.services, &new).await;
        if name == "Inactive" {
            test.services.keys.disable(&by, &key.id).await.unwrap();
        }
    }
    for (wait, found) in [
        (6 * DAY - 1, &[][..]),
        (1, &["Active", "Inactive"]),
        (14 * DAY - 1, &["Active", "Inactive"]),
        (1, &[]),
    ] {
        test.clock.advance(wait);
        assert_eq!(needing(&test, Attention::Expiring).await, found);
    }
}

#[tokio::test]
async fn unused_keys_are_highlighted_until_they_are_used() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let shop = create(&test.services, &new_key("Shop", Grant::All)).await;
    let depot = create(&test.services, &new_key("Depot", Grant::All)).await;
    let off = create(&test.services, &new_key("Switched off", Grant::All)).await;
    test.services.keys.disable(&by, &off.id).await.unwrap();
    test.pass(UNUSED_AFTER - 1).await;
    assert_eq!(needing(&test, Attention::Unused).await, [""; 0]);
    test.pass(1).await;
    assert_eq!(needing(&test, Attention::Unused).await, ["Depot", "Shop"]);
    // A refused request does not count as use.
    assert_eq!(code(&test.services, &depot.token, "no-such"), Code::Forbidden);
    assert_eq!(code(&test.services, &shop.token, "chat"), Code::Valid);
    test.services.usage.flush().await.unwrap();
    assert_eq!(needing(&test, Attention::Unused).await, ["Depot"]);
    // Only the latest use counts, even if there are many uses on one day.
    test.pass(DAY / 2).await;
    assert_eq!(code(&test.services, &shop.token, "chat"), Code::Valid);
    test.services.usage.flush().await.unwrap();
    test.pass(UNUSED_AFTER - 1).await;
    assert_eq!(needing(&test, Attention::Unused).await, ["Depot"]);
    test.pass(1).await;
    assert_eq!(needing(&test, Attention::Unused).await, ["Depot", "Shop"]);
}

#[tokio::test]
async fn keys_not_rotated_for_long_are_highlighted_until_they_are_rotated() {
    let test = TestBackend::with(Settings {
        // Time passes for the server, but not for the database.
        clock_tolerance: i64::MAX,
        ..Settings::default()
    })
    .await;
    let shop = create(&test.services, &new_key("Shop", Grant::All)).await;
    create(&test.services, &new_key("Depot", Grant::All)).await;
    test.pass(NOT_ROTATED_AFTER - 1).await;
    assert_eq!(needing(&test, Attention::NotRotated).await, [""; 0]);
    test.pass(1).await;
    assert_eq!(needing(&test, Attention::NotRotated).await, ["Depot", "Shop"]);
    let form = RotateKeyForm {
        grace: "24h".to_owned(),
        ..RotateKeyForm::default()
    };
    let by = Actor::command_line();
    test.services.keys.rotate(&by, &shop.id, &form).await.unwrap();
    assert_eq!(needing(&test, Attention::NotRotated).await, ["Depot"]);
}

#[tokio::test]
async fn keys_with_more_endpoints_than_they_use_are_highlighted() {
    let test = TestBackend::new().await;
    let all = create(&test.services, &new_key("All", Grant::All)).await;
    let two = create(&test.services, &new_key("Two", only(&["chat", "image"]))).await;
    let one = create(&test.services, &new_key("One", only(&["chat"]))).await;
    create(&test.services, &new_key("Unused", Grant::All)).await;
    test.services.cluster.load_index().await.unwrap();
    let calls = async |key: &NewKeyWithToken, endpoint: &str| {
        code(&test.services, &key.token, endpoint);
        test.services.usage.flush().await.unwrap();
    };
    assert_eq!(needing(&test, Attention::MoreThanUsed).await, [""; 0]);
    for key in [&all, &two, &one] {
        calls(key, "chat").await;
        calls(key, "chat").await;
    }
    assert_eq!(needing(&test, Attention::MoreThanUsed).await, ["All", "Two"]);
    // A refused request does not count as use of an endpoint.
    calls(&two, "check-bias").await;
    calls(&all, "image").await;
    assert_eq!(needing(&test, Attention::MoreThanUsed).await, ["All", "Two"]);
    calls(&two, "image").await;
    calls(&all, "check-bias").await;
    assert_eq!(needing(&test, Attention::MoreThanUsed).await, [""; 0]);
}

#[tokio::test]
async fn an_unknown_attention_filter_finds_nothing() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("Shop", Grant::All)).await;
    let query = KeyQuery {
        attention: "nonsense".to_owned(),
        ..KeyQuery::default()
    };
    let page = test.services.keys.list(&Actor::command_line(), &query).await.unwrap();
    assert_eq!(
        (page.rows.len(), page.matching, page.total),
        (0, Matching::Exactly(0), 1)
    );
}

#[tokio::test]
async fn keys_are_found_by_their_bias_profile() {
    let test = TestBackend::new().await;
    let (strict, mild) = (test.add_profile("Strict").await, test.add_profile("Mild").await);
    for (name, profile) in [("Shop", Some(&strict)), ("Depot", Some(&mild)), ("Mail", None)] {
        let new = NewKey {
            profile: profile.cloned(),
            ..new_key(name, Grant::All)
        };
        create(&test.services, &new).await;
    }
    for (profiles, found) in [
        (&[strict.as_str()][..], &["Shop"][..]),
        (&["none"], &["Mail"]),
        (&["none", mild.as_str()], &["Depot", "Mail"]),
        (&[strict.as_str(), mild.as_str()], &["Depot", "Shop"]),
        (&["prof_0000000000"], &[]),
    ] {
        let query = KeyQuery {
            profile: words(profiles),
            ..KeyQuery::default()
        };
        assert_eq!(names(&test.services, &query).await, found, "{profiles:?}");
    }
}

#[tokio::test]
async fn keys_are_found_by_the_endpoints_that_they_may_call() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("All", Grant::All)).await;
    create(&test.services, &new_key("Chat", only(&["chat"]))).await;
    create(&test.services, &new_key("Both", only(&["chat", "image"]))).await;
    for (endpoints, found) in [
        (&["chat"][..], &["All", "Both", "Chat"][..]),
        (&["image"], &["All", "Both"]),
        (&["check-bias"], &["All"]),
        (&["image", "chat"], &["All", "Both", "Chat"]),
    ] {
        let query = KeyQuery {
            endpoint: words(endpoints),
            ..KeyQuery::default()
        };
        assert_eq!(names(&test.services, &query).await, found, "{endpoints:?}");
    }
}

#[tokio::test]
async fn an_environment_filters_the_list_and_an_empty_value_does_not() {
    let test = TestBackend::new().await;
    create(&test.services, &new_key("Shop", Grant::All)).await;
    for (environment, found) in [(None, 1), (Some(""), 1), (Some("default"), 1), (Some("no-such"), 0)] {
        let query = KeyQuery {
            environment: environment.map(str::to_owned),
            ..KeyQuery::default()
        };
        let page = test.services.keys.list(&Actor::command_line(), &query).await.unwrap();
        assert_eq!(page.rows.len(), found, "{environment:?}");
    }
}

#[tokio::test]
async fn keys_must_match_all_filters() {
    let test = TestBackend::new().await;
    let profile = test.add_profile("Strict").await;
    let by = Actor::command_line();
    let soon = Some(test.services.now().plus(HOUR));
    let mut number = 0;
    for name in ["Shop", "Depot"] {
        for grant in [only(&["chat"]), only(&["image"])] {
            for profile in [None, Some(profile.clone())] {
                for expires_at in [None, soon] {
                    number += 1;
                    let new = NewKey {
                        expires_at,
                        profile: profile.clone(),
                        ..new_key(&format!("{name} {number}"), grant.clone())
                    };
                    let key = create(&test.services, &new).await;
                    if number % 2 == 0 && number > 8 {
                        test.services.keys.disable(&by, &key.id).await.unwrap();
                    }
                }
            }
        }
    }
    let query = KeyQuery {
        search: "shop".to_owned(),
        environment: Some("default".to_owned()),
        status: words(&["active"]),
        endpoint: words(&["chat"]),
        profile: words(&[profile.as_str()]),
        attention: Attention::Expiring.slug().to_owned(),
        ..KeyQuery::default()
    };
    assert_eq!(names(&test.services, &query).await, ["Shop 4"]);
}

#[tokio::test]
async fn a_row_names_the_first_endpoints_of_the_catalogue_and_counts_all() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let names: Vec<String> = (0..ROW_TITLES + 5).map(|number| format!("e-{number}")).collect();
    for name in &names {
        let form = EndpointForm {
            name: name.clone(),
            title: format!("Title of {name}"),
            patterns: format!("GET /{name}"),
        };
        test.services.endpoints.create(&by, &form).await.unwrap();
    }
    let granted = |names: Vec<String>| async {
        let key = create(&test.services, &new_key("Shop", Grant::Only(names))).await;
        test.details(&key.id).await.row.endpoints
    };
    let mut backwards = names.clone();
    backwards.reverse();
    let expected = GrantedTitles {
        first: names
            .iter()
            .take(ROW_TITLES)
            .map(|name| format!("Title of {name}"))
            .collect(),
        count: ROW_TITLES + 5,
    };
    assert_eq!(granted(backwards).await, Some(expected));
    // A retired endpoint keeps its name, and comes last.
    let key = create(&test.services, &new_key("Mail", only(&["e-0", "e-1"]))).await;
    test.services.endpoints.retire(&by, "e-0").await.unwrap();
    let expected = GrantedTitles {
        first: vec!["Title of e-1".to_owned(), "e-0".to_owned()],
        count: 2,
    };
    assert_eq!(test.details(&key.id).await.row.endpoints, Some(expected));
}
