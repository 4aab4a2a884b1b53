//! The 404 page.

use crate::common::TestApp;

#[tokio::test]
async fn an_unknown_path_shows_the_404_page() {
    let app = TestApp::new().await.with_owner().await;
    for path in [
        "/no-such-page",
        "/keys/new/more",
        "/keys/key_0000000000/end-old-token",
        "/profiles/new/more",
        "/index.html",
        "/api",
        "/logins",
    ] {
        let page = app.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains("There is no such page"), "{path}: {}", page.body);
    }
}

#[tokio::test]
async fn the_dialogs_of_an_unknown_key_say_that_there_is_none() {
    let app = TestApp::new().await.with_owner().await;
    for id in ["key_0000000000", "nonsense"] {
        for screen in ["", "/edit", "/rotate", "/delete"] {
            let page = app.get(&format!("/keys/{id}{screen}")).await;
            assert_eq!(page.status, 404, "{id}{screen}");
            assert!(
                page.body.contains("It may have been deleted."),
                "{id}{screen}: {}",
                page.body
            );
        }
    }
}

#[tokio::test]
async fn the_dialogs_of_an_unknown_bias_profile_say_that_there_is_none() {
    let app = TestApp::new().await.with_owner().await;
    for id in ["prof_0000000000", "nonsense"] {
        for screen in ["", "/edit", "/delete"] {
            let page = app.get(&format!("/profiles/{id}{screen}")).await;
            assert_eq!(page.status, 404, "{id}{screen}");
            assert!(
                page.body.contains("It may have been deleted."),
                "{id}{screen}: {}",
                page.body
            );
        }
    }
}

#[tokio::test]
async fn an_unknown_file_gets_404() {
    let app = TestApp::new().await;
    for path in [
        "/assets/no-such.js",
        "/assets/..%2fmanifest.json",
        "/assets/manifest.json",
    ] {
        assert_eq!(app.get(path).await.status, 404, "{path}");
    }
}
