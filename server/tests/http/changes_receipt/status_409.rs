//! The change is not in force everywhere, or the records of when it was are gone.

use sea_orm::ConnectionTrait;

use super::{add_silent_node, disable, receipt};
use crate::common::TestApp;

#[tokio::test]
async fn a_change_that_a_node_has_not_applied_has_no_receipt_yet() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    add_silent_node(&app).await;
    let change = disable(&app, &key.id).await;
    let answer = receipt(&app, change).await;
    assert_eq!(answer.status, 409);
    assert_eq!(answer.problem(), "conflict");
    assert!(answer.body.contains("not in force everywhere yet"), "{}", answer.body);
}

#[tokio::test]
async fn a_change_of_an_early_version_has_no_receipt() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let change = disable(&app, &key.id).await;
    let early = format!("UPDATE change_log SET audit_number = NULL WHERE number = {change}");
    app.connect_directly().await.execute_unprepared(&early).await.unwrap();
    let answer = receipt(&app, change).await;
    assert_eq!((answer.status, answer.problem().as_str()), (409, "conflict"));
    let page = app.get(&format!("/keys/{}?tab=history", key.id)).await;
    assert!(!page.body.contains(&format!("/changes/{change}/receipt.jws")));
}
