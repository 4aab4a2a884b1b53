//! `GET /metrics`, at the address of the metrics

mod documented;
mod exposition;
mod status_200;
mod status_404;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::common::{Answer, TestApp};
use exposition::Exposition;

/// Asks the address of the metrics.
async fn ask(app: &TestApp, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (parts, body) = server::http::metrics(&app.services)
        .oneshot(request)
        .await
        .unwrap()
        .into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        body: String::from_utf8(body.to_vec()).unwrap(),
        ..Answer::without_body(parts)
    }
}

async fn scrape(app: &TestApp) -> Exposition {
    let answer = ask(app, "/metrics").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    Exposition::parse(&answer.body)
}
