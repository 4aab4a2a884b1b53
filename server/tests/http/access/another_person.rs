//! A tab shows the page of one person, but the browser now has the session of another. The server refuses what the tab sends.

use backend::audit::Actor;
use std::time::Duration;

use model::audit::AuditQuery;
use model::id::KeyId;
use model::role::Role;
use server::http::routes::{Access, RouteKind, routes};

use super::functions::{found, request};
use super::routes::fields;
use super::{AllowedCaller, TestObjects};
use crate::api::{Function, by_scripts, functions};
use crate::common::{TestApp, email};

const SOMEBODY_ELSE: &str = "usr_0000000000";

/// Things that the background tasks have finished with.
async fn settled(app: &TestApp) -> TestObjects {
    let objects = TestObjects::create(app, Role::Owner, 0).await;
    let key = KeyId::from_stored(objects.subjects.key.clone());
    app.services
        .keys
        .settle(&Actor::command_line(), &key, Duration::from_secs(10))
        .await
        .unwrap();
    objects
}

#[tokio::test]
async fn a_server_function_called_from_the_page_of_another_person_does_nothing() {
    let app = TestApp::new().await.with_owner().await;
    let objects = settled(&app).await;
    let before = app.audit_events().await;
    for path in found() {
        let (body, caller) = request(path, &objects);
        if caller == AllowedCaller::Anybody {
            continue;
        }
        let call = app.post(path).header("content-type", "application/json");
        let answer = call.header("latchkey-person", SOMEBODY_ELSE).body(body).await;
        assert_eq!(answer.status, 412, "{path}: {}", answer.body);
        assert!(answer.error("other_person").contains(&email(Role::Owner)), "{path}");
    }
    let newest = app
        .services
        .audit
        .list(&Actor::command_line(), &AuditQuery::default())
        .await
        .unwrap();
    assert_eq!(app.audit_events().await, before, "{:?}", newest.events.first());
}

#[tokio::test]
async fn a_form_opened_by_another_person_does_nothing() {
    let app = TestApp::new().await.with_owner().await;
    let objects = settled(&app).await;
    let before = app.audit_events().await;
    let mut forms = 0;
    for route in routes() {
        if route.kind != RouteKind::Post || route.access == Access::Public {
            continue;
        }
        let owned = fields(route.path, &objects);
        let mut sent: Vec<(&str, &str)> = owned.iter().map(|(name, value)| (*name, value.as_str())).collect();
        sent.push(("person", SOMEBODY_ELSE));
        let path = route.path.replace("{id}", objects.subjects.id(route.path));
        let answer = app.post_form(&path, &sent).await;
        assert_eq!(answer.status, 409, "{path}");
        let sentence = format!("You are logged in as {}, and the form", email(Role::Owner));
        assert!(answer.body.contains(&sentence), "{path}");
        forms += 1;
    }
    assert!(forms > 8, "{forms}");
    assert_eq!(app.audit_events().await, before, "nothing was done");
}

#[tokio::test]
async fn a_form_sent_by_scripts_from_the_page_of_another_person_does_nothing() {
    let app = TestApp::new().await.with_owner().await;
    let objects = settled(&app).await;
    let before = app.audit_events().await;
    let mut forms = 0;
    for function in functions(&objects.subjects).into_iter().filter(Function::is_form) {
        let path = &function.path;
        for (headers, fields) in [
            (&[("latchkey-person", SOMEBODY_ELSE)][..], &[][..]),
            (&[], &[("person", SOMEBODY_ELSE)]),
        ] {
            let fields = [function.fields(), fields.to_vec()].concat();
            let call = headers
                .iter()
                .fold(by_scripts(&app, path, &fields), |call, (name, value)| {
                    call.header(name, value)
                });
            let answer = call.await;
            assert_eq!(answer.status, 412, "{path}: {}", answer.body);
            assert!(answer.error("other_person").contains(&email(Role::Owner)), "{path}");
        }
        forms += 1;
    }
    assert!(forms >= 3, "{forms}");
    assert_eq!(app.audit_events().await, before, "nothing was done");
}

#[tokio::test]
async fn a_page_and_its_forms_name_their_person() {
    let app = TestApp::new().await.with_owner().await;
    let key = app.create_own_key("Shop").await;
    let page = app.get(&format!("/keys/{}/delete", key.id)).await;
    let person = page.attributes("data-person")[0].to_owned();
    assert!(person.starts_with("usr_"), "{person}");
    let field = format!("<input type=\"hidden\" name=\"person\" value=\"{person}\">");
    assert!(page.body.contains(&field), "{person}");
    let path = format!("/keys/{}/delete", key.id);
    assert_eq!(app.post_form(&path, &[("person", &person)]).await.status, 303);
}
