//! The description of the API (`OpenAPI` 3.1). Paths, parameters, bodies and answers come from the operations themselves; what holds
//! for all operations alike (errors, headers, who may call) is added here, by the same rules as the middleware has.

mod authorize;
mod examples;
mod links;
mod problems;

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;

use super::PREFIX;
use super::problem::ProblemBody;
use super::verifier;

/// What the description has besides the operations of the management API: those of the verifier, and the schema of a problem.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(
        crate::http::verify::route,
        crate::http::authorize::route,
        crate::http::authorize::route_with_path
    ),
    components(schemas(ProblemBody, verifier::VerifierProblem))
)]
struct Others;

const ABOUT: &str = "Everything that people do in the console, for programs: under `/manage/v1`. And under `/v1` what gateways \
                     ask: may this key call this endpoint?\n\nTimes are RFC 3339 in UTC. IDs are strings. Every refused \
                     request is answered with problem+json and a stable `code`.";

/// Serves the description. It has no secrets, so everybody may read it.
pub(super) fn answer(description: &'static str) -> Response {
    let media_type = HeaderValue::from_static("application/json");
    (StatusCode::OK, [(CONTENT_TYPE, media_type)], description).into_response()
}

/// The whole description as JSON.
pub(super) fn complete(operations: OpenApi) -> String {
    let mut all = operations;
    all.merge(Others::openapi());
    let mut json = serde_json::to_value(&all).unwrap_or_default();
    json["info"] = json!({
        "title": "Latchkey",
        "version": env!("CARGO_PKG_VERSION"),
        "description": ABOUT,
    });
    json["components"]["securitySchemes"] = json!({
        "serviceToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "The token of a service account: `lkm_…`.",
        },
        "apiKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "The API key that a gateway asks about.",
        },
    });
    json["components"]["headers"] = headers();
    json["components"]["parameters"] = parameters();
    json["components"]["responses"] = problems::all();
    authorize::complete_path(&mut json["paths"]);
    json["tags"] = tags(&json["paths"]);
    let schemas = json.clone();
    let paths = json["paths"].as_object_mut();
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if path.starts_with(PREFIX) {
                complete_operation(path, method, operation);
            } else {
                problems::complete_verifier(operation);
            }
            examples::add(operation, &schemas);
        }
    }
    links::add(&mut json["paths"]);
    json.to_string()
}

/// What a reference refers to; other values are returned as they are.
fn resolved<'a>(value: &'a Value, all: &'a Value) -> &'a Value {
    let place = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    place.and_then(|place| all.pointer(place)).unwrap_or(value)
}

/// The subjects of the operations, in the order in which people read about them.
const TAGS: [(&str, &str); 12] = [
    (
        "Keys",
        "API keys: created, listed, changed, rotated, deleted. A token is answered once, when it is made.",
    ),
    ("Customers", "Whose keys they are, as your own system knows them."),
    (
        "Environments",
        "Environments. Their own keys can be had in the console only.",
    ),
    (
        "Endpoints",
        "The catalogue of endpoints that keys may call. Methods and paths never change.",
    ),
    (
        "Bias profiles",
        "Named, versioned settings that travel with a verified key.",
    ),
    ("Usage", "Requests over time by outcome, by endpoint and by key."),
    ("Audit log", "Who did what to what, when and from where."),
    (
        "Changes",
        "Every change has a number. These say on which nodes it is in force, and prove it to others.",
    ),
    ("Nodes", "The servers that share the database."),
    (
        "Users",
        "People who may log in. Only owners see them, so they are read with a session of the console.",
    ),
    (
        "Service accounts",
        "Programs that use this API. Only owners see them, so they are read with a session of the console.",
    ),
    (
        "Verifier",
        "What gateways and services ask on every request. It needs no token of a service account.",
    ),
];

/// The tags that operations have, with their descriptions.
fn tags(paths: &Value) -> Value {
    let mut used: Vec<&str> = Vec::new();
    for item in paths.as_object().into_iter().flat_map(|all| all.values()) {
        for operation in item.as_object().into_iter().flat_map(|all| all.values()) {
            used.extend(
                operation["tags"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str),
            );
        }
    }
    let known = TAGS.iter().filter(|(name, _)| used.contains(name));
    known
        .map(|(name, description)| json!({ "name": name, "description": description }))
        .collect()
}

/// Adds to an operation what every operation like it has.
fn complete_operation(path: &str, method: &str, operation: &mut Value) {
    operation["security"] = json!([{ "serviceToken": [] }]);
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    let changes = method != "get" && id != "explain_key";
    let is_object = ["get_", "edit_", "create_", "rotate_"]
        .iter()
        .any(|start| id.starts_with(start));
    operation["operationId"] = camel_case(&id).into();

    let mut headers = vec!["RateLimit", "RateLimit-Policy"];
    if changes {
        headers.push("Latchkey-Change");
    }
    if is_object {
        headers.push("ETag");
    }
    if id.starts_with("create_") {
        headers.push("Location");
    }
    for (_, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        for name in &headers {
            response["headers"][name] = json!({ "$ref": format!("#/components/headers/{name}") });
        }
    }

    let mut parameters = Vec::new();
    let mut statuses = vec![400, 401, 403, 429, 500, 503];
    if path.contains('{') {
        statuses.push(404);
    }
    if changes {
        statuses.push(409);
    }
    if method == "post" {
        parameters.push("Idempotency-Key");
        statuses.push(422);
    }
    if matches!(method, "patch" | "delete") {
        parameters.push("If-Match");
        statuses.push(412);
    }
    if operation.get("requestBody").is_some() {
        statuses.extend([408, 413, 415, 422]);
    }
    if !operation["parameters"].is_array() {
        operation["parameters"] = json!([]);
    }
    for name in parameters {
        let reference = json!({ "$ref": format!("#/components/parameters/{name}") });
        operation["parameters"]
            .as_array_mut()
            .into_iter()
            .for_each(|all| all.push(reference.clone()));
    }
    for status in statuses {
        let reference = format!("#/components/responses/{}", problems::name(status));
        operation["responses"][status.to_string()] = json!({ "$ref": reference });
    }
}

/// `list_keys` as `listKeys`.
fn camel_case(id: &str) -> String {
    let mut words = id.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let mut letters = word.chars();
        let capital = letters.next().map(|letter| letter.to_ascii_uppercase());
        text + &capital.map_or_else(String::new, String::from) + letters.as_str()
    })
}

fn headers() -> Value {
    let text = |about: &str| json!({ "description": about, "schema": { "type": "string" } });
    let number = |about: &str| json!({ "description": about, "schema": { "type": "integer" } });
    json!({
        "Latchkey-Change": number(
            "The number of the change, for `/changes/{n}/proof` and `minChange`. Where nothing had to be changed, the number of \
             the last change of all."
        ),
        "ETag": text("Identifies the object as it is. Use alone does not change it."),
        "Location": text("Where the new object is."),
        "RateLimit": text("Requests that remain, and seconds until all are available again: `\"burst\";r=199;t=1`."),
        "RateLimit-Policy": text("Requests allowed in so many seconds: `\"burst\";q=500;w=1`."),
        "Retry-After": number("Seconds after which it is worth trying again."),
        "Allow": text("The methods that the path has."),
        "WWW-Authenticate": text("How to authenticate: `Bearer`."),
    })
}

fn parameters() -> Value {
    json!({
        "Idempotency-Key": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "Any text of your own, best a random UUID. For 24 hours, the same request with it gets the same answer \
                            and makes nothing twice.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
        },
        "If-Match": {
            "name": "If-Match",
            "in": "header",
            "required": false,
            "description": "The `ETag` of the object as you know it. If it was changed meanwhile, nothing is done.",
            "schema": { "type": "string", "pattern": "^(\\*|\"[!#-~]*\")$" },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_named_as_clients_name_functions() {
        assert_eq!(camel_case("list_audit_events"), "listAuditEvents");
        assert_eq!(problems::name(412), "PreconditionFailed");
    }

    /// A reference that leads nowhere breaks every tool that reads the description.
    #[test]
    fn every_reference_leads_somewhere() {
        let json: Value = serde_json::from_str(super::super::description()).unwrap();
        let mut seen = 0;
        check(&json, &json, &mut seen);
        assert!(seen > 100, "{seen} references");
    }

    fn check(value: &Value, all: &Value, seen: &mut usize) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    *seen += 1;
                    let place = reference.trim_start_matches('#');
                    assert!(all.pointer(place).is_some(), "{reference}");
                }
                fields.values().for_each(|field| check(field, all, seen));
            }
            Value::Array(items) => items.iter().for_each(|item| check(item, all, seen)),
            _ => {}
        }
    }

    #[test]
    fn every_tag_is_described_in_the_order_of_reading() {
        let json: Value = serde_json::from_str(super::super::description()).unwrap();
        let described: Vec<&str> = json["tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| tag["name"].as_str().unwrap())
            .collect();
        for item in json["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                let tag = operation["tags"][0].as_str().unwrap();
                assert!(described.contains(&tag), "{tag} has no description");
            }
        }
        assert_eq!(described.first().zip(described.last()), Some((&"Keys", &"Verifier")));
    }

    #[test]
    fn operations_have_different_names_and_a_summary() {
        let json: Value = serde_json::from_str(super::super::description()).unwrap();
        let mut ids = Vec::new();
        for item in json["paths"].as_object().unwrap().values() {
            for (method, operation) in item.as_object().unwrap() {
                ids.push(operation["operationId"].as_str().unwrap().to_owned());
                assert!(operation["summary"].is_string(), "{method} {operation}");
            }
        }
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert!(count > 25, "{count}");
    }
}
