//! Too many wrong codes.

use model::time::SECOND;

use super::Protected;

#[tokio::test]
async fn after_five_wrong_codes_even_the_right_one_must_wait() {
    let protected = Protected::new().await;
    protected.enter_password().await;
    for _ in 0..5 {
        assert_eq!(protected.enter_code("000000").await.status, 401);
    }
    let refused = protected.enter_code(&protected.code()).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
    assert!(
        refused.body.contains("Too many attempts. Try again in 1 s."),
        "{}",
        refused.body
    );
    assert_eq!(refused.set_cookies(), [""; 0]);
    protected.enter_password().await;
    assert_eq!(
        protected.enter_code(&protected.code()).await.status,
        429,
        "the password does not end the wait"
    );
    protected.app.pass(SECOND).await;
    assert_eq!(protected.enter_code(&protected.code()).await.status, 303);
}

#[tokio::test]
async fn wrong_codes_do_not_delay_recovery_codes() {
    let protected = Protected::new().await;
    protected.enter_password().await;
    while protected.enter_code("000000").await.status != 429 {}
    assert_eq!(protected.enter_code(&protected.recovery_codes[0]).await.status, 303);
}
