//! The form is invalid, or another person saved first. Nothing is saved, and the typed text stays.

use super::strict;
use crate::common::TestApp;
use crate::profiles_new::{create, delivered, key_with, named, post};

#[tokio::test]
async fn an_edit_does_not_overwrite_a_version_of_another_person() {
    let app = TestApp::new().await.with_owner().await;
    let (id, path, mut form) = strict(&app).await;
    let key = key_with(&app, &id).await;
    form.threshold[2] = "30".to_owned();
    assert_eq!(post(&app, &path, &form).await.status, 303);
    form.threshold[2] = "50".to_owned();
    let page = post(&app, &path, &form).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("made version 2 meanwhile"), "{}", page.body);
    assert!(page.attributes("value").contains(&"50"), "the typed value stays");
    assert_eq!(delivered(&app, &key).await["version"], 2);
    // The form in the answer has the newer version. When it is sent again, it is saved.
    assert!(page.body.contains("name=\"version\" value=\"2\""), "{}", page.body);
    form.version = "2".to_owned();
    assert_eq!(post(&app, &path, &form).await.status, 303);
    assert_eq!(delivered(&app, &key).await["version"], 3);
}

#[tokio::test]
async fn the_name_of_another_profile_is_refused() {
    let app = TestApp::new().await.with_owner().await;
    let (_, path, mut form) = strict(&app).await;
    create(&app, &named("Lax")).await;
    form.name = "lax".to_owned();
    let page = post(&app, &path, &form).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("Another profile has this name."), "{}", page.body);
    assert!(page.attributes("id").contains(&"name-error"));
}

#[tokio::test]
async fn a_mistake_is_shown_at_its_field() {
    let app = TestApp::new().await.with_owner().await;
    let (_, path, mut form) = strict(&app).await;
    form.threshold[4] = "high".to_owned();
    let page = post(&app, &path, &form).await;
    assert_eq!(page.status, 422);
    assert!(page.attributes("id").contains(&"threshold-political_affiliation-error"));
}
