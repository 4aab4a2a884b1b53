use futures_util::future::join_all;
use serde_json::json;

use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn a_change_depends_on_the_entity_tag() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let key = program.create_key("Shop").await;
    let path = format!("/keys/{}", key["id"].as_str().unwrap());
    let tag = program.get(&path).await.header("etag").unwrap().to_owned();
    let rename = |name: &str, tag: &str| program.patch(&path, &json!({"name": name})).header("if-match", tag);
    let answer = rename("Store", &tag).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let events = app.audit_events().await;
    for old in [
        tag.as_str(),
        "\"made-up\"",
        &format!("W/{}", answer.header("etag").unwrap()),
    ] {
        let refused = rename("Other", old).await;
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (412, "ERR_PRECONDITION_FAILED"),
            "{old}"
        );
        let refused = program.ask("DELETE", &path).header("if-match", old).await;
        assert_eq!(refused.status, 412, "{old}");
    }
    assert_eq!(app.audit_events().await, events);
    let now = answer.header("etag").unwrap().to_owned();
    assert_eq!(rename("Other", &format!("\"made-up\", {now}")).await.status, 200);
    assert_eq!(rename("Any", "*").await.status, 200);
    // What no longer exists has no tag at all.
    assert_eq!(program.ask("DELETE", &path).header("if-match", "*").await.status, 204);
    assert_eq!(program.ask("DELETE", &path).header("if-match", "*").await.status, 404);
}

#[tokio::test]
async fn of_many_changes_with_one_tag_one_is_made() {
    let app = TestApp::new().await;
    let program = Program::new(&app, "developer", &[]).await;
    let key = program.create_key("Shop").await;
    let path = format!("/keys/{}", key["id"].as_str().unwrap());
    let tag = program.get(&path).await.header("etag").unwrap().to_owned();
    let calls = (0..20).map(|number| {
        let call = program
            .patch(&path, &json!({"name": format!("name {number}")}))
            .header("if-match", &tag);
        async move { call.await.status }
    });
    let statuses = join_all(calls).await;
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|status| **status == 412).count(),
        19,
        "{statuses:?}"
    );
}
