//! The catalogue of endpoints: adding, retitling and retiring, and their effect on the verifier.

use std::net::IpAddr;
use std::time::Duration;

use crate::common::{TestBackend, code, create, invalid, new_key};
use backend::audit::Actor;
use backend::verifier::Target;
use backend::{Error, Services};
use model::endpoint::{Grant, by_path};
use model::endpoint_form::{EndpointForm, EndpointRow};
use model::form_values::FormValues;
use model::list::ListQuery;
use model::time::MINUTE;
use model::verify::Code;
use sea_orm::ConnectionTrait;
use serde_json::json;

fn by() -> Actor {
    Actor::command_line()
}

fn only(name: &str) -> Grant {
    Grant::Only(vec![name.to_owned()])
}

fn form(name: &str, patterns: &str) -> EndpointForm {
    EndpointForm {
        name: name.to_owned(),
        title: format!("Title of {name}"),
        patterns: patterns.to_owned(),
    }
}

async fn send(services: &Services, name: &str, patterns: &str) -> Result<String, Error> {
    services.endpoints.create(&by(), &form(name, patterns)).await
}

async fn add(services: &Services, name: &str, patterns: &str) {
    let title = format!("Title of {name}");
    assert_eq!(send(services, name, patterns).await.unwrap(), title);
}

async fn retire(services: &Services, name: &str) {
    services.endpoints.retire(&by(), name).await.unwrap();
}

async fn rows(services: &Services) -> Vec<EndpointRow> {
    services
        .endpoints
        .list(&by(), &ListQuery::default())
        .await
        .unwrap()
        .endpoints
}

fn names(rows: &[EndpointRow]) -> Vec<&str> {
    rows.iter().map(|row| row.endpoint.name.as_str()).collect()
}

/// The verifier's code for a request, and the endpoint that it found.
fn request(services: &Services, token: &str, method: &str, path: &str) -> (Code, Option<String>) {
    let from: IpAddr = "192.0.2.1".parse().unwrap();
    let target = Target::Request { method, path };
    let decision = crate::common::ask(services, token, target, Some(from)).unwrap();
    (decision.code, decision.endpoint)
}

fn found(name: &str) -> (Code, Option<String>) {
    (Code::Valid, Some(name.to_owned()))
}

const NOTHING: (Code, Option<String>) = (Code::Forbidden, None);

#[tokio::test]
async fn a_slash_at_the_end_and_text_beside_a_parameter_are_matched_exactly() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let token = key.token.reveal();
    add(&test.services, "home", "GET /").await;
    add(&test.services, "folder", "GET /files/\nGET /files/{name}/").await;
    add(&test.services, "file", "GET /files\nGET /files/{name}.json").await;
    add(
        &test.services,
        "generate",
        "POST /v1beta/models/{model}:generateContent",
    )
    .await;
    add(&test.services, "rest", "PUT /files/{*rest}").await;
    for (method, path, name) in [
        ("GET", "/", "home"),
        ("GET", "/?x=1", "home"),
        ("GET", "/files/", "folder"),
        ("GET", "/files/a/", "folder"),
        ("GET", "/files", "file"),
        ("GET", "/files/a.json", "file"),
        (
            "POST",
            "/v1beta/models/gemini-2.5-pro:generateContent?alt=sse",
            "generate",
        ),
        ("PUT", "/files/a", "rest"),
        ("PUT", "/files/a/", "rest"),
        ("PUT", "/files/a/b/", "rest"),
    ] {
        assert_eq!(
            request(&test.services, token, method, path),
            found(name),
            "{method} {path}"
        );
    }
    for (method, path) in [
        ("GET", "/files/a"),
        ("GET", "/files/.json"),
        ("GET", "/files//"),
        ("POST", "/v1beta/models/:generateContent"),
        ("POST", "/v1beta/models/gemini-2.5-pro:generateContent/"),
        ("PUT", "/files/"),
        ("PUT", "/files"),
    ] {
        assert_eq!(request(&test.services, token, method, path), NOTHING, "{method} {path}");
    }
}

#[tokio::test]
async fn two_endpoints_that_could_share_a_path_are_refused() {
    let test = TestBackend::serving().await;
    add(
        &test.services,
        "generate",
        "POST /models/{model}:generate\nGET /files/{name}.json",
    )
    .await;
    for pattern in [
        "POST /models/{id}",
        "POST /models/gemini-{id}",
        "POST /models/x:generate",
        "POST /models/{*rest}",
        "GET /files/{name}n",
        "GET /files/{*all}",
    ] {
        let refused = invalid(send(&test.services, "other", pattern).await);
        let message = refused.of("patterns").unwrap_or_default();
        assert!(
            message.contains("overlaps the endpoint “generate”"),
            "{pattern}: {message}"
        );
    }
    add(
        &test.services,
        "other",
        "POST /models/{model}:count\nPOST /models/{model}:generate/\nGET /files/{name}.xml\nGET /files/.json\nGET /files/",
    )
    .await;
}

#[tokio::test]
async fn a_new_endpoint_comes_last_and_is_in_force_at_once() {
    let test = TestBackend::serving().await;
    let all = test.active_key(&new_key("Shop", Grant::All)).await;
    let chat = test.active_key(&new_key("Mail", only("chat"))).await;
    assert_eq!(
        request(&test.services, all.token.reveal(), "GET", "/reports/7/pages"),
        NOTHING
    );
    test.clock.advance(MINUTE);

    add(
        &test.services,
        "reports",
        "GET, HEAD /reports/{id}/pages\nPOST /reports/{*rest}",
    )
    .await;
    assert_eq!(
        request(&test.services, all.token.reveal(), "GET", "/reports/7/pages"),
        found("reports")
    );
    assert_eq!(
        request(&test.services, all.token.reveal(), "HEAD", "/reports/7/pages"),
        found("reports")
    );
    assert_eq!(
        request(&test.services, all.token.reveal(), "POST", "/reports/7/8/9"),
        found("reports")
    );
    assert_eq!(
        request(&test.services, all.token.reveal(), "PUT", "/reports/7/pages"),
        NOTHING
    );
    assert_eq!(code(&test.services, &all.token, "reports"), Code::Valid);
    assert_eq!(code(&test.services, &chat.token, "reports"), Code::Forbidden);
    let given = create(&test.services, &new_key("Reports", only("reports"))).await;
    test.services
        .keys
        .settle(&by(), &given.id, Duration::from_secs(10))
        .await
        .unwrap();
    assert_eq!(code(&test.services, &given.token, "reports"), Code::Valid);

    let rows = rows(&test.services).await;
    assert_eq!(names(&rows), ["chat", "image", "check-bias", "reports"]);
    let new = &rows[3];
    assert_eq!((new.created_at, new.retired_at), (test.services.now(), None));
    assert_eq!(new.endpoint.title, "Title of reports");
    assert_eq!(
        by_path(&new.endpoint.patterns),
        [
            ("GET, HEAD".to_owned(), "/reports/{id}/pages"),
            ("POST".to_owned(), "/reports/{*rest}")
        ]
    );
    assert_eq!(
        test.services.endpoints.catalogue(&by()).await.unwrap().len(),
        4,
        "the form for new keys has it"
    );
    assert_eq!(
        test.details_of("endpoint.created").await,
        [json!({ "patterns": [
            { "method": "GET", "path": "/reports/{id}/pages" },
            { "method": "HEAD", "path": "/reports/{id}/pages" },
            { "method": "POST", "path": "/reports/{*rest}" },
        ] })]
    );
}

#[tokio::test]
async fn another_node_learns_of_new_and_retired_endpoints() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    let other = test.another(2).await;
    other.cluster.load_index().await.unwrap();
    add(&other, "reports", "GET /reports").await;
    assert_eq!(code(&other, &key.token, "reports"), Code::Valid);
    let wait = async |endpoint: &str, wanted: Code| {
        let in_time = tokio::time::timeout(Duration::from_secs(10), async {
            while code(&test.services, &key.token, endpoint) != wanted {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        assert!(in_time.await.is_ok(), "{endpoint} is never {wanted:?}");
    };
    wait("reports", Code::Valid).await;
    retire(&other, "reports").await;
    wait("reports", Code::Forbidden).await;
    retire(&test.services, "chat").await;
    other.cluster.load_index().await.unwrap();
    assert_eq!(code(&other, &key.token, "chat"), Code::Forbidden);
}

#[tokio::test]
async fn the_refusal_of_an_overlapping_endpoint_names_the_other_endpoint() {
    let test = TestBackend::serving().await;
    add(
        &test.services,
        "users",
        "GET /users/{id}\nDELETE /users/{id}/keys/{key}",
    )
    .await;
    let events = test.events().await;
    let change = *test.services.cluster.watch_changes().borrow();
    for (patterns, ours, other, theirs) in [
        // A pattern that another endpoint has.
        (
            "POST /api/v1/chat/completions",
            "POST /api/v1/chat/completions",
            "chat",
            "POST /api/v1/chat/completions",
        ),
        // A parameter where the other has text, and text where the other has a parameter.
        (
            "POST /api/{version}/chat/completions",
            "POST /api/{version}/chat/completions",
            "chat",
            "POST /api/v1/chat/completions",
        ),
        ("GET /users/me", "GET /users/me", "users", "GET /users/{id}"),
        // Each pattern has a parameter where the other has text.
        (
            "DELETE /users/7/{what}/8",
            "DELETE /users/7/{what}/8",
            "users",
            "DELETE /users/{id}/keys/{key}",
        ),
        // A rest parameter that covers everything, and a pattern that another's rest parameter covers.
        (
            "POST /api/{*rest}",
            "POST /api/{*rest}",
            "chat",
            "POST /api/v1/chat/completions",
        ),
        ("GET /{*rest}", "GET /{*rest}", "image", "GET /api/v1/img"),
        (
            "GET /api/v1/img/small/7",
            "GET /api/v1/img/small/7",
            "image",
            "GET /api/v1/img/{*rest}",
        ),
        (
            "GET /api/v1/img/{id}",
            "GET /api/v1/img/{id}",
            "image",
            "GET /api/v1/img/{*rest}",
        ),
        (
            "GET /api/v1/{what}/{*rest}",
            "GET /api/v1/{what}/{*rest}",
            "image",
            "GET /api/v1/img/{*rest}",
        ),
        // Only one of several patterns overlaps.
        (
            "GET /fine\nPUT /users/7\nGET, POST /users/7",
            "GET /users/7",
            "users",
            "GET /users/{id}",
        ),
    ] {
        let errors = invalid(send(&test.services, "new", patterns).await);
        assert_eq!(
            errors.of("patterns"),
            Some(format!(
                "{ours} overlaps the endpoint “{other}” ({theirs}). A request belongs to one endpoint only."
            )),
            "{patterns}"
        );
        assert_eq!(errors.of("name"), None, "{patterns}");
    }
    assert_eq!(rows(&test.services).await.len(), 4);
    assert_eq!(test.events().await, events, "no event was added");
    assert_eq!(*test.services.cluster.watch_changes().borrow(), change);
}

#[tokio::test]
async fn patterns_that_share_no_request_are_accepted() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Shop", Grant::All)).await;
    for (name, patterns) in [
        // A different method, a different length, different text, and the bare path before a rest parameter.
        ("chat-list", "GET, DELETE /api/v1/chat/completions"),
        ("chat-one", "POST /api/v1/chat/completions/{id}"),
        ("chat-short", "POST /api/v1/chat"),
        ("chat-v2", "POST /api/v2/chat/completions"),
        ("case", "POST /api/v1/chat/Completions"),
        ("image-delete", "DELETE /api/v1/img/{*rest}"),
        ("images", "GET /api/v1/imgs"),
    ] {
        add(&test.services, name, patterns).await;
    }
    let token = key.token.reveal();
    for (method, path, endpoint) in [
        ("POST", "/api/v1/chat/completions", "chat"),
        ("GET", "/api/v1/chat/completions", "chat-list"),
        ("POST", "/api/v1/chat/completions/7", "chat-one"),
        ("POST", "/api/v1/chat", "chat-short"),
        ("POST", "/api/v2/chat/completions", "chat-v2"),
        ("POST", "/api/v1/chat/Completions", "case"),
        ("DELETE", "/api/v1/img/7", "image-delete"),
        ("GET", "/api/v1/img/7", "image"),
        ("GET", "/api/v1/imgs", "images"),
    ] {
        assert_eq!(
            request(&test.services, token, method, path),
            found(endpoint),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn a_name_is_never_used_for_a_second_endpoint() {
    let test = TestBackend::new().await;
    let taken = invalid(send(&test.services, "chat", "GET /new").await);
    assert_eq!(
        taken.of("name").as_deref(),
        Some("Another endpoint has this name. Choose a different one.")
    );
    retire(&test.services, "chat").await;
    let retired = invalid(send(&test.services, "chat", "GET /new").await);
    assert_eq!(
        retired.of("name").as_deref(),
        Some("A retired endpoint has this name, and keys may have it still. Choose a different one.")
    );
    // Both errors are reported at once.
    let both = invalid(send(&test.services, "chat", "GET /api/v1/img").await);
    assert!(both.of("name").is_some() && both.of("patterns").is_some(), "{both:?}");
}

#[tokio::test]
async fn mistakes_in_a_form_are_shown_at_their_fields() {
    let test = TestBackend::new().await;
    let events = test.events().await;
    let empty = invalid(test.services.endpoints.create(&by(), &EndpointForm::default()).await);
    for field in ["name", "title", "patterns"] {
        assert!(empty.of(field).is_some(), "{field}");
    }
    assert!(
        invalid(send(&test.services, "Chat", "GET /x").await)
            .of("name")
            .is_some()
    );
    for patterns in [
        "get /x",
        "GET x",
        "GET /a/../b",
        "GET /a%2Fb",
        "GET /a//b",
        "GET /x?y",
        "/x",
        "GET /a{b}{c}",
        "GET /a%3Bb",
    ] {
        let errors = invalid(send(&test.services, "new", patterns).await);
        assert!(
            errors.of("patterns").is_some_and(|error| error.starts_with("Line 1: ")),
            "{patterns}: {errors:?}"
        );
    }
    assert_eq!(test.events().await, events);
}

#[tokio::test]
async fn the_paths_of_a_retired_endpoint_are_free() {
    let test = TestBackend::serving().await;
    let all = test.active_key(&new_key("Shop", Grant::All)).await;
    let chat = test.active_key(&new_key("Mail", only("chat"))).await;
    retire(&test.services, "chat").await;
    add(&test.services, "talk", "POST /api/v1/chat/completions").await;
    let ask = |key: &str| request(&test.services, key, "POST", "/api/v1/chat/completions");
    assert_eq!(ask(all.token.reveal()), found("talk"));
    // Keys with the old endpoint do not have the new one.
    assert_eq!(ask(chat.token.reveal()), (Code::Forbidden, Some("talk".to_owned())));
}

#[tokio::test]
async fn no_key_may_call_a_retired_endpoint() {
    let test = TestBackend::serving().await;
    let all = test.active_key(&new_key("Shop", Grant::All)).await;
    let chat = test.active_key(&new_key("Mail", only("chat"))).await;
    let both = Grant::Only(vec!["chat".to_owned(), "image".to_owned()]);
    let both = test.active_key(&new_key("Both", both)).await;
    let environment = test
        .services
        .environments
        .list(&by(), &ListQuery::default())
        .await
        .unwrap()
        .environments
        .remove(0);
    let own = test
        .services
        .environments
        .reveal_key(&by(), &environment.id)
        .await
        .unwrap();
    test.clock.advance(MINUTE);
    assert_eq!(test.services.endpoints.retire(&by(), "chat").await.unwrap(), "Chat");
    for token in [all.token.reveal(), chat.token.reveal(), both.token.reveal(), &own.token] {
        assert_eq!(
            crate::common::decide(&test.services, token, "chat").code,
            Code::Forbidden
        );
        assert_eq!(
            request(&test.services, token, "POST", "/api/v1/chat/completions"),
            NOTHING
        );
    }
    for token in [all.token.reveal(), both.token.reveal(), &own.token] {
        assert_eq!(crate::common::decide(&test.services, token, "image").code, Code::Valid);
    }
    let catalogue = test
        .services
        .endpoints
        .list(&by(), &ListQuery::default())
        .await
        .unwrap();
    assert_eq!(names(&catalogue.endpoints), ["image", "check-bias"]);
    assert_eq!(names(&catalogue.retired), ["chat"]);
    let retired = &catalogue.retired[0];
    assert_eq!((retired.retired_at, retired.keys), (Some(test.services.now()), 2));
    assert!(!retired.endpoint.patterns.is_empty());
    assert_eq!(test.details_of("endpoint.retired").await, [json!({})]);
    // New keys cannot have the retired endpoint.
    assert!(
        !test
            .services
            .endpoints
            .catalogue(&by())
            .await
            .unwrap()
            .iter()
            .any(|endpoint| endpoint.name == "chat")
    );
    let asked = FormValues::from([
        ("name", "Late"),
        ("environment", "default"),
        ("endpoints", "only"),
        ("endpoint", "chat"),
        ("expires", "never"),
    ]);
    let refused = test.services.keys.check(&by(), &asked).await;
    assert!(invalid(refused).of("endpoints").is_some());
    // The endpoint stays retired after a restart.
    let again = test.another(2).await;
    again.cluster.load_index().await.unwrap();
    assert_eq!(code(&again, &all.token, "chat"), Code::Forbidden);
    assert_eq!(code(&again, &all.token, "image"), Code::Valid);
}

#[tokio::test]
async fn an_endpoint_outside_the_catalogue_is_neither_retitled_nor_retired() {
    let test = TestBackend::new().await;
    retire(&test.services, "chat").await;
    let events = test.events().await;
    for name in ["chat", "nothing", "", "Image", "' OR 1=1 --"] {
        let actor = by();
        let refused = [
            test.services.endpoints.retire(&actor, name).await.unwrap_err(),
            test.services.endpoints.retitle(&actor, name, "New").await.unwrap_err(),
        ];
        for error in refused {
            assert!(matches!(error, Error::NotFound(_)), "{name}: {error:?}");
        }
    }
    assert_eq!(test.events().await, events);
}

#[tokio::test]
async fn a_new_title_changes_only_the_title() {
    let test = TestBackend::serving().await;
    let key = test.active_key(&new_key("Mail", only("chat"))).await;
    let before = rows(&test.services).await;
    let title = test.services.endpoints.retitle(&by(), "chat", " Chat <now> ").await;
    assert_eq!(title.unwrap(), "Chat <now>");
    let after = rows(&test.services).await;
    let mut expected = before;
    expected[0].endpoint.title = "Chat <now>".to_owned();
    assert_eq!(after, expected);
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    assert_eq!(
        test.details_of("endpoint.edited").await,
        [json!({ "changes": [{ "field": "Title", "from": "Chat", "to": "Chat <now>" }] })]
    );
    let events = test.events().await;
    // The current title and invalid titles change nothing.
    test.services
        .endpoints
        .retitle(&by(), "chat", "Chat <now>")
        .await
        .unwrap();
    for text in ["", "  ", "a\nb", &"x".repeat(61)] {
        let outcome = test.services.endpoints.retitle(&by(), "chat", text).await;
        assert!(invalid(outcome).of("title").is_some(), "{text:?}");
    }
    assert_eq!(test.events().await, events);
}

#[tokio::test]
async fn each_endpoint_shows_how_many_keys_have_it() {
    let test = TestBackend::new().await;
    let mut keys = Vec::new();
    for endpoints in [&["chat"][..], &["chat", "image"], &["image"], &["chat"]] {
        let grant = Grant::Only(endpoints.iter().map(|&name| name.to_owned()).collect());
        keys.push(create(&test.services, &new_key("Shop", grant)).await.id);
    }
    keys.push(create(&test.services, &new_key("Shop", Grant::All)).await.id);
    let count = async || {
        let catalogue = test
            .services
            .endpoints
            .list(&by(), &ListQuery::default())
            .await
            .unwrap();
        let counts: Vec<u64> = catalogue.endpoints.iter().map(|row| row.keys).collect();
        (counts, catalogue.keys_with_all)
    };
    assert_eq!(count().await, (vec![3, 2, 0], 1));
    // A disabled key still has its endpoints. A deleted key has none.
    test.services.keys.disable(&by(), &keys[0]).await.unwrap();
    assert_eq!(count().await, (vec![3, 2, 0], 1));
    for key in &keys[1..] {
        test.services.keys.delete(&by(), key).await.unwrap();
    }
    assert_eq!(count().await, (vec![1, 0, 0], 0));
}

#[tokio::test]
async fn retired_endpoints_are_listed_latest_first() {
    let test = TestBackend::new().await;
    for name in ["image", "chat"] {
        test.clock.advance(MINUTE);
        retire(&test.services, name).await;
    }
    let catalogue = test
        .services
        .endpoints
        .list(&by(), &ListQuery::default())
        .await
        .unwrap();
    assert_eq!(names(&catalogue.retired), ["chat", "image"]);
    // A new endpoint comes after all earlier ones.
    add(&test.services, "new", "GET /new").await;
    assert_eq!(names(&rows(&test.services).await), ["check-bias", "new"]);
}

#[tokio::test]
async fn only_one_of_two_overlapping_endpoints_is_added() {
    let test = TestBackend::new().await;
    let other = test.another(2).await;
    let (one, two) = tokio::join!(
        send(&test.services, "one", "GET /x/{id}"),
        send(&other, "two", "GET /x/7")
    );
    assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
    assert!(invalid(one.and(two)).of("patterns").is_some());
    assert_eq!(rows(&test.services).await.len(), 4);
}

#[tokio::test]
async fn the_patterns_of_an_added_endpoint_never_change() {
    let test = TestBackend::new().await;
    add(&test.services, "reports", "GET /reports").await;
    retire(&test.services, "chat").await;
    let db = test.connect_directly().await;
    for name in ["reports", "chat"] {
        for sql in [
            format!("INSERT INTO endpoint_patterns VALUES ('{name}', 9, 'POST', '/{{*all}}')"),
            format!("REPLACE INTO endpoint_patterns VALUES ('{name}', 0, 'POST', '/{{*all}}')"),
            format!("UPDATE endpoint_patterns SET path = '/{{*all}}' WHERE endpoint_name = '{name}'"),
            format!("UPDATE endpoint_patterns SET endpoint_name = 'image' WHERE endpoint_name = '{name}'"),
            format!("DELETE FROM endpoint_patterns WHERE endpoint_name = '{name}'"),
        ] {
            let error = db.execute_unprepared(&sql).await.expect_err(&sql).to_string();
            assert!(
                error.contains("the patterns of an endpoint never change"),
                "{sql}: {error}"
            );
        }
    }
}
