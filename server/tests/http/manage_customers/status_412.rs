use serde_json::json;

use super::{create, create_key};
use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn a_change_depends_on_the_entity_tag_and_use_does_not_change_it() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    create(&program, "acme").await;
    let path = "/customers/external:acme";
    let tag = program.get(path).await.header("etag").unwrap().to_owned();
    create_key(&app, &program, "external:acme").await;
    assert_eq!(program.get(path).await.header("etag"), Some(tag.as_str()));
    let rename = |name: &str| program.patch(path, &json!({"name": name})).header("if-match", &tag);
    assert_eq!(rename("One").await.status, 200);
    let refused = rename("Two").await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (412, "ERR_PRECONDITION_FAILED")
    );
}
