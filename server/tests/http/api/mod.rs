//! `POST /api/…`: what the browser's half asks for.

mod status_200;
mod status_400;
mod status_401;
mod status_403;
mod status_404;

use model::role::Role;
use serde_json::{Value, json};

/// A server function: its path, a request to it, and the least role that may send it.
struct Function {
    path: &'static str,
    body: Value,
    least: Role,
}

/// Every server function, asked about this key.
fn functions(key_id: &str) -> Vec<Function> {
    let function = |path, body, least| Function { path, body, least };
    let key = || json!({ "id": key_id });
    let form = json!({ "form": { "name": "Shop", "environment": "default" } });
    vec![
        function("/api/frame", json!({}), Role::Viewer),
        function("/api/keys/list", json!({ "query": {} }), Role::Viewer),
        function("/api/keys/count", json!({}), Role::Viewer),
        function("/api/keys/progress", key(), Role::Viewer),
        function("/api/keys/create-options", json!({}), Role::Developer),
        function("/api/keys/create", form, Role::Developer),
        function("/api/keys/delete-preview", key(), Role::Developer),
        function("/api/keys/disable", key(), Role::Developer),
        function("/api/keys/enable", key(), Role::Developer),
        function("/api/keys/delete", key(), Role::Developer),
    ]
}

#[test]
fn the_table_has_every_server_function() {
    let mut known: Vec<&str> = functions("").into_iter().map(|function| function.path).collect();
    let mut registered: Vec<&str> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path)
        .collect();
    known.sort_unstable();
    registered.sort_unstable();
    assert_eq!(known, registered);
}
