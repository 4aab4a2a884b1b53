//! A new endpoint: in force at once, under a name that no other endpoint ever had.

use std::time::Duration;

use super::{NOTHING, add, by, found, names, only, request, retire, rows, send};
use crate::common::database::replace;
use crate::common::{TestBackend, code, create, invalid, new_key};
use model::endpoint::{Grant, by_path};
use model::endpoint_form::EndpointForm;
use model::time::MINUTE;
use model::verify::Code;
use sea_orm::ConnectionTrait;
use serde_json::json;

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
async fn the_patterns_of_an_added_endpoint_never_change() {
    let test = TestBackend::new().await;
    add(&test.services, "reports", "GET /reports").await;
    retire(&test.services, "chat").await;
    let db = test.connect_directly().await;
    for name in ["reports", "chat"] {
        for sql in [
            format!("INSERT INTO endpoint_patterns VALUES ('{name}', 9, 'POST', '/{{*all}}')"),
            format!("UPDATE endpoint_patterns SET path = '/{{*all}}' WHERE endpoint_name = '{name}'"),
            format!("UPDATE endpoint_patterns SET endpoint_name = 'image' WHERE endpoint_name = '{name}'"),
            format!("DELETE FROM endpoint_patterns WHERE endpoint_name = '{name}'"),
        ]
        .into_iter()
        .chain(replace(&format!(
            "endpoint_patterns VALUES ('{name}', 0, 'POST', '/{{*all}}')"
        ))) {
            let error = db.execute_unprepared(&sql).await.expect_err(&sql).to_string();
            assert!(
                error.contains("the patterns of an endpoint never change"),
                "{sql}: {error}"
            );
        }
    }
}
