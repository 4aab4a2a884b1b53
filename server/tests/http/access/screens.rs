//! The screens.

use model::role::Role;

use super::{For, Things};
use crate::common::TestApp;

/// Whom a screen is for; the doors are for who is signed out.
fn whom(path: &str) -> For {
    let least = For::Least;
    match path {
        "/login" | "/login/code" | "/setup" | "/reset" | "/invite" => For::Anybody,
        "/"
        | "/keys"
        | "/keys/:id"
        | "/usage"
        | "/profiles"
        | "/profiles/:id"
        | "/settings"
        | "/settings/endpoints"
        | "/settings/security" => least(Role::Viewer),
        "/keys/new" | "/keys/:id/edit" | "/keys/:id/rotate" | "/keys/:id/delete" => least(Role::Developer),
        "/profiles/new" | "/profiles/:id/edit" | "/profiles/:id/delete" | "/audit" => least(Role::Admin),
        "/settings/users" => least(Role::Owner),
        path => panic!("nobody has said who may see {path}"),
    }
}

fn address(path: &str, things: &Things) -> String {
    let id = match path.split('/').nth(1).zip(path.split('/').nth(2)) {
        Some(("profiles", _)) => &things.about.profile,
        _ => &things.about.key,
    };
    path.replace(":id", id).replace(":name", &things.endpoint)
}

fn screens() -> Vec<String> {
    let routes = leptos_axum::generate_route_list(app::App);
    let mut paths: Vec<String> = routes
        .iter()
        .map(|route| match route.path().trim_end_matches('/') {
            "" => "/".to_owned(),
            path => path.replace('{', ":").replace('}', ""),
        })
        .collect();
    // One route stands for all of the settings: its tabs are what differs.
    let settings = paths.iter().position(|path| path.starts_with("/settings"));
    paths.remove(settings.expect("the settings have a route"));
    paths.extend(app::tab_paths().map(str::to_owned));
    paths.sort();
    paths.dedup();
    paths
}

/// The address of every screen, about things that are there.
pub async fn screen_addresses(app: &TestApp) -> Vec<String> {
    let _ = any_spawner::Executor::init_tokio();
    let things = Things::fresh(app, Role::Owner, 0).await;
    screens().iter().map(|path| address(path, &things)).collect()
}

#[tokio::test]
async fn every_screen_is_for_whom_the_table_says() {
    let _ = any_spawner::Executor::init_tokio();
    let screens = screens();
    assert!(screens.len() > 20, "{screens:?}");
    for role in Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        let things = Things::fresh(&app, role, 0).await;
        for path in &screens {
            let page = app.get(&address(path, &things)).await;
            match whom(path) {
                For::Anybody => assert!(
                    matches!(page.status, 200 | 303 | 410),
                    "{role:?} {path}: {}",
                    page.status
                ),
                whom if whom.may(role) => assert_eq!(page.status, 200, "{role:?} {path}"),
                For::Least(_) => assert_eq!(page.status, 403, "{role:?} {path}"),
            }
        }
        app.forget_cookies();
        for path in &screens {
            let page = app.get(&address(path, &things)).await;
            if whom(path) != For::Anybody {
                assert_eq!((page.status, page.header("location")), (303, Some("/login")), "{path}");
            }
        }
    }
}
