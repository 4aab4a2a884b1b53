//! The answers to refused requests: each code with its meaning and an example.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::problem::ProblemCode;
use crate::http::verifier_codes::VERIFIER_CODES;

/// The name of the answer with this status in `components.responses`.
pub(super) fn name(status: u16) -> String {
    phrase(status).replace(' ', "")
}

fn phrase(status: u16) -> &'static str {
    let status = StatusCode::from_u16(status).ok();
    status.and_then(|status| status.canonical_reason()).unwrap_or_default()
}

/// The answers of the management API by status, and those of the verifier that belong to no operation.
pub(super) fn all() -> Value {
    let mut by_status: BTreeMap<u16, Vec<ProblemCode>> = BTreeMap::new();
    for code in ProblemCode::ALL {
        by_status.entry(code.status()).or_default().push(*code);
    }
    let mut all = Map::new();
    for (status, codes) in by_status {
        let meanings: Vec<String> = codes
            .iter()
            .map(|code| format!("`{}`: {}", code.as_str(), code.meaning()))
            .collect();
        let examples = codes
            .iter()
            .map(|code| (code.as_str().to_owned(), example(*code)))
            .collect();
        all.insert(
            name(status),
            response(&meanings.join("\n\n"), &headers(status), "Problem", &examples),
        );
    }
    for code in VERIFIER_CODES.iter().filter(|code| matches!(code.status, 404 | 405)) {
        let description = format!("`{}`: {}", code.code, code.meaning);
        let headers = match code.status {
            405 => json!({ "Allow": { "$ref": "#/components/headers/Allow" } }),
            _ => json!({}),
        };
        let mut examples = Map::new();
        examples.insert(code.code.to_owned(), verifier_example(code.code));
        let name = format!("Verifier{}", name(code.status));
        all.insert(name, response(&description, &headers, "VerifierProblem", &examples));
    }
    all.into()
}

fn response(description: &str, headers: &Value, schema: &str, examples: &Map<String, Value>) -> Value {
    let schema = format!("#/components/schemas/{schema}");
    json!({
        "description": description,
        "headers": headers,
        "content": { "application/problem+json": { "schema": { "$ref": schema }, "examples": examples } },
    })
}

/// The headers of a refused request. All but those that are refused before anybody knows who calls tell what is left of the limit.
fn headers(status: u16) -> Value {
    let mut names = Vec::new();
    if status != 401 {
        names.extend(["RateLimit", "RateLimit-Policy"]);
    }
    if matches!(status, 429 | 503) {
        names.push("Retry-After");
    }
    match status {
        401 => names.push("WWW-Authenticate"),
        405 => names.push("Allow"),
        _ => {}
    }
    let references = names.into_iter().map(|name| {
        (
            name.to_owned(),
            json!({ "$ref": format!("#/components/headers/{name}") }),
        )
    });
    Value::Object(references.collect())
}

/// A problem of the management API, as a whole answer would have it.
fn example(code: ProblemCode) -> Value {
    let mut value = json!({
        "type": "about:blank",
        "title": phrase(code.status()),
        "status": code.status(),
        "code": code.as_str(),
        "detail": detail(code),
    });
    let field = match code {
        ProblemCode::BadRequest => Some("limit"),
        ProblemCode::Invalid => Some("name"),
        ProblemCode::IdempotencyKeyReused => Some("Idempotency-Key"),
        _ => None,
    };
    if let Some(field) = field {
        value["errors"] = json!([{ "field": field, "message": detail(code) }]);
    }
    json!({ "summary": code.meaning(), "value": value })
}

/// A sentence as the server would write it, where it says more than the meaning of the code.
const fn detail(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::BadRequest => "limit is a whole number from 1 to 100.",
        ProblemCode::Invalid => "Give the key a name.",
        ProblemCode::Unauthenticated => "Send the token of a service account: Authorization: Bearer lkm_….",
        ProblemCode::NotFound => "There is no key with this ID. It may have been deleted.",
        _ => code.meaning(),
    }
}

/// Gives each refused answer of an operation of the verifier an example for each code that its description names.
pub(super) fn complete_verifier(operation: &mut Value) {
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        if status.starts_with('2') {
            continue;
        }
        let description = response["description"].as_str().unwrap_or_default();
        let named = description
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|word| word.starts_with("ERR_"));
        let examples: Map<String, Value> = named.map(|code| (code.to_owned(), verifier_example(code))).collect();
        for (_, media) in response["content"].as_object_mut().into_iter().flatten() {
            media["examples"] = examples.clone().into();
        }
    }
}

fn verifier_example(code: &str) -> Value {
    let Some(known) = VERIFIER_CODES.iter().find(|known| known.code == code) else {
        return json!({});
    };
    json!({
        "summary": known.meaning,
        "value": {
            "type": "about:blank",
            "title": phrase(known.status),
            "status": known.status,
            "code": known.code,
            "detail": known.detail,
            "endpoint": (known.status == 403).then_some("image"),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words in a source file that are codes.
    fn codes(source: &str) -> Vec<&str> {
        let quoted = source.split('"').filter(|word| word.starts_with("ERR_"));
        quoted
            .filter(|word| word.bytes().all(|byte| byte == b'_' || byte.is_ascii_uppercase()))
            .collect()
    }

    #[test]
    fn every_code_that_the_verifier_answers_has_an_entry_and_no_other() {
        let sources = [
            include_str!("../../authorize.rs"),
            include_str!("../../verify.rs"),
            include_str!("../../problem.rs"),
            include_str!("../../../../../model/src/problem.rs"),
        ];
        let mut answered: Vec<&str> = sources.into_iter().flat_map(codes).collect();
        answered.sort_unstable();
        answered.dedup();
        let mut known: Vec<&str> = VERIFIER_CODES.iter().map(|code| code.code).collect();
        known.sort_unstable();
        assert_eq!(answered, known);
    }

    #[test]
    fn every_code_is_in_the_description_with_an_example_of_its_status() {
        let description = super::super::super::description();
        let description: Value = serde_json::from_str(description).unwrap();
        let mut all: Vec<&Value> = description["components"]["responses"]
            .as_object()
            .unwrap()
            .values()
            .collect();
        for item in description["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                all.extend(operation["responses"].as_object().unwrap().values());
            }
        }
        let found = |code: &str, schema: &str, status: u16| {
            all.iter().any(|response| {
                let media = &response["content"]["application/problem+json"];
                let example = &media["examples"][code];
                media["schema"]["$ref"] == format!("#/components/schemas/{schema}")
                    && example["value"]["status"] == status
                    && example["value"]["code"] == code
                    && example["summary"].as_str().is_some_and(|text| !text.is_empty())
            })
        };
        for code in ProblemCode::ALL {
            assert!(found(code.as_str(), "Problem", code.status()), "{}", code.as_str());
        }
        for code in VERIFIER_CODES {
            assert!(found(code.code, "VerifierProblem", code.status), "{}", code.code);
        }
    }
}
