//! The code is wrong.

use super::Protected;

const WRONG: &str = "That code is wrong, or it was used already.";

#[tokio::test]
async fn a_wrong_code_is_reported_and_can_be_corrected() {
    let protected = Protected::new().await;
    protected.enter_password().await;
    for wrong in ["000000", "", "12345", "letmein", "0000-0000-0000-0000-0000-0000"] {
        let answer = protected.enter_code(wrong).await;
        assert_eq!(answer.status, 401, "{wrong}");
        assert!(answer.body.contains(WRONG), "{}", answer.body);
        assert_eq!(answer.field("code"), "", "the typed code is not sent back");
        assert_eq!(answer.set_cookies(), [""; 0], "{wrong}");
        assert_eq!(protected.app.get("/keys").await.header("location"), Some("/login"));
    }
    assert_eq!(protected.enter_code(&protected.code()).await.status, 303);
}

#[tokio::test]
async fn a_code_works_once() {
    let protected = Protected::new().await;
    for code in [protected.code(), protected.recovery_codes[0].clone()] {
        protected.app.forget_cookies();
        protected.enter_password().await;
        assert_eq!(protected.enter_code(&code).await.status, 303);
        protected.app.forget_cookies();
        protected.enter_password().await;
        let again = protected.enter_code(&code).await;
        assert_eq!(again.status, 401);
        assert!(again.body.contains(WRONG), "{}", again.body);
    }
}
