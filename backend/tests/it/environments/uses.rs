//! The uses of an environment key, which is in no list of keys.

use super::{ask, by, grace, make, number, reveal, rotate, row};
use crate::common::{TestBackend, decide, decide_from};
use backend::Error;
use model::key_list::KeyQuery;
use model::list::ListQuery;
use model::number::Separator;
use model::time::MINUTE;
use model::verify::Code;

#[tokio::test]
async fn the_last_use_of_an_environments_key_is_stored() {
    let test = TestBackend::serving().await;
    let made = make(&test, "staging", "test").await;
    let token = reveal(&test.services, &made.id).await;
    test.clock.advance(MINUTE);
    let used = test.services.now();
    decide_from(&test.services, &token, "chat", "198.51.100.7");
    test.clock.advance(MINUTE);
    assert_eq!(row(&test.services, "staging").await.last_used_at, Some(used));
    assert_eq!(row(&test.services, "default").await.last_used_at, None);
    let from = "SELECT count(*) FROM environment_keys WHERE last_used_from = '198.51.100.7'";
    assert_eq!(number(&test, from).await, 1);
    // That use belongs to what is now the old token. The new token has no use yet.
    rotate(&test.services, &made.id, &grace("24h")).await;
    assert_eq!(row(&test.services, "staging").await.last_used_at, None);
    // An earlier use that another node stores later does not change the last use.
    let other = test.another(2).await;
    other.cluster.load_index().await.unwrap();
    let token = reveal(&test.services, &made.id).await;
    decide(&other, &token, "chat");
    test.clock.advance(MINUTE);
    let used = test.services.now();
    decide(&test.services, &token, "chat");
    test.services.usage.flush().await.unwrap();
    other.usage.flush().await.unwrap();
    assert_eq!(row(&test.services, "staging").await.last_used_at, Some(used));
}

#[tokio::test]
async fn each_token_of_an_environment_key_has_its_own_address_of_last_use() {
    let test = TestBackend::serving().await;
    let id = row(&test.services, "default").await.id;
    let old = reveal(&test.services, &id).await;
    rotate(&test.services, &id, &grace("24h")).await;
    let new = reveal(&test.services, &id).await;
    test.clock.advance(MINUTE);
    decide_from(&test.services, &old, "chat", "192.0.2.1");
    test.clock.advance(MINUTE);
    decide_from(&test.services, &new, "chat", "192.0.2.2");
    // One flush stores the uses of both tokens: the address from which the old token was used is lost.
    test.services.usage.flush().await.unwrap();
    let from = |address, which| {
        format!("SELECT count(*) FROM environment_keys WHERE last_used_from {address} AND ends_at IS {which} NULL")
    };
    assert_eq!(number(&test, &from("= '192.0.2.2'", "")).await, 1);
    assert_eq!(number(&test, &from("= '192.0.2.2'", "NOT")).await, 0);
    decide_from(&test.services, &old, "chat", "192.0.2.1");
    test.clock.advance(MINUTE);
    decide_from(&test.services, &old, "chat", "192.0.2.1");
    test.services.usage.flush().await.unwrap();
    assert_eq!(number(&test, &from("= '192.0.2.1'", "NOT")).await, 1);
}

#[tokio::test]
async fn an_environment_key_is_not_in_the_list_of_keys() {
    let test = TestBackend::serving().await;
    let default = row(&test.services, "default").await;
    let token = reveal(&test.services, &default.id).await;
    decide(&test.services, &token, "chat");
    test.services.usage.flush().await.unwrap();
    let page = test.services.keys.list(&by(), &KeyQuery::default()).await.unwrap();
    assert_eq!((page.rows.len(), page.total), (0, 0));
    let searched = KeyQuery {
        search: default.last_four.clone(),
        ..KeyQuery::default()
    };
    assert!(test.services.keys.list(&by(), &searched).await.unwrap().rows.is_empty());
    let page = test.services.home.page(&by(), "", Separator::Comma).await.unwrap();
    assert_eq!((page.total(), page.any_keys), (0, false));
    // Its uses still count for the environment.
    assert_eq!((page.requests.allowed(), page.requests.total()), (1, 1));
    let own = format!(
        "SELECT CAST(sum(count) AS bigint) FROM usage_hours WHERE key_id = '{}'",
        default.key_id
    );
    assert_eq!(number(&test, &own).await, 1);
    assert_eq!(
        test.services
            .endpoints
            .list(&by(), &ListQuery::default())
            .await
            .unwrap()
            .keys_with_all,
        0
    );
    // The functions for API keys do not find it either.
    let as_key = test.services.keys.delete(&by(), &default.key_id).await.unwrap_err();
    assert!(matches!(as_key, Error::NotFound(_)), "{as_key:?}");
    assert_eq!(ask(&test.services, &token), Code::Valid);
}
