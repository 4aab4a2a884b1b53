//! Which roles may see each screen.

use app::page_paths;
use app::screens::Access;
use model::role::Role;

use super::{AllowedCaller, TestObjects};
use crate::common::TestApp;

/// The lowest role for a screen. Entry pages are for browsers without a session.
fn allowed_caller(access: Access) -> AllowedCaller {
    match access {
        Access::Public => AllowedCaller::Anybody,
        Access::Needs(permission) => AllowedCaller::AtLeast(permission.lowest_role()),
    }
}

fn address(path: &str, objects: &TestObjects) -> String {
    path.replace("{id}", objects.subjects.id(path))
}

/// The URL of every screen, with IDs of things that exist.
pub async fn screen_addresses(app: &TestApp) -> Vec<String> {
    let _ = any_spawner::Executor::init_tokio();
    let objects = TestObjects::create(app, Role::Owner, 0).await;
    page_paths().iter().map(|(path, _)| address(path, &objects)).collect()
}

#[tokio::test]
async fn every_screen_admits_the_roles_of_its_row() {
    let _ = any_spawner::Executor::init_tokio();
    let pages = page_paths();
    assert!(pages.len() > 20, "{pages:?}");
    for role in Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        let objects = TestObjects::create(&app, role, 0).await;
        for (path, access) in &pages {
            let page = app.get(&address(path, &objects)).await;
            match allowed_caller(*access) {
                AllowedCaller::Anybody => assert!(
                    matches!(page.status, 200 | 303 | 410),
                    "{role:?} {path}: {}",
                    page.status
                ),
                caller if caller.may(role) => assert_eq!(page.status, 200, "{role:?} {path}"),
                AllowedCaller::AtLeast(_) => assert_eq!(page.status, 403, "{role:?} {path}"),
            }
        }
        app.forget_cookies();
        for (path, access) in &pages {
            let page = app.get(&address(path, &objects)).await;
            if allowed_caller(*access) != AllowedCaller::Anybody {
                assert_eq!((page.status, page.header("location")), (303, Some("/login")), "{path}");
            }
        }
    }
}
