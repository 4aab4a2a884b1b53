//! What the catalogue shows of an endpoint: its title, and how many keys have it.

use super::{by, only, rows};
use crate::common::{TestBackend, code, create, invalid, new_key};
use model::endpoint::Grant;
use model::list::ListQuery;
use model::verify::Code;
use serde_json::json;

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
