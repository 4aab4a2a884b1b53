use serde_json::json;

use crate::common::TestApp;
use crate::manage::Program;

#[tokio::test]
async fn what_is_made_is_found_where_the_answer_says() {
    let app = TestApp::new().await;
    let admin = Program::new(&app, "admin", &[]).await;
    let category = json!({"category": "gender", "on": true, "threshold": 30, "action": "block"});
    for (path, body) in [
        ("/environments", json!({"name": "staging", "kind": "test"})),
        (
            "/endpoints",
            json!({"name": "translate", "title": "Translate", "patterns": [
                {"method": "POST", "path": "/api/v1/translate"}, {"method": "GET", "path": "/api/v1/translate/{id}"},
            ]}),
        ),
        (
            "/profiles",
            json!({"name": "Strict", "description": "For children", "categories": [category]}),
        ),
    ] {
        let made = admin.post(path, &body).await;
        assert_eq!(made.status, 201, "{path}: {}", made.body);
        let change = app.services.cluster.last_change().await.unwrap();
        assert_eq!(made.header("latchkey-change").unwrap(), change.to_string(), "{path}");
        let location = made
            .header("location")
            .unwrap()
            .strip_prefix("/manage/v1")
            .unwrap()
            .to_owned();
        let read = admin.get(&location).await;
        assert_eq!(read.json(), made.json(), "{path}");
        assert_eq!(read.header("etag"), made.header("etag"), "{path}");
        for (name, value) in body.as_object().unwrap() {
            if name != "categories" {
                assert_eq!(&made.json()[name], value, "{path} {name}");
            }
        }
    }
    let profiles = admin.get("/profiles").await.json();
    let categories = profiles["data"][0]["categories"].as_array().unwrap();
    assert_eq!(categories.len(), 9);
    assert!(categories.contains(&category));
    assert_eq!(categories.iter().filter(|one| one["on"] == true).count(), 1);
}
