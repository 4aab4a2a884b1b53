//! Screens with very many things: 2,000 people, 500 endpoints, 200 bias profiles, 100 environments. The screens do not grow
//! with these numbers, a search finds everything, and the pages of a list reach its end.

use backend::audit::Actor;
use model::endpoint::Grant;
use model::environment::EnvironmentForm;
use model::list::SHORT_PAGE;

use crate::access::screen_addresses;
use crate::api::profile;
use crate::common::database::execute;
use crate::common::{TestApp, new_key};

const PEOPLE: usize = 2_000;
const INVITATIONS: usize = 300;
const ENDPOINTS: usize = 500;
const PROFILES: usize = 200;
const ENVIRONMENTS: usize = 100;
/// The largest size of a screen, in bytes.
const MOST: usize = 150 * 1024;

/// Inserts people directly, since the backend would compute a password hash for each of them.
async fn crowded() -> TestApp {
    let app = TestApp::new().await.with_owner().await;
    let by = Actor::command_line();
    let database = app.connect_directly().await;
    let insert = |into: &str, row: &dyn Fn(usize) -> String, count: usize| {
        let rows: Vec<String> = (0..count).map(row).collect();
        format!("INSERT INTO {into} VALUES {};", rows.join(", "))
    };
    let users = insert(
        "users (id, email, name, password_hash, role, created_at, totp_step)",
        &|number| {
            let name = format!("Person {number:04} of a Department");
            format!("('usr_{number:010}', 'person.{number:04}@example.org', '{name}', '-', 'developer', {number}, 0)")
        },
        PEOPLE,
    );
    let one_time_links = insert(
        "one_time_links (token_hash, purpose, email, role, created_by, created_at, expires_at)",
        &|number| {
            let email = format!("guest.{number:04}@example.org");
            format!(
                "(x'{number:064x}', 'invite', '{email}', 'viewer', 'usr_0000000000', {number}, {})",
                i64::MAX
            )
        },
        INVITATIONS,
    );
    let endpoints = insert(
        "endpoints (name, title, position, created_at)",
        &|number| {
            format!(
                "('endpoint-{number:03}', 'Endpoint {number:03} of a service', {}, {number})",
                100 + number
            )
        },
        ENDPOINTS,
    );
    let endpoint_patterns = insert(
        "endpoint_patterns (endpoint_name, position, method, path)",
        &|number| format!("('endpoint-{number:03}', 0, 'GET', '/service/{number:03}/items/{{id}}')"),
        ENDPOINTS,
    );
    // Patterns must be stored before their endpoint, in one transaction.
    let all = format!("BEGIN; {users} {one_time_links} {endpoint_patterns} {endpoints} COMMIT;");
    execute(&database, &all).await.unwrap();
    for number in 0..PROFILES {
        let outcome = app
            .services
            .profiles
            .create(&by, &profile(&format!("Profile {number:03}"), 0))
            .await;
        outcome.unwrap();
    }
    for number in 0..ENVIRONMENTS {
        let environment = EnvironmentForm {
            name: format!("environment-{number:03}"),
            kind: "live".to_owned(),
        };
        app.services.environments.create(&by, &environment).await.unwrap();
    }
    app.services.cluster.load_index().await.unwrap();
    let everything = (0..ENDPOINTS).map(|number| format!("endpoint-{number:03}")).collect();
    app.create(&new_key(Grant::Only(everything))).await;
    app.services
        .keys
        .create_many(&by, &new_key(Grant::All), 60)
        .await
        .unwrap();
    app
}

fn rows(page: &str) -> usize {
    page.matches("<tr role=\"row\"").count()
}

/// The URL of the next page of a list.
fn next_page(page: &str, list: &str) -> Option<String> {
    let pages = page.split(&format!("<nav aria-label=\"{list}\"")).nth(1)?;
    let links = pages.split("</nav>").next()?;
    let link = links.split("<a ").find(|link| link.contains("Next page"))?;
    let href = link.split("href=\"").nth(1)?.split('"').next()?;
    Some(href.replace("&amp;", "&"))
}

#[tokio::test]
async fn no_screen_grows_with_the_number_of_things() {
    let app = crowded().await;
    let key = app
        .services
        .keys
        .list(&Actor::command_line(), &model::key_list::KeyQuery::default())
        .await
        .unwrap();
    let last = key.rows.last().unwrap().id.clone();
    let profile = app
        .services
        .profiles
        .names(&Actor::command_line())
        .await
        .unwrap()
        .remove(0)
        .id;
    let mut paths = screen_addresses(&app).await;
    paths.extend([format!("/profiles/{profile}"), format!("/keys/{last}")]);
    for path in paths {
        let most = match path.as_str() {
            // The form for a new key has a checkbox for each endpoint, since it works without scripts.
            "/keys/new" => 4 * MOST,
            // All operations with requests in four languages, whatever there is in the database.
            "/reference" => 4 * MOST,
            path if path.starts_with("/keys") => 2 * MOST,
            _ => MOST,
        };
        let page = app.get(&path).await;
        // The entry pages lead a person who is logged in elsewhere.
        assert!(matches!(page.status, 200 | 303 | 410), "{path}: {}", page.status);
        assert!(page.body.len() <= most, "{path}: {} bytes", page.body.len());
    }
}

#[tokio::test]
async fn people_are_searched_and_read_page_by_page() {
    let app = crowded().await;
    let page = app.get("/settings/users?search=person%201234").await.body;
    assert!(
        page.contains("person.1234@example.org") && page.contains("1 user"),
        "{page}"
    );
    let page = app.get("/settings/users?search=GUEST.0042").await.body;
    assert!(page.contains("guest.0042@example.org") && page.contains("No user matches"));
    let page = app.get("/settings/users?search=nobody%20of%20this%20name").await.body;
    assert!(page.contains("No user matches") && page.contains("Clear search"));
    let mut path = "/settings/users".to_owned();
    let mut seen = std::collections::BTreeSet::new();
    let mut pages = 0;
    loop {
        let page = app.get(&path).await.body;
        pages += 1;
        let (people, _) = page.split_once("aria-label=\"Invitations\"").unwrap();
        let emails = people.split("person.").skip(1).map(|rest| rest[..4].to_owned());
        seen.extend(emails.filter(|number| number.parse::<u32>().is_ok()));
        match next_page(&page, "Pages") {
            Some(next) => path = next,
            None => break,
        }
    }
    assert_eq!(
        (seen.len(), pages),
        (PEOPLE, (PEOPLE + 1).div_ceil(usize::try_from(SHORT_PAGE).unwrap()))
    );
}

#[tokio::test]
async fn the_other_lists_have_a_search_and_pages_too() {
    let app = crowded().await;
    for (path, search, found) in [
        ("/settings/endpoints", "service/499/", "endpoint-499"),
        ("/settings", "environment-099", "environment-099"),
        ("/profiles", "profile%20199", "Profile 199"),
    ] {
        let first = app.get(path).await.body;
        let next = next_page(&first, "Pages").unwrap_or_else(|| panic!("{path} has a second page"));
        let second = app.get(&next).await.body;
        assert!(rows(&second) > 10, "{next}");
        assert!(second.contains("First page"), "{next}");
        let page = app.get(&format!("{path}?search={search}")).await.body;
        assert!(page.contains(found), "{path}?search={search}");
        assert_eq!(rows(&page), 2, "{path}?search={search}: a header and one row");
        let nothing = app.get(&format!("{path}?search=no%20such%20thing")).await.body;
        assert!(
            nothing.contains("matches") && nothing.contains("Clear search"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn without_scripts_a_filter_accepts_typed_text() {
    let app = crowded().await;
    let page = app.get("/keys?endpoint=Endpoint+007+of+a+service&profile=").await.body;
    assert!(
        page.contains("61 keys"),
        "one key has this endpoint, the others have all"
    );
    let page = app.get("/keys?profile=Profile+007").await.body;
    assert!(page.contains("No key matches"));
    let page = app.get("/audit?actor=command+line&action=environment").await.body;
    assert!(page.contains("environment-099"), "{page}");
    let page = app.get("/audit?actor=Person+0007+of+a+Department").await.body;
    assert!(page.contains("No event matches"));
}
