use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn a_deleted_key_is_refused_and_gone() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let key = program.create_key("Shop").await;
    let path = format!("/keys/{}", key["id"].as_str().unwrap());
    let answer = program.ask("DELETE", &path).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    let change: i64 = answer.header("latchkey-change").unwrap().parse().unwrap();
    assert_eq!(app.services.cluster.last_change().await.unwrap(), change);
    assert_eq!(app.code(key["token"].as_str().unwrap(), "chat").await, "NOT_FOUND");
    let again = program.ask("DELETE", &path).await;
    assert_eq!((again.status, again.problem().as_str()), (404, "ERR_NOT_FOUND"));
}
