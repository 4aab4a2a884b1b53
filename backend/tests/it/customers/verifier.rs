//! What gateways get about customers and metadata, and what suspending does.

use std::time::Duration;

use model::endpoint::Grant;
use model::form_values::FormValues;
use model::metadata::Metadata;
use model::verify::Code;

use super::{add, by, form, second, with_key};
use crate::common::{TestBackend, code, decide, new_key, until};

#[tokio::test]
async fn a_decision_tells_the_customer_and_the_metadata_of_the_key() {
    let (test, _, key) = with_key(&form("acme", "{\"plan\": \"pro\"}")).await;
    let answer = decide(&test.services, key.token.reveal(), "chat");
    assert_eq!(answer.code, Code::Valid);
    assert_eq!((answer.customer.as_deref(), answer.metadata), (Some("acme"), None));

    let edit = FormValues::from([("metadata", "{ \"seats\" : 3.50 }")]);
    test.services
        .keys
        .edit_present_fields(&by(), &key.id, &edit)
        .await
        .unwrap();
    let answer = decide(&test.services, key.token.reveal(), "chat");
    assert_eq!(answer.metadata.as_deref(), Some("{\"seats\":3.50}"));

    // A key without any has nothing of it, and both are there after a restart.
    let plain = test.active_key(&new_key("Plain", Grant::All)).await;
    let restarted = second(&test).await;
    until(&restarted, &plain.token, Code::Valid).await;
    let answer = decide(&restarted, plain.token.reveal(), "chat");
    assert_eq!((answer.customer, answer.metadata), (None, None));
    let answer = decide(&restarted, key.token.reveal(), "chat");
    assert_eq!(
        (answer.customer.as_deref(), answer.metadata.as_deref()),
        (Some("acme"), Some("{\"seats\":3.50}"))
    );
}

#[tokio::test]
async fn suspending_refuses_all_keys_at_once_on_every_node_and_is_proven() {
    let (test, acme, key) = with_key(&form("acme", "")).await;
    let other = second(&test).await;
    let free = test.active_key(&new_key("Free", Grant::All)).await;
    until(&other, &key.token, Code::Valid).await;
    until(&other, &free.token, Code::Valid).await;

    let change = test.services.customers.suspend(&by(), &acme.id).await.unwrap().unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Suspended);
    let (proof, _) = test
        .services
        .cluster
        .wait_until_proven(&by(), change, Duration::from_secs(10))
        .await
        .unwrap();
    assert!(proof.in_force && proof.nodes.len() == 2, "{proof:?}");
    assert_eq!(code(&other, &key.token, "chat"), Code::Suspended);
    for node in [&test.services, &other] {
        assert_eq!(code(node, &free.token, "chat"), Code::Valid, "others go on");
    }
    test.services.receipts.issue(&by(), change, None).await.unwrap();
    assert_eq!(test.services.customers.suspend(&by(), &acme.id).await.unwrap(), None);

    // The key's own status comes first, a new key is suspended as well.
    test.services.keys.disable(&by(), &key.id).await.unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Inactive);
    test.services.keys.enable(&by(), &key.id).await.unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Suspended);

    test.services.customers.resume(&by(), &acme.id).await.unwrap().unwrap();
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    until(&other, &key.token, Code::Valid).await;
}

#[tokio::test]
async fn a_key_that_moves_follows_its_new_customer() {
    let (test, acme, key) = with_key(&form("acme", "")).await;
    let beta = add(&test.services, &form("beta", "")).await;
    test.services.customers.suspend(&by(), &acme.id).await.unwrap();
    let give = async |to: &str| {
        let form = FormValues::from([("customer", to)]);
        test.services
            .keys
            .edit_present_fields(&by(), &key.id, &form)
            .await
            .unwrap();
    };
    give("beta").await;
    let answer = decide(&test.services, key.token.reveal(), "chat");
    assert_eq!((answer.code, answer.customer.as_deref()), (Code::Valid, Some("beta")));
    test.services.customers.delete(&by(), &acme.id).await.unwrap();
    // A customer that takes the place of a deleted one in the index has none of its keys.
    add(&test.services, &form("gamma", "")).await;
    assert_eq!(
        decide(&test.services, key.token.reveal(), "chat").customer.as_deref(),
        Some("beta")
    );
    give("").await;
    test.services.customers.delete(&by(), &beta.id).await.unwrap();
    assert_eq!(decide(&test.services, key.token.reveal(), "chat").customer, None);
}

#[tokio::test]
async fn a_command_changes_a_customer_of_a_running_server() {
    let (test, acme, key) = with_key(&form("acme", "")).await;
    let command = test.another(3).await;
    command.customers.suspend(&by(), &acme.id).await.unwrap();
    until(&test.services, &key.token, Code::Suspended).await;
    command.customers.resume(&by(), &acme.id).await.unwrap();
    until(&test.services, &key.token, Code::Valid).await;
}

#[tokio::test]
async fn metadata_is_stored_as_it_was_written() {
    let test = TestBackend::serving().await;
    let written = "{\"n\": 12345678901234567890.10, \"nul\": \"\\u0000\", \"ü\": [\"🛒\"]}";
    let new = backend::keys::NewKey {
        metadata: Metadata::read(written).unwrap(),
        ..new_key("Shop", Grant::All)
    };
    let key = test.active_key(&new).await;
    let answer = decide(&test.services, key.token.reveal(), "chat");
    assert_eq!(answer.metadata, Some(written.replace(": ", ":").replace(", ", ",")));
}
