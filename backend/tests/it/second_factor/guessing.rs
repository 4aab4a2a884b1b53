//! Guessing codes is slowed down.

use super::{log_in, protected};
use crate::common::PASSWORD;
use crate::common::people::{ADDRESS, browser};
use backend::accounts::{Browser, LoginError};
use model::time::{DAY, SECOND};

#[tokio::test]
async fn guessing_codes_is_slowed_down_and_recovery_codes_still_work() {
    let (test, app, codes) = protected().await;
    for _ in 0..5 {
        assert!(matches!(log_in(&test, "000000").await, Err(LoginError::WrongCode)));
    }
    for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        let refused = log_in(&test, &app.code(test.now())).await.unwrap_err();
        assert_eq!(refused.retry_after(), Some(wait));
        test.clock.advance(wait * SECOND);
        assert!(matches!(log_in(&test, "000000").await, Err(LoginError::WrongCode)));
    }
    log_in(&test, &codes[0]).await.unwrap();
    test.clock.advance(DAY);
    log_in(&test, &app.code(test.now())).await.unwrap();
}

#[tokio::test]
async fn a_right_password_does_not_reset_the_count_of_wrong_codes() {
    let (test, ..) = protected().await;
    for _ in 0..5 {
        log_in(&test, "000000").await.unwrap_err();
    }
    test.try_password("ada", PASSWORD).await.unwrap();
    assert!(matches!(log_in(&test, "000000").await, Err(LoginError::TooMany(_))));
}

#[tokio::test]
async fn wrong_recovery_codes_slow_down_their_address() {
    let (test, _, codes) = protected().await;
    let ticket = test.ticket("ada").await;
    let attempt = async |typed: &str, address: &str| {
        let browser = Browser {
            address: address.to_owned(),
            ..browser()
        };
        test.services.accounts.log_in_with_code(&ticket, typed, browser).await
    };
    for typed in ["", "nothing like a code"].repeat(10) {
        assert!(matches!(attempt(typed, ADDRESS).await, Err(LoginError::WrongCode)));
    }
    let slowed = attempt(&codes[0], ADDRESS).await;
    assert!(matches!(slowed, Err(LoginError::TooMany(_))));
    attempt(&codes[0], "192.0.2.99").await.unwrap();
}
