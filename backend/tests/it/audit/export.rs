//! The export of the audit log.

use backend::audit::Actor;
use model::audit::AuditQuery;
use model::endpoint::Grant;
use model::role::Role;
use model::time::MINUTE;
use serde_json::{Value, json};

use super::{ask, by, hex, page, query};
use crate::common::people::ADDRESS;
use crate::common::{TestBackend, create_as, new_key};

/// All lines of an export.
async fn export(test: &TestBackend, query: &AuditQuery) -> Vec<Value> {
    let mut lines = test.services.audit.export(&by(), query).await.unwrap();
    let mut events = Vec::new();
    loop {
        assert!(lines.text.is_empty() || lines.text.ends_with('\n'));
        events.extend(
            lines
                .text
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap()),
        );
        let Some(next) = lines.next else {
            return events;
        };
        assert!(events.len() < 10_000, "the export never ends");
        lines = test
            .services
            .audit
            .export_lines(&by(), query, Some(next))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn an_export_has_every_event_exactly_once() {
    let test = TestBackend::new().await;
    test.services
        .keys
        .create_many(&by(), &new_key("Shop", Grant::All), 1_000)
        .await
        .unwrap();
    test.services
        .keys
        .create_many(&by(), &new_key("Mail", Grant::All), 1_500)
        .await
        .unwrap();
    let numbers = |events: &[Value]| {
        events
            .iter()
            .map(|event| event["number"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };
    let all = export(&test, &AuditQuery::default()).await;
    assert_eq!(numbers(&all), (1..=2_502).rev().collect::<Vec<_>>());
    assert_eq!(all[0]["action"], "audit.exported", "the export itself is an event");
    // As many events as one query reads, and more.
    assert_eq!(
        numbers(&export(&test, &query("subject", "shop")).await),
        (2..=1_001).rev().collect::<Vec<_>>()
    );
    assert_eq!(
        numbers(&export(&test, &query("subject", "mail")).await),
        (1_002..=2_501).rev().collect::<Vec<_>>()
    );
    assert!(export(&test, &query("subject", "nothing")).await.is_empty());
    // The page parameter of the query does not matter.
    let before = AuditQuery {
        before: "7".to_owned(),
        ..query("action", "environment")
    };
    assert_eq!(numbers(&export(&test, &before).await), [1]);
    assert_eq!(test.events().await, 2_506);
}

#[tokio::test]
async fn an_exported_line_agrees_with_the_page_and_the_database() {
    let test = TestBackend::new().await;
    let (id, person) = test.add_person(Role::Admin).await;
    let person = Actor {
        role: model::role::Role::Owner,
        address: Some(ADDRESS.to_owned()),
        request: None,
        ..person
    };
    test.clock.advance(MINUTE);
    create_as(&test.services, &person, &new_key("Shop", Grant::All)).await;
    let lines = export(&test, &AuditQuery::default()).await;
    let page = page(&test, &AuditQuery::default()).await;
    let rows = ask(
        &test.connect_directly().await,
        "SELECT details, mac FROM audit_events ORDER BY number DESC",
    )
    .await;
    assert_eq!((lines.len(), page.events.len(), rows.len()), (4, 4, 4));
    for ((line, event), row) in lines.iter().zip(&page.events).zip(&rows) {
        let details: String = row.try_get("", "details").unwrap();
        let mac: Vec<u8> = row.try_get("", "mac").unwrap();
        assert_eq!(line["number"], event.number);
        assert_eq!(
            (&line["at"], &line["atMs"]),
            (&json!(event.at.rfc3339()), &json!(event.at.0))
        );
        assert_eq!(
            (&line["actor"]["name"], &line["actor"]["address"]),
            (&json!(event.actor), &json!(event.address))
        );
        assert_eq!(line["action"], event.action);
        assert_eq!(
            (&line["subject"]["id"], &line["subject"]["name"]),
            (&json!(event.subject_id), &json!(event.subject_name))
        );
        assert_eq!(line["details"], serde_json::from_str::<Value>(&details).unwrap());
        assert_eq!(line["mac"], hex(&mac));
    }
    let made = &lines[1];
    assert_eq!(
        made["actor"],
        json!({ "kind": "user", "id": id, "name": "admin", "email": "admin@example.com", "address": ADDRESS })
    );
    assert_eq!(page.events[1].details, "default; all endpoints");
    assert_eq!(
        lines[0]["details"],
        json!({ "query": { "actor": "", "action": "", "subject": "", "from": "", "to": "", "before": "" } })
    );
}
