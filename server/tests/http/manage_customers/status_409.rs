use super::{create, create_key};
use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn a_customer_with_keys_is_not_deleted() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "admin", &[]).await;
    create(&program, "acme").await;
    create_key(&app, &program, "external:acme").await;
    let refused = program.ask("DELETE", "/customers/external:acme").await;
    assert_eq!((refused.status, refused.problem().as_str()), (409, "ERR_CONFLICT"));
    assert!(refused.body.contains("1 key: “Shop”"), "{}", refused.body);
}
