//! Links (`OpenAPI` 3.1, "Link Object"): what an answer knows for the next request. Tools that ask at random follow them, so they
//! read, change and delete what they have made.

use serde_json::{Map, Value, json};

/// The operations that one can go on to, by path: their method and their name.
type Targets = Vec<(String, String)>;

/// Adds the links of all operations.
pub(super) fn add(paths: &mut Value) {
    let targets = targets(paths);
    for (path, item) in paths.as_object_mut().into_iter().flatten() {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            let mut links = if id.starts_with("create") {
                to_object(path, &targets)
            } else {
                Map::new()
            };
            let success = operation["responses"]
                .as_object_mut()
                .and_then(|all| all.iter_mut().find(|(status, _)| status.starts_with('2')));
            let Some((_, success)) = success else {
                continue;
            };
            if id == "rotateKey" {
                links.extend(to_old_token(path, &targets));
            }
            if success["headers"].get("Latchkey-Change").is_some() {
                links.extend(to_change(&targets));
            }
            if !links.is_empty() {
                success["links"] = links.into();
            }
        }
    }
}

fn targets(paths: &Value) -> Targets {
    let mut found = Vec::new();
    for (path, item) in paths.as_object().into_iter().flatten() {
        for operation in item.as_object().into_iter().flat_map(Map::values) {
            let id = operation["operationId"].as_str().unwrap_or_default();
            found.push((path.clone(), id.to_owned()));
        }
    }
    found
}

/// The links to everything that can be done to the object that an operation at `path` has made.
fn to_object(path: &str, targets: &Targets) -> Map<String, Value> {
    let mut links = Map::new();
    for (target, id) in targets {
        let Some(rest) = target.strip_prefix(path).and_then(|rest| rest.strip_prefix("/{")) else {
            continue;
        };
        // An operation with a second parameter needs more than this answer has.
        if let Some((name, rest)) = rest.split_once('}')
            && !rest.contains('{')
        {
            let mut parameters = Map::new();
            parameters.insert(name.to_owned(), format!("$response.body#/{name}").into());
            links.insert(id.clone(), json!({ "operationId": id, "parameters": parameters }));
        }
    }
    links
}

/// From a rotation to the token that it has replaced.
fn to_old_token(path: &str, targets: &Targets) -> Map<String, Value> {
    let key = path.trim_end_matches("/rotate");
    let old_token = format!("{key}/old-tokens/{{token}}");
    let ids = targets.iter().filter(|(target, _)| *target == old_token);
    ids.map(|(_, id)| {
        let parameters = json!({ "id": "$request.path.id", "token": "$response.body#/oldTokens/0/id" });
        (id.clone(), json!({ "operationId": id, "parameters": parameters }))
    })
    .collect()
}

/// From a change to its proof and its receipt.
fn to_change(targets: &Targets) -> Map<String, Value> {
    let about_changes = targets.iter().filter(|(target, _)| target.contains("/changes/{n}/"));
    about_changes
        .map(|(_, id)| {
            let parameters = json!({ "n": "$response.header.Latchkey-Change" });
            (id.clone(), json!({ "operationId": id, "parameters": parameters }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_leads_to_everything_that_can_be_done_to_it() {
        let description: Value = serde_json::from_str(super::super::super::description()).unwrap();
        let keys = &description["paths"]["/manage/v1/keys"];
        let links = &keys["post"]["responses"]["201"]["links"];
        for (id, parameter) in [
            ("getKey", "id"),
            ("editKey", "id"),
            ("deleteKey", "id"),
            ("rotateKey", "id"),
            ("explainKey", "id"),
        ] {
            assert_eq!(links[id]["operationId"], id);
            assert_eq!(links[id]["parameters"][parameter], "$response.body#/id", "{id}");
        }
        assert_eq!(links["endOldToken"], Value::Null, "it needs the ID of a token as well");
        assert_eq!(
            links["proveChange"]["parameters"]["n"],
            "$response.header.Latchkey-Change"
        );
    }

    /// A link to an operation that does not exist, or to a parameter that it does not have, breaks the tools that follow it.
    #[test]
    fn every_link_fits_its_operation() {
        let description: Value = serde_json::from_str(super::super::super::description()).unwrap();
        let paths = description["paths"].as_object().unwrap();
        let operations: Vec<(&String, &Value)> = paths
            .iter()
            .flat_map(|(path, item)| {
                item.as_object()
                    .unwrap()
                    .values()
                    .map(move |operation| (path, operation))
            })
            .collect();
        let mut seen = 0;
        for (_, operation) in &operations {
            for response in operation["responses"].as_object().unwrap().values() {
                for (id, link) in response.get("links").and_then(Value::as_object).into_iter().flatten() {
                    seen += 1;
                    let target = operations.iter().find(|(_, target)| target["operationId"] == *id);
                    let (path, _) = target.unwrap_or_else(|| panic!("{id}"));
                    for name in link["parameters"].as_object().unwrap().keys() {
                        assert!(path.contains(&format!("{{{name}}}")), "{id} {name}");
                    }
                    assert_eq!(
                        path.matches('{').count(),
                        link["parameters"].as_object().unwrap().len(),
                        "{id}"
                    );
                }
            }
        }
        assert!(seen > 30, "{seen}");
    }
}
