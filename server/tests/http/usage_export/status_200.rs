//! A file of comma-separated values.

use backend::audit::Actor;
use http_body_util::BodyExt as _;
use model::endpoint::Grant;
use model::environment::EnvironmentForm;
use model::role::Role;
use model::time::SECOND;

use crate::common::{TestApp, new_key, only};
use crate::customers_new::{acme, key_of};
use crate::usage::with_old_key;

#[tokio::test]
async fn the_file_has_one_line_for_each_count() {
    for role in Role::ALL {
        let mut new = new_key(only("chat"));
        new.name = "=cmd, \"x\"".to_owned();
        let (app, key) = with_old_key(role, &new).await;
        for endpoint in ["chat", "chat", "image"] {
            app.code(&key.token, endpoint).await;
        }
        let events = app.audit_events().await;
        let answer = app.get("/usage/export?range=&environment=&key=&endpoint=").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(
            answer.header("content-type"),
            Some("text/csv; charset=utf-8; header=present")
        );
        assert_eq!(
            answer.header("content-disposition"),
            Some("attachment; filename=\"latchkey-usage-24h-2026-11-23.csv\"")
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let start = format!(
            "\"2026-11-23T06:00:00Z\",\"hour\",\"{}\",\"'=cmd, \"\"x\"\"\",\"default\"",
            key.id
        );
        assert_eq!(
            answer.body,
            format!(
                "start,period,key_id,key_name,environment,endpoint,code,requests\r\n\
                 {start},\"chat\",\"VALID\",\"2\"\r\n\
                 {start},\"image\",\"FORBIDDEN\",\"1\"\r\n"
            )
        );
        assert!(!answer.body.contains(&key.token));
        assert_eq!(
            app.audit_events().await,
            events,
            "usage is not secret, so the export adds no event"
        );
    }
}

#[tokio::test]
async fn the_query_string_of_the_page_filters_the_list() {
    let app = TestApp::new().await.with_owner().await;
    let staging = EnvironmentForm {
        name: "staging".to_owned(),
        kind: "test".to_owned(),
    };
    app.services
        .environments
        .create(&Actor::command_line(), &staging)
        .await
        .unwrap();
    let shop = app.create_key(Grant::All).await;
    let mut new = new_key(Grant::All);
    new.environment = "staging".to_owned();
    let tests = app.create(&new).await;
    for key in [&shop, &tests] {
        app.code(&key.token, "chat").await;
    }
    app.code(&shop.token, "image").await;
    app.code(&shop.token, "no-such").await;
    let lines = async |query: String| {
        let answer = app.get(&format!("/usage/export?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        // The tests also sent requests to see when a key became ACTIVE. Only VALID requests are counted here.
        answer.body.lines().filter(|line| line.contains(",\"VALID\",")).count()
    };
    assert_eq!(lines(String::new()).await, 3);
    assert_eq!(lines("environment=staging".to_owned()).await, 1);
    assert_eq!(lines("endpoint=chat&range=30d&colour=red".to_owned()).await, 2);
    let today = app.services.now().iso_date();
    assert_eq!(lines(format!("endpoint=chat&from={today}&to={today}")).await, 2);
    let answer = app.get(&format!("/usage/export?from={today}")).await;
    let name = format!("latchkey-usage-{today}_{today}-{today}.csv");
    assert!(answer.header("content-disposition").unwrap().contains(&name));
    assert_eq!(lines(format!("key={}", shop.id)).await, 2);
    assert_eq!(lines("endpoint=-".to_owned()).await, 0);
}

#[tokio::test]
async fn an_export_stops_when_the_session_ends() {
    let app = TestApp::new().await.with_user(Role::Viewer).await;
    app.create_key(Grant::All).await;
    let mut body = app.get("/usage/export").open().await.into_body();
    let header = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(header.starts_with(b"start,period"));
    assert_eq!(app.post("/logout").await.status, 303);
    app.pass_in_silence(SECOND);
    assert!(body.frame().await.unwrap().is_err());
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn the_file_of_a_customer_has_its_requests_by_environment() {
    let app = TestApp::new().await.with_owner().await;
    let acme = acme(&app).await;
    let key = key_of(&app, &acme).await;
    app.provisioned(&key.token).await;
    assert_eq!(app.code(&key.token, "chat").await, "VALID");
    app.create_key(Grant::All).await;
    let answer = app.get("/usage/export?customer=external:acme&endpoint=chat").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut lines = answer.body.lines();
    assert_eq!(
        lines.next(),
        Some("start,period,customer_id,external_id,customer_name,environment,endpoint,code,requests")
    );
    let of_acme = format!(",\"hour\",\"{acme}\",\"acme\",\"Acme\",\"default\",\"chat\",\"");
    assert!(lines.clone().count() > 0);
    assert!(lines.all(|line| line.contains(&of_acme)), "{}", answer.body);
}
