//! Long lists: each has a search, and pages without repeated or missing rows.

use backend::audit::Actor;
use model::endpoint_form::EndpointForm;
use model::environment::EnvironmentForm;
use model::id::UserId;
use model::list::{FEW, ListQuery, PAGE_SIZE, Paging, SHORT_PAGE};
use model::people::InviteForm;
use model::role::Role;
use model::suggest::{Choice, SUGGESTED};
use sea_orm::ConnectionTrait;

use crate::common::{TestBackend, as_person, as_role};

const ORIGIN: &str = "http://localhost:3000";

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

#[tokio::test]
async fn people_are_read_a_page_at_a_time() {
    let test = TestBackend::new().await;
    add_people(&test, 2_000).await;
    let mut pages = 0;
    let all = read_all(async |after| {
        pages += 1;
        let query = ListQuery {
            after,
            ..ListQuery::default()
        };
        let list = test
            .services
            .accounts
            .list(&Actor::command_line(), &query)
            .await
            .unwrap();
        assert_eq!((list.paging.total, list.paging.matching), (2_000, 2_000));
        (list.people, list.paging)
    })
    .await;
    assert_eq!(pages, 2_000 / SHORT_PAGE);
    let ids: Vec<&str> = all.iter().map(|person| person.id.as_str()).collect();
    let expected: Vec<String> = (0..2_000).map(|number| format!("usr_{number:010}")).collect();
    assert_eq!(ids, expected, "by name, then by ID; each person once");
    assert_eq!(
        test.services
            .accounts
            .list_all(&Actor::command_line())
            .await
            .unwrap()
            .len(),
        2_000
    );
}

#[tokio::test]
async fn people_are_found_by_parts_of_names_and_addresses() {
    let test = TestBackend::new().await;
    add_people(&test, 200).await;
    test.add_named("ämilie", Role::Viewer).await;
    let found = async |text: &str| {
        let list = test
            .services
            .accounts
            .list(&Actor::command_line(), &search(text))
            .await
            .unwrap();
        assert_eq!(list.paging.total, 201, "{text}");
        (list.people.len() as u64, list.paging.matching)
    };
    assert_eq!(found("person 0042").await, (2, 2));
    assert_eq!(found("0042").await, (2, 2));
    assert_eq!(found("P42@EXAMPLE").await, (1, 1));
    assert_eq!(found("example.org").await, (SHORT_PAGE, 200));
    assert_eq!(found("Ämil").await, (1, 1));
    // No character is a wildcard.
    for nothing in ["%", "_erson", "p42@example.org' OR 1=1 --", "\\"] {
        assert_eq!(found(nothing).await, (0, 0), "{nothing}");
    }
    // An invalid cursor gives the first page.
    let query = ListQuery {
        after: "nonsense".to_owned(),
        ..ListQuery::default()
    };
    assert_eq!(
        test.services
            .accounts
            .list(&Actor::command_line(), &query)
            .await
            .unwrap()
            .people
            .len() as u64,
        SHORT_PAGE
    );
    let one = test
        .services
        .accounts
        .list(&Actor::command_line(), &ListQuery::only("usr_0000000150"))
        .await
        .unwrap();
    assert_eq!(one.people.len(), 1);
    assert_eq!(one.people[0].email, "p150@example.org");
}

#[tokio::test]
async fn invitations_have_pages_of_their_own() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    for number in 0..60 {
        let form = InviteForm {
            email: format!("guest~{number}@example.org"),
            role: "viewer".to_owned(),
        };
        test.services.accounts.invite(&by, &form, ORIGIN).await.unwrap();
        if number % 7 == 0 {
            test.pass(1_000).await;
        }
    }
    let all = read_all(async |second| {
        let query = ListQuery {
            second,
            ..ListQuery::default()
        };
        let list = test
            .services
            .accounts
            .list(&Actor::command_line(), &query)
            .await
            .unwrap();
        assert_eq!(list.invited.total, 60);
        (list.invitations, list.invited)
    })
    .await;
    assert_eq!(all.len(), 60);
    assert!(all.is_sorted_by(|one, next| one.created_at >= next.created_at));
    let emails: std::collections::BTreeSet<&str> = all.iter().map(|invitation| invitation.email.as_str()).collect();
    assert_eq!(emails.len(), 60);
    let found = test
        .services
        .accounts
        .list(&Actor::command_line(), &search("GUEST~59"))
        .await
        .unwrap();
    assert_eq!(found.invitations.len(), 1);
}

#[tokio::test]
async fn environments_endpoints_and_profiles_are_read_a_page_at_a_time() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    for number in 0..60 {
        let environment = EnvironmentForm {
            name: format!("env-{number:02}"),
            kind: "test".to_owned(),
        };
        test.services.environments.create(&by, &environment).await.unwrap();
        let endpoint = EndpointForm {
            name: format!("many-{number:02}"),
            title: format!("Many {number:02}"),
            patterns: format!("GET /many/{number:02}"),
        };
        test.services.endpoints.create(&by, &endpoint).await.unwrap();
        test.add_profile(&format!("Profile {number:02}")).await;
    }
    let after = |after: String| ListQuery {
        after,
        ..ListQuery::default()
    };
    let names = read_all(async |place| {
        let list = test
            .services
            .environments
            .list(&Actor::command_line(), &after(place))
            .await
            .unwrap();
        let names: Vec<String> = list.environments.into_iter().map(|row| row.name).collect();
        (names, list.paging)
    })
    .await;
    // All rows of a list have one time of creation.
    let mut expected: Vec<String> = (0..60).map(|number| format!("env-{number:02}")).collect();
    expected.insert(0, "default".to_owned());
    let mut sorted = names;
    sorted.sort();
    assert_eq!(sorted, expected);

    let names = read_all(async |place| {
        let list = test
            .services
            .endpoints
            .list(&Actor::command_line(), &after(place))
            .await
            .unwrap();
        let names: Vec<String> = list.endpoints.into_iter().map(|row| row.endpoint.name).collect();
        (names, list.paging)
    })
    .await;
    let expected: Vec<String> = (0..60).map(|number| format!("many-{number:02}")).collect();
    assert_eq!(names[..3], ["chat", "image", "check-bias"]);
    assert_eq!(names[3..], expected);

    let names = read_all(async |place| {
        let list = test
            .services
            .profiles
            .list(&as_role(Role::Viewer), &after(place))
            .await
            .unwrap();
        let names: Vec<String> = list.rows.into_iter().map(|row| row.version.content.name).collect();
        (names, list.paging)
    })
    .await;
    let expected: Vec<String> = (0..60).map(|number| format!("Profile {number:02}")).collect();
    assert_eq!(names, expected);

    let found = test
        .services
        .environments
        .list(&Actor::command_line(), &search("ENV-59"))
        .await
        .unwrap();
    assert_eq!((found.environments.len(), found.paging.total), (1, 61));
    for text in ["many-59", "MANY 59", "/many/59"] {
        let found = test
            .services
            .endpoints
            .list(&Actor::command_line(), &search(text))
            .await
            .unwrap();
        assert_eq!(found.endpoints.len(), 1, "{text}");
        assert_eq!(found.paging.matching, 1, "{text}");
    }
    let found = test
        .services
        .profiles
        .list(&as_role(Role::Viewer), &search("file 59"))
        .await
        .unwrap();
    assert_eq!((found.rows.len(), found.paging.total), (1, 60));
}

#[tokio::test]
async fn retired_endpoints_have_pages_of_their_own() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    for number in 0..PAGE_SIZE + 5 {
        let endpoint = EndpointForm {
            name: format!("old-{number:02}"),
            title: format!("Old {number:02}"),
            patterns: format!("GET /old/{number:02}"),
        };
        test.services.endpoints.create(&by, &endpoint).await.unwrap();
        test.services.endpoints.retire(&by, &endpoint.name).await.unwrap();
    }
    let all = read_all(async |second| {
        let query = ListQuery {
            second,
            ..ListQuery::default()
        };
        let list = test
            .services
            .endpoints
            .list(&Actor::command_line(), &query)
            .await
            .unwrap();
        assert_eq!(list.endpoints.len(), 3, "the pages of one list do not move the other");
        (list.retired, list.retired_paging)
    })
    .await;
    let names: std::collections::BTreeSet<&str> = all.iter().map(|row| row.endpoint.name.as_str()).collect();
    assert_eq!((all.len() as u64, names.len() as u64), (PAGE_SIZE + 5, PAGE_SIZE + 5));
}

#[tokio::test]
async fn suggestions_are_few_and_can_be_chosen() {
    let test = TestBackend::serving().await;
    add_people(&test, 200).await;
    let gone = test.add_named("gone", Role::Developer).await;
    test.services
        .accounts
        .disable(&Actor::command_line(), &gone)
        .await
        .unwrap();
    let viewer = UserId::from_stored("usr_0000000000".to_owned());
    let suggest = async |choice, text: &str| {
        let found = test
            .services
            .suggestions
            .find(&as_person(&viewer, Role::Owner), choice, text)
            .await
            .unwrap();
        found.into_iter().map(|it| it.value).collect::<Vec<_>>()
    };
    for choice in [Choice::NewOwner, Choice::Actor] {
        let refused = test
            .services
            .suggestions
            .find(&as_person(&viewer, Role::Viewer), choice, "")
            .await;
        assert!(matches!(refused, Err(backend::Error::Forbidden(_))), "{choice:?}");
    }
    for choice in Choice::ALL {
        assert!(suggest(choice, "").await.len() <= SUGGESTED, "{choice:?}");
        assert!(suggest(choice, &"x".repeat(10_000)).await.is_empty(), "{choice:?}");
    }
    assert_eq!(suggest(Choice::NewOwner, "").await.len(), SUGGESTED);
    assert_eq!(
        suggest(Choice::NewOwner, "0021").await,
        ["p43@example.org"],
        "not a Viewer"
    );
    assert!(suggest(Choice::NewOwner, "gone").await.is_empty(), "no disabled person");
    assert_eq!(suggest(Choice::Actor, "gone").await, ["gone@example.com"]);
    assert_eq!(suggest(Choice::Actor, "command").await, ["command line"]);
    assert_eq!(
        suggest(Choice::Actor, "0021").await,
        ["p42@example.org", "p43@example.org"]
    );
    assert_eq!(suggest(Choice::Endpoint, "bias").await, ["check-bias"]);
    let strict = test.add_profile("Strict").await;
    assert_eq!(suggest(Choice::BiasProfile, "stri").await, [strict.as_str()]);
    let key = crate::common::create(
        &test.services,
        &crate::common::new_key("Shop", model::endpoint::Grant::All),
    )
    .await;
    assert_eq!(suggest(Choice::Key, "sho").await, [key.id.as_str()]);
    assert_eq!(suggest(Choice::Key, key.id.as_str()).await, [key.id.as_str()]);
}

#[tokio::test]
async fn the_filters_of_keys_offer_all_choices_or_the_chosen_one() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let viewer = UserId::from_stored("usr_0000000000".to_owned());
    let list = async |endpoint: &str, profile: &str| {
        let query = model::key_list::KeyQuery {
            endpoint: [endpoint.to_owned()].into_iter().collect(),
            profile: [profile.to_owned()].into_iter().collect(),
            ..model::key_list::KeyQuery::default()
        };
        test.services
            .keys
            .list(&as_person(&viewer, Role::Viewer), &query)
            .await
            .unwrap()
    };
    let few = list("", "").await;
    assert_eq!((few.endpoints.options.len(), few.endpoints.more), (3, false));
    for number in 0..FEW {
        let endpoint = EndpointForm {
            name: format!("many-{number:02}"),
            title: format!("Many {number:02}"),
            patterns: format!("GET /many/{number:02}"),
        };
        test.services.endpoints.create(&by, &endpoint).await.unwrap();
        test.add_profile(&format!("Profile {number:02}")).await;
    }
    test.add_profile("Strict").await;
    let chat = crate::common::new_key("Chat", model::endpoint::Grant::Only(vec!["chat".to_owned()]));
    crate::common::create(&test.services, &chat).await;
    let many = list("", "").await;
    assert!(many.endpoints.options.is_empty() && many.endpoints.more);
    assert!(many.profiles.options.is_empty() && many.profiles.more);
    assert_eq!(many.rows.len(), 1, "an empty field does not filter");
    // Without scripts, people type the name that they see.
    for (typed, rows) in [("chat", 1), ("CHAT", 1), ("Many 03", 0), ("no such", 0)] {
        assert_eq!(list(typed, "").await.rows.len(), rows, "{typed}");
    }
    let chosen = list("Many 03", "strict").await;
    assert_eq!(chosen.endpoints.options, [("many-03".to_owned(), "Many 03".to_owned())]);
    assert_eq!(chosen.profiles.options.len(), 1);
}

#[tokio::test]
async fn the_endpoints_of_a_key_are_read_a_page_at_a_time() {
    let test = TestBackend::serving().await;
    let by = Actor::command_line();
    let mut names = Vec::new();
    for number in 0..120 {
        let endpoint = EndpointForm {
            name: format!("many-{number:03}"),
            title: format!("Many {number:03}"),
            patterns: format!("GET /path/{number:03}"),
        };
        test.services.endpoints.create(&by, &endpoint).await.unwrap();
        names.push(endpoint.name);
    }
    let new = crate::common::new_key("Shop", model::endpoint::Grant::Only(names.clone()));
    let key = crate::common::create(&test.services, &new).await;
    let viewer = UserId::from_stored("usr_0000000000".to_owned());
    let read = async |query: ListQuery| {
        let page = test
            .services
            .keys
            .details(&as_person(&viewer, Role::Viewer), &key.id, &query)
            .await
            .unwrap();
        let names: Vec<String> = page.endpoints.into_iter().map(|used| used.endpoint.name).collect();
        (names, page.endpoints_paging)
    };
    let all = read_all(async |after| {
        read(ListQuery {
            after,
            ..ListQuery::default()
        })
        .await
    })
    .await;
    assert_eq!(all, names);
    for text in ["MANY-119", "many 119", "/path/119"] {
        let (found, paging) = read(search(text)).await;
        assert_eq!(
            (found, paging.matching, paging.total),
            (vec!["many-119".to_owned()], 1, 120),
            "{text}"
        );
    }
    let (found, paging) = read(ListQuery {
        after: u32::MAX.to_string(),
        ..ListQuery::default()
    })
    .await;
    assert_eq!((found.len(), paging.next), (0, None));
}
