//! Examples of requests and answers, made of the examples of the fields. An example that stands at a whole schema counts first.

use serde_json::{Map, Value, json};

use super::resolved;

/// How deep schemas are nested. No schema contains itself.
const DEPTH: usize = 12;

/// Gives each body of the operation an example, unless it has one.
pub(super) fn add(operation: &mut Value, all: &Value) {
    if let Some(body) = operation.get_mut("requestBody") {
        fill(body, all);
    }
    for (_, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        fill(response, all);
    }
}

/// Fills the content of a request or of an answer.
fn fill(body: &mut Value, all: &Value) {
    let content = body.get_mut("content").and_then(Value::as_object_mut);
    for (_, media) in content.into_iter().flatten() {
        if media.get("example").is_none() && media.get("examples").is_none() {
            media["example"] = example(&media["schema"], all, DEPTH);
        }
    }
}

fn example(schema: &Value, all: &Value, depth: usize) -> Value {
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if schema.get("$ref").is_some() && depth > 0 {
        return example(resolved(schema, all), all, depth - 1);
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = Map::new();
        for part in parts {
            if let Value::Object(fields) = example(part, all, depth) {
                whole.extend(fields);
            }
        }
        return whole.into();
    }
    if schema["oneOf"].is_array() || schema["type"].is_array() {
        // These can be null, and are in an object that has just been made.
        return Value::Null;
    }
    match schema["type"].as_str().unwrap_or_default() {
        "object" => {
            let required = schema["required"].as_array();
            let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
            let fields = schema["properties"].as_object().into_iter().flatten();
            let examples = fields.map(|(name, field)| (name.clone(), example(field, all, depth)));
            // A field that may be missing is left out where there is nothing in it.
            let told = examples.filter(|(name, example)| !example.is_null() || is_required(name));
            Value::Object(told.collect())
        }
        "array" => json!([example(&schema["items"], all, depth)]),
        "boolean" => json!(true),
        "integer" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        _ => match schema["format"].as_str() {
            Some("date") => json!("2027-02-20"),
            Some("date-time") => json!("2027-02-20T14:05:00.000Z"),
            _ => json!(MISSING),
        },
    }
}

/// Stands where a text has no example. A test finds it.
const MISSING: &str = "text without an example";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_an_example_of_its_request_and_its_answers() {
        let description: Value = serde_json::from_str(super::super::super::description()).unwrap();
        let mut seen = 0;
        for (path, item) in description["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let responses = operation["responses"].as_object().unwrap().values();
                for body in responses.chain(operation.get("requestBody")) {
                    let body = resolved(body, &description);
                    for media in body
                        .get("content")
                        .and_then(Value::as_object)
                        .into_iter()
                        .flat_map(Map::values)
                    {
                        seen += 1;
                        let one = media.get("example").or_else(|| media.get("examples"));
                        let text = one.map(ToString::to_string).unwrap_or_default();
                        assert!(one.is_some(), "{method} {path}: {media}");
                        assert!(!text.contains(MISSING), "{method} {path}: {text}");
                    }
                }
            }
        }
        assert!(seen > 100, "{seen}");
    }

    #[test]
    fn an_example_of_the_whole_counts_first_and_parts_are_put_together() {
        let all = json!({"components": {"schemas": {"Name": {"type": "string", "example": "Shop"}}}});
        let name = json!({"$ref": "#/components/schemas/Name"});
        let fields = json!({"type": "object", "properties": {"name": name, "keys": {"type": "integer", "minimum": 0}}});
        assert_eq!(example(&fields, &all, DEPTH), json!({"name": "Shop", "keys": 0}));
        let both = json!({"allOf": [fields, {"type": "object", "properties": {"on": {"type": "boolean"}}}]});
        assert_eq!(
            example(&both, &all, DEPTH),
            json!({"name": "Shop", "keys": 0, "on": true})
        );
        let nullable = json!({"oneOf": [{"type": "null"}, name]});
        assert_eq!(example(&nullable, &all, DEPTH), Value::Null);
        let optional = json!({"type": "object", "required": ["a"], "properties": {"a": nullable, "b": nullable}});
        assert_eq!(example(&optional, &all, DEPTH), json!({"a": null}));
        let own = json!({"type": "object", "example": {"name": "Other"}, "properties": {"name": name}});
        assert_eq!(
            example(&json!({"type": "array", "items": own}), &all, DEPTH),
            json!([{"name": "Other"}])
        );
    }
}
