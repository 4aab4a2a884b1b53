//! The node may not serve, and says why.

use model::time::MINUTE;

use crate::common::{Setup, TestApp};

#[tokio::test]
async fn a_node_that_has_not_loaded_its_keys_says_so() {
    let setup = Setup {
        loaded: false,
        ..Setup::default()
    };
    let answer = TestApp::with(setup).await.get("/readyz").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (503, "The keys are not loaded yet.\n")
    );
}

#[tokio::test]
async fn a_node_without_a_database_says_so() {
    let app = TestApp::new().await;
    app.pass_in_silence(5 * MINUTE + 1);
    let answer = app.get("/readyz").await;
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("database"), "{}", answer.body);
}
