//! Tokens: two at a time, with an end and addresses, stored as hashes only.

use backend::Error;
use backend::audit::Actor;
use backend::error::{Conflict, Forbidden, NotFound};
use backend::service_accounts::TokenTerms;
use model::address::AllowedAddresses;
use model::time::{DAY, MINUTE};

use super::{ADDRESS, actor, add};
use crate::common::{TestBackend, error_of};

#[tokio::test]
async fn a_token_is_accepted_until_it_is_ended() {
    let test = TestBackend::new().await;
    let before = test.events().await;
    let new = add(&test, "billing", "developer", &[]).await;
    assert!(new.token.starts_with("lkm_"));
    assert!(!test.stores(&new.token).await, "the token is in the database");
    assert!(actor(&test.services, &new.token).await.is_some());
    // Another process knows it at once, and knows at once when it has ended.
    let other = test.another(2).await;
    assert!(actor(&other, &new.token).await.is_some());
    test.services
        .service_accounts
        .end_token(&Actor::command_line(), &new.id)
        .await
        .unwrap();
    assert!(actor(&test.services, &new.token).await.is_none());
    assert!(actor(&other, &new.token).await.is_none());
    let again = test
        .services
        .service_accounts
        .end_token(&Actor::command_line(), &new.id)
        .await;
    assert!(
        matches!(again, Err(Error::NotFound(NotFound::ServiceToken(_)))),
        "{again:?}"
    );
    assert_eq!(test.events().await, before + 3);
}

#[tokio::test]
async fn other_texts_are_refused() {
    let test = TestBackend::new().await;
    let new = add(&test, "billing", "developer", &[]).await;
    for text in [
        "",
        "lkm_",
        &new.token[1..],
        &new.token.replace("lkm_", "sk_live_"),
        &"x".repeat(100_000),
    ] {
        assert!(actor(&test.services, text).await.is_none(), "{text:.50}");
    }
    let unknown = model::service_token::compose("7Gq2mXv0RkTzLw9BnYd4Hs1PfUe8Jc");
    assert!(actor(&test.services, &unknown).await.is_none());
}

#[tokio::test]
async fn there_are_two_at_a_time() {
    let test = TestBackend::new().await;
    let by = Actor::command_line();
    let accounts = &test.services.service_accounts;
    let first = add(&test, "billing", "developer", &[]).await;
    let terms = TokenTerms {
        expires_at: Some(test.now().plus(DAY)),
        ..TokenTerms::default()
    };
    let second = accounts.add_token(&by, &first.account, &terms).await.unwrap();
    let third = accounts.add_token(&by, &first.account, &TokenTerms::default()).await;
    assert!(
        matches!(third, Err(Error::Conflict(Conflict::TooManyServiceTokens(_)))),
        "{third:?}"
    );
    for token in [&first.token, &second.token] {
        assert!(actor(&test.services, token).await.is_some());
    }
    // One that has expired makes room.
    test.clock.advance(DAY);
    assert!(actor(&test.services, &second.token).await.is_none());
    let third = accounts.add_token(&by, &first.account, &TokenTerms::default()).await;
    assert!(actor(&test.services, &third.unwrap().token).await.is_some());
    let shown = accounts.find(&by, &first.account).await.unwrap();
    assert_eq!(shown.tokens.len(), 2);
}

#[tokio::test]
async fn an_end_lies_ahead() {
    let test = TestBackend::new().await;
    let new = add(&test, "billing", "developer", &[]).await;
    for end in [test.now(), test.now().plus(4_000 * DAY)] {
        let terms = TokenTerms {
            expires_at: Some(end),
            ..TokenTerms::default()
        };
        let refused = test
            .services
            .service_accounts
            .add_token(&Actor::command_line(), &new.account, &terms)
            .await;
        assert!(!error_of(refused, "expires").is_empty());
    }
}

#[tokio::test]
async fn a_token_is_used_from_its_addresses_only() {
    let test = TestBackend::new().await;
    let new = add(&test, "billing", "developer", &[]).await;
    let terms = TokenTerms {
        addresses: AllowedAddresses::read("203.0.113.0/24").unwrap(),
        ..TokenTerms::default()
    };
    let accounts = &test.services.service_accounts;
    let second = accounts
        .add_token(&Actor::command_line(), &new.account, &terms)
        .await
        .unwrap();
    let inside = Some("203.0.113.9".parse().unwrap());
    assert!(accounts.authenticate(&second.token, inside).await.unwrap().is_some());
    for outside in [Some(ADDRESS), None] {
        let refused = accounts.authenticate(&second.token, outside).await;
        assert!(
            matches!(refused, Err(Error::Forbidden(Forbidden::ServiceTokenAddress))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn the_last_use_is_stored_by_the_minute() {
    let test = TestBackend::new().await;
    let new = add(&test, "billing", "developer", &[]).await;
    let by = Actor::command_line();
    let accounts = &test.services.service_accounts;
    let last_use = async || {
        let token = accounts.find(&by, &new.account).await.unwrap().tokens.remove(0);
        (token.last_used_at, token.last_used_from)
    };
    assert_eq!(last_use().await, (None, None));
    let first = test.now();
    actor(&test.services, &new.token).await.unwrap();
    assert_eq!(last_use().await, (Some(first), Some(ADDRESS.to_string())));
    test.clock.advance(MINUTE - 1);
    actor(&test.services, &new.token).await.unwrap();
    assert_eq!(last_use().await.0, Some(first));
    test.clock.advance(1);
    actor(&test.services, &new.token).await.unwrap();
    assert_eq!(last_use().await.0, Some(test.now()));
}
