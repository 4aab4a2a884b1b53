//! Screens show the uses of this moment, stored or not.

use super::{backend_with_key, uses};
use crate::common::{TestBackend, code, create, decide_from, new_key};
use backend::audit::Actor;
use backend::keys::NewKey;
use model::endpoint::Grant;
use model::key_list::KeyQuery;
use model::number::Separator;
use model::time::{HOUR, MINUTE};
use model::verify::Code;
use sea_orm::{ConnectionTrait, TransactionTrait};

#[tokio::test]
async fn a_screen_shows_uses_that_are_not_stored_yet() {
    let (test, key) = backend_with_key(Grant::All).await;
    let by = Actor::command_line();
    let now = Some(test.services.now());
    for asked in 1..=3 {
        code(&test.services, &key.token, "chat");
        let preview = test.services.keys.preview_deletion(&by, &key.id).await.unwrap();
        assert_eq!((preview.used_24h, preview.last_used_at), (asked, now));
        assert_eq!(preview.last_used_from.as_deref(), Some("192.0.2.1"));
    }
    code(&test.services, &key.token, "chat");
    let options = test.services.keys.rotation_options(&by, &key.id).await.unwrap();
    assert_eq!(options.last_used_at, now);
    code(&test.services, &key.token, "no-such");
    let requests = test
        .services
        .home
        .page(&Actor::command_line(), "", Separator::Comma)
        .await
        .unwrap()
        .requests;
    assert_eq!((requests.allowed(), requests.total()), (4, 5));
    let list = test
        .services
        .keys
        .list(&Actor::command_line(), &KeyQuery::default())
        .await
        .unwrap();
    assert_eq!((list.rows[0].used_24h, list.rows[0].last_used_at), (4, now));
}

#[tokio::test]
async fn a_list_shows_and_sorts_by_uses_of_this_moment() {
    let test = TestBackend::new().await;
    let shop = create(&test.services, &new_key("Shop", Grant::All)).await;
    test.clock.advance(MINUTE);
    let mail = create(&test.services, &new_key("Mail", Grant::All)).await;
    test.services.cluster.load_index().await.unwrap();
    let listed = async |sort: &str| {
        let query = KeyQuery {
            sort: sort.to_owned(),
            ..KeyQuery::default()
        };
        let page = test.services.keys.list(&Actor::command_line(), &query).await.unwrap();
        page.rows
            .into_iter()
            .map(|row| (row.id, row.last_used_at))
            .collect::<Vec<_>>()
    };
    decide_from(&test.services, mail.token.reveal(), "chat", "192.0.2.7");
    let first = test.services.now();
    assert_eq!(
        listed("").await,
        [(mail.id.clone(), Some(first)), (shop.id.clone(), None)]
    );
    test.clock.advance(MINUTE);
    decide_from(&test.services, shop.token.reveal(), "chat", "192.0.2.7");
    let second = test.services.now();
    assert_eq!(
        listed("used").await,
        [(shop.id.clone(), Some(second)), (mail.id.clone(), Some(first))]
    );
    // While another process writes, the list is still answered, with the stored counts.
    test.clock.advance(MINUTE);
    decide_from(&test.services, mail.token.reveal(), "chat", "192.0.2.7");
    let db = test.connect_directly().await;
    let writing = db.begin().await.unwrap();
    writing
        .execute_unprepared("UPDATE api_keys SET name = name")
        .await
        .unwrap();
    assert_eq!(listed("used").await.first(), Some(&(shop.id.clone(), Some(second))));
    writing.rollback().await.unwrap();
    assert_eq!(listed("used").await.first().map(|row| &row.0), Some(&mail.id));
}

#[tokio::test]
async fn the_home_screen_counts_requests_of_the_chosen_environment() {
    let (test, key) = backend_with_key(Grant::All).await;
    code(&test.services, &key.token, "chat");
    for (environment, requests) in [("", 1), ("default", 1), ("no-such", 0)] {
        let page = test
            .services
            .home
            .page(&Actor::command_line(), environment, Separator::Comma)
            .await
            .unwrap();
        assert_eq!(page.requests.total(), requests, "{environment:?}");
    }
}

#[tokio::test]
async fn requests_with_an_expired_key_are_shown() {
    let test = TestBackend::new().await;
    let new = NewKey {
        expires_at: Some(test.services.now().plus(HOUR)),
        ..new_key("Shop", Grant::All)
    };
    let key = create(&test.services, &new).await;
    test.pass(HOUR).await;
    assert_eq!(code(&test.services, &key.token, "chat"), Code::Expired);
    assert_eq!(test.details(&key.id).await.day, uses(0, 1));
}
