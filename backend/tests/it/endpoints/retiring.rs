//! A retired endpoint: no key may call it, and its paths are free.

use std::time::Duration;

use super::{NOTHING, add, by, found, names, only, request, retire, rows};
use crate::common::{TestBackend, code, invalid, new_key};
use backend::Error;
use model::endpoint::Grant;
use model::form_values::FormValues;
use model::list::ListQuery;
use model::time::MINUTE;
use model::verify::Code;
use serde_json::json;

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
