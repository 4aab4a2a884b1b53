use super::create;
use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn a_customer_without_keys_is_deleted() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "admin", &[]).await;
    create(&program, "acme").await;
    let answer = program.ask("DELETE", "/customers/external:acme").await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert!(answer.header("latchkey-change").is_some());
    assert_eq!(program.get("/customers/external:acme").await.status, 404);
}
