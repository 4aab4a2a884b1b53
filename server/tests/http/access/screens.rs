//! Which roles may see each screen.

use app::screens::{Access, pages};
use model::role::Role;

use super::{For, Things};
use crate::common::TestApp;

/// The least role for a screen. Entry pages are for browsers without a session.
fn whom(access: Access) -> For {
    match access {
        Access::Public => For::Anybody,
        Access::Needs(permission) => For::Least(permission.lowest_role()),
    }
}

fn address(path: &str, things: &Things) -> String {
    let id = if path.starts_with("/profiles") {
        &things.about.profile
    } else {
        &things.about.key
    };
    path.replace("{id}", id)
}

/// The URL of every screen, with IDs of things that exist.
pub async fn screen_addresses(app: &TestApp) -> Vec<String> {
    let _ = any_spawner::Executor::init_tokio();
    let things = Things::fresh(app, Role::Owner, 0).await;
    pages().iter().map(|(path, _)| address(path, &things)).collect()
}

#[tokio::test]
async fn every_screen_admits_the_roles_of_its_row() {
    let _ = any_spawner::Executor::init_tokio();
    let pages = pages();
    assert!(pages.len() > 20, "{pages:?}");
    for role in Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        let things = Things::fresh(&app, role, 0).await;
        for (path, access) in &pages {
            let page = app.get(&address(path, &things)).await;
            match whom(*access) {
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
        for (path, access) in &pages {
            let page = app.get(&address(path, &things)).await;
            if whom(*access) != For::Anybody {
                assert_eq!((page.status, page.header("location")), (303, Some("/login")), "{path}");
            }
        }
    }
}
