//! The pages of the audit log.

use backend::Error;
use model::audit::{AuditQuery, PAGE_SIZE};
use model::endpoint::Grant;

use super::{by, page, query};
use crate::common::{TestBackend, create, new_key};

#[tokio::test]
async fn invalid_days_and_page_cursors_are_refused() {
    let test = TestBackend::new().await;
    let events = test.events().await;
    for text in [
        "2027-02-30",
        "2027-13-01",
        "today",
        "20270220",
        "2027-02-20T00:00:00Z",
        "99999999-01-01",
        "\u{0}",
        "2027‑02‑20",
    ] {
        for (field, sentence) in [
            ("from", "From is not a day; write it like 2027-02-20."),
            ("to", "To is not a day; write it like 2027-02-20."),
        ] {
            let query = query(field, text);
            let refused = [
                test.services.audit.list(&by(), &query).await.unwrap_err(),
                test.services.audit.export(&by(), &query).await.unwrap_err(),
            ];
            for error in refused {
                assert!(matches!(error, Error::InvalidQuery(_)), "{text:?}: {error:?}");
                assert_eq!(error.to_string(), sentence, "{text:?}");
            }
        }
    }
    for text in ["first", "1.5", "99999999999999999999", "-"] {
        let refused = test
            .services
            .audit
            .list(&by(), &query("before", text))
            .await
            .unwrap_err();
        assert!(matches!(refused, Error::InvalidQuery(_)), "{text}: {refused:?}");
    }
    for text in ["0", "-7", "1"] {
        let page = page(&test, &query("before", text)).await;
        assert_eq!((page.events.len(), page.next), (0, None), "{text}");
    }
    assert_eq!(test.events().await, events, "a refused query leaves no event");
}

/// The numbers of all events that a query finds, read page by page. A new event is added between two pages.
async fn all_pages(test: &TestBackend, query: &AuditQuery) -> Vec<i64> {
    let mut query = query.clone();
    let mut numbers = Vec::new();
    loop {
        let page = page(test, &query).await;
        assert!(page.events.len() as u64 <= PAGE_SIZE);
        numbers.extend(page.events.iter().map(|event| event.number));
        create(&test.services, &new_key("Meanwhile", Grant::All)).await;
        match page.next {
            Some(next) => query.before = next.to_string(),
            None => return numbers,
        }
        assert!(numbers.len() < 10_000, "the pages never end");
    }
}

#[tokio::test]
async fn pages_show_every_event_exactly_once() {
    let test = TestBackend::new().await;
    let made = async |name: &str, count: usize| {
        test.services
            .keys
            .create_many(&by(), &new_key(name, Grant::All), count)
            .await
            .unwrap();
    };
    made("Shop", 49).await;
    // There are 50 events: a full page, and no next page.
    let whole = page(&test, &AuditQuery::default()).await;
    assert_eq!((whole.events.len(), whole.next), (50, None));
    made("Mail", 70).await;
    assert_eq!(
        all_pages(&test, &AuditQuery::default()).await,
        (1..=120).rev().collect::<Vec<_>>()
    );
    assert_eq!(
        all_pages(&test, &query("subject", "mail")).await,
        (51..=120).rev().collect::<Vec<_>>()
    );
    assert_eq!(
        all_pages(&test, &query("subject", "shop")).await,
        (2..=50).rev().collect::<Vec<_>>()
    );
    let narrow = AuditQuery {
        actor: "command_line".to_owned(),
        action: "key.created".to_owned(),
        subject: "MAIL".to_owned(),
        from: test.services.now().iso_date(),
        to: test.services.now().iso_date(),
        ..AuditQuery::default()
    };
    assert_eq!(all_pages(&test, &narrow).await, (51..=120).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_search_for_a_token_is_refused() {
    let test = TestBackend::new().await;
    let query = AuditQuery {
        subject: "sk_live_7Gq2mXv0RkTzLw9BnYd4Hs1PfUe8Jc0CFrPB".to_owned(),
        ..AuditQuery::default()
    };
    let before = test.events().await;
    for refused in [
        test.services.audit.list(&by(), &query).await.map(drop),
        test.services.audit.export(&by(), &query).await.map(drop),
    ] {
        let said = refused.unwrap_err().to_string();
        assert!(said.starts_with("That looks like a token."), "{said}");
    }
    assert_eq!(test.events().await, before, "no event was added");
}
