//! Routes that do not only show a page: plain forms, the live stream, exports.

use model::role::Role;
use model::time::MINUTE;
use server::http::routes::{Access, Route, RouteKind, routes};

use super::TestObjects;
use crate::common::{Answer, TestApp};

/// The fields of a valid form for this route.
pub fn fields(path: &str, objects: &TestObjects) -> Vec<(&'static str, String)> {
    let text =
        |pairs: &[(&'static str, &str)]| pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    match path {
        "/keys/new" => text(&[
            ("name", "Shop"),
            ("environment", "default"),
            ("endpoints", "all"),
            ("expires", "never"),
        ]),
        "/keys/{id}/edit" => text(&[("name", "Store"), ("expires", "keep")]),
        "/keys/{id}/rotate" => text(&[("grace", "24h")]),
        "/keys/{id}/end-old-token" => vec![("token", objects.subjects.old_token.clone())],
        "/customers/new" => text(&[("external_id", "new"), ("name", "New")]),
        "/customers/{id}/edit" => text(&[("name", "Another"), ("version", "1")]),
        "/customers/import" => text(&[("lines", "external_id,name\nimported,Imported\n"), ("confirm", "yes")]),
        "/profiles/new" => text(&[("name", "Mild")]),
        "/profiles/{id}/edit" => text(&[("name", "Stricter"), ("version", "1")]),
        // These forms need no fields. The forms of the entry pages log nobody in without fields.
        "/keys/{id}/disable"
        | "/keys/{id}/enable"
        | "/keys/{id}/delete"
        | "/customers/{id}/suspend"
        | "/customers/{id}/resume"
        | "/customers/{id}/delete"
        | "/profiles/{id}/delete"
        | "/environment"
        | "/preferences"
        | "/login"
        | "/login/code"
        | "/invite"
        | "/setup"
        | "/reset"
        | "/logout" => Vec::new(),
        path => panic!("no table says what to send to {path}"),
    }
}

async fn ask(app: &TestApp, route: &Route, objects: &TestObjects) -> Answer {
    let path = route.path.replace("{id}", objects.subjects.id(route.path));
    let path = path.replace("{change}", &objects.change.to_string());
    match route.kind {
        RouteKind::Get if route.path == "/events" => {
            // The live stream does not end by itself.
            let (parts, _) = app.get(&path).open().await.into_parts();
            Answer::without_body(parts)
        }
        RouteKind::Get => app.get(&path).await,
        RouteKind::Post => {
            let fields = fields(route.path, objects);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            app.post_form(&path, &fields).await
        }
    }
}

#[tokio::test]
async fn every_route_admits_the_roles_of_its_table() {
    for role in Role::ALL {
        let app = TestApp::new().await.with_user(role).await;
        for (number, route) in routes().into_iter().enumerate() {
            let Access::Needs(permission) = route.access else {
                continue;
            };
            let objects = TestObjects::create(&app, role, number).await;
            // Time passes, since a limit would leave out some of so many refusals in the log.
            app.pass(MINUTE).await;
            let events = app.audit_events().await;
            let answer = ask(&app, &route, &objects).await;
            let path = route.path;
            if role.may(permission) {
                let allowed = answer.status < 500
                    && !matches!(answer.status, 401 | 403)
                    && answer.header("location") != Some("/login");
                assert!(allowed, "{role:?} {path}: {} {}", answer.status, answer.body);
            } else {
                assert_eq!(answer.status, 403, "{role:?} {path}: {}", answer.body);
                assert_eq!(
                    app.audit_events().await,
                    events + 1,
                    "{role:?} {path}: the refusal was recorded"
                );
            }
        }
    }
}

#[tokio::test]
async fn without_a_session_every_route_except_entry_pages_leads_to_the_login() {
    let app = TestApp::new().await.with_owner().await;
    let objects = TestObjects::create(&app, Role::Owner, 0).await;
    app.forget_cookies();
    let events = app.audit_events().await;
    for route in routes() {
        let answer = ask(&app, &route, &objects).await;
        if route.access == Access::Public {
            assert!(answer.status < 500, "{}: {}", route.path, answer.status);
        } else {
            let led = (answer.status, answer.header("location"));
            // The typed text is not lost: the page that answers sends it again after logging in.
            let kept = answer.status == 401 && route.path == "/keys/new";
            assert!(kept || led == (303, Some("/login")), "{}: {led:?}", route.path);
        }
    }
    // Failed attempts at the entry pages may be recorded; nothing else was done.
    assert!(app.audit_events().await - events <= 4);
}
