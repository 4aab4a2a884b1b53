//! Long lists of environments, of endpoints and of bias profiles.

use super::{read_all, search};
use crate::common::{TestBackend, as_person, as_role};
use backend::audit::Actor;
use model::endpoint_form::EndpointForm;
use model::environment::EnvironmentForm;
use model::id::UserId;
use model::list::{ListQuery, PAGE_SIZE};
use model::number::Separator;
use model::role::Role;
use model::usage::Range;

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
            .details(
                &as_person(&viewer, Role::Viewer),
                &key.id,
                &query,
                Range::Day,
                Separator::Comma,
            )
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
