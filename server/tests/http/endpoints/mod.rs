//! `POST /api/endpoints/…`: the catalogue of endpoints.

mod status_200;
mod status_400;
mod status_401;
mod status_403;
mod status_404;

use serde_json::{Value, json};

use crate::common::TestApp;
use model::list::ListQuery;

/// Every function about endpoints, with a valid request.
fn functions() -> [(&'static str, Value); 4] {
    let form = json!({ "name": "reports", "title": "Reports", "patterns": "GET /reports/{id}" });
    [
        ("/api/endpoints/list", json!({})),
        ("/api/endpoints/create", json!({ "form": form })),
        ("/api/endpoints/edit", json!({ "name": "chat", "title": "Talk" })),
        ("/api/endpoints/retire", json!({ "name": "chat" })),
    ]
}

/// The names of the endpoints in the catalogue, and of the retired endpoints.
async fn names(app: &TestApp) -> (Vec<String>, Vec<String>) {
    let catalogue = app
        .services
        .endpoints
        .list(&backend::Actor::command_line(), &ListQuery::default())
        .await
        .unwrap();
    let names = |rows: Vec<model::endpoint_form::EndpointRow>| rows.into_iter().map(|row| row.endpoint.name).collect();
    (names(catalogue.endpoints), names(catalogue.retired))
}
