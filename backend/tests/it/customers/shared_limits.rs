//! Limits that all keys of a customer share.

use model::customer::{CustomerOutcome, CustomerRef};
use model::form_values::FormValues;
use model::limit::Window;
use model::time::{MINUTE, SECOND};
use model::verify::Code;

use super::{by, form, of, second, with_key};
use crate::common::{code, decide, until};

#[tokio::test]
async fn keys_share_the_limits_of_their_customer() {
    let mut limited = form("acme", "");
    limited.set("limit_minute", "3");
    let (test, _, one) = with_key(&limited).await;
    let customer = test
        .services
        .customers
        .find(&by(), &CustomerRef::External("acme".to_owned()))
        .await
        .unwrap();
    let other = test.active_key(&of(&customer)).await;
    test.clock.advance(MINUTE);
    for key in [&one, &other, &one] {
        assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
    }
    let refused = decide(&test.services, other.token.reveal(), "chat");
    assert_eq!(refused.code, Code::RateLimited);
    let limits = refused.limits.unwrap();
    assert_eq!(
        (limits.refused_by, limits.refused_by_customer),
        (Some(Window::Minute), true)
    );
    assert_eq!(limits.windows().count(), 0, "the key has no limit of its own");
    assert_eq!(limits.customer_windows().next().unwrap().limit, 3);
    test.clock.advance(20 * SECOND);
    assert_eq!(code(&test.services, &other.token, "chat"), Code::Valid);

    // Another name does not fill the bucket again; another limit does.
    let edit = async |field, text| {
        let form = FormValues::from([(field, text)]);
        let edited = test.services.customers.edit(&by(), &customer.id, &form).await.unwrap();
        assert!(matches!(edited, CustomerOutcome::Saved { change: Some(_), .. }));
    };
    edit("name", "Acme Inc.").await;
    assert_eq!(code(&test.services, &one.token, "chat"), Code::RateLimited);
    edit("limit_minute", "4").await;
    assert_eq!(code(&test.services, &one.token, "chat"), Code::Valid);
}

#[tokio::test]
async fn two_nodes_share_the_limit_of_a_customer() {
    let mut limited = form("acme", "");
    limited.set("limit_day", "100");
    let (test, customer, one) = with_key(&limited).await;
    let other_node = second(&test).await;
    let other = test.active_key(&of(&customer)).await;
    until(&other_node, &other.token, Code::Valid).await;
    let nodes = [&test.services, &other_node];
    for node in nodes {
        node.cluster.join().await.unwrap();
    }
    for node in nodes {
        node.cluster.exchange_limits().await.unwrap();
    }
    let mut allowed = 0;
    for _ in 0..80 {
        for (node, key) in nodes.into_iter().zip([&one, &other]) {
            allowed += u32::from(code(node, &key.token, "chat") == Code::Valid);
            // A node whose heartbeat stands still gives its share back.
            node.cluster.join().await.unwrap();
            node.cluster.exchange_limits().await.unwrap();
        }
        test.clock.advance(SECOND);
    }
    // The first few requests, which made the keys active, are counted as well.
    assert!(
        (85..=102).contains(&allowed),
        "100 a day for both nodes together, of 160: {allowed}"
    );
}
