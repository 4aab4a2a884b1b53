//! The requests of customers.

use model::customer::CustomerRef;
use model::endpoint::Grant;
use model::number::Separator;
use model::time::{DAY, HOUR};
use model::verify::Code;

use super::{by, form, of, with_key};
use crate::common::database::number;
use crate::common::{code, new_key};

#[tokio::test]
async fn requests_are_counted_for_the_customer_also_after_the_key_is_gone() {
    let (test, acme, key) = with_key(&form("acme", "")).await;
    let other = test.active_key(&of(&acme)).await;
    let plain = test.active_key(&new_key("Plain", Grant::All)).await;
    // Those that waited for the keys to be active.
    test.services.usage.flush().await.unwrap();
    let named = CustomerRef::Id(acme.id.clone());
    let requests = async || {
        let record = test.services.customers.record(&by(), &named).await.unwrap();
        record.uses.requests_24h
    };
    let before = requests().await;
    for key in [&key, &other, &plain] {
        assert_eq!(code(&test.services, &key.token, "chat"), Code::Valid);
        code(&test.services, &key.token, "no-such-endpoint");
    }
    test.services.usage.flush().await.unwrap();
    assert_eq!(requests().await, before + 4);
    test.services.keys.delete(&by(), &key.id).await.unwrap();
    test.services.usage.flush().await.unwrap();
    assert_eq!(requests().await, before + 4);
    let details = test
        .services
        .customers
        .details(&by(), &acme.id, Separator::Comma)
        .await
        .unwrap();
    assert_eq!(details.month.allowed + details.month.refused, before + 4);
    assert!(details.row.uses.last_used_at.is_some());
}

#[tokio::test]
async fn old_hours_become_days_and_very_old_ones_go() {
    let (test, acme, key) = with_key(&form("acme", "")).await;
    for _ in 0..3 {
        code(&test.services, &key.token, "chat");
        test.services.usage.flush().await.unwrap();
        test.clock.advance(HOUR);
        test.services.cluster.load_index().await.unwrap();
    }
    let db = test.connect_directly().await;
    let rows = async || number(&db, "SELECT count(DISTINCT hour) FROM customer_usage").await;
    let sum = async || number(&db, "SELECT CAST(sum(count) AS bigint) FROM customer_usage").await;
    assert_eq!(rows().await, 3);
    let counted = sum().await;
    test.clock.advance(12 * DAY);
    test.services.usage.apply_retention().await.unwrap();
    assert!(rows().await <= 2, "one for each day");
    assert_eq!(sum().await, counted);
    let details = test
        .services
        .customers
        .details(&by(), &acme.id, Separator::Comma)
        .await
        .unwrap();
    assert_eq!(
        details.month.allowed + details.month.refused,
        u64::try_from(counted).unwrap()
    );
    test.clock.advance(400 * DAY);
    test.services.usage.apply_retention().await.unwrap();
    assert_eq!(rows().await, 0);
}
