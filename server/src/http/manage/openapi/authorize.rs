//! `/v1/authorize/{path}` has the parameters and the answers of `/v1/authorize`, whose description has them.

use serde_json::Value;

const PLAIN: &str = "/v1/authorize";
const WITH_PATH: &str = "/v1/authorize/{path}";

/// Copies the parameters and the answers. Examples of parameters stay behind: a gateway that appends the path sends no header with it.
pub(super) fn complete_path(paths: &mut Value) {
    let plain = paths[PLAIN]["get"].clone();
    let operation = &mut paths[WITH_PATH]["get"];
    operation["responses"] = plain["responses"].clone();
    if let (Some(all), Some(shared)) = (operation["parameters"].as_array_mut(), plain["parameters"].as_array()) {
        all.extend(shared.iter().cloned().map(|mut parameter| {
            if let Some(fields) = parameter.as_object_mut() {
                fields.remove("example");
            }
            parameter
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_appended_path_changes_nothing_but_its_own_parameter() {
        let description: Value = serde_json::from_str(super::super::super::description()).unwrap();
        let operation = |path: &str| description["paths"][path]["get"].clone();
        let (plain, with_path) = (operation(PLAIN), operation(WITH_PATH));
        assert_eq!(with_path["responses"], plain["responses"]);
        let names = |operation: &Value| -> Vec<String> {
            let all = operation["parameters"].as_array().unwrap().iter();
            all.map(|parameter| parameter["name"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(names(&plain)[0], "X-Api-Key");
        assert_eq!(names(&with_path), [vec!["path".to_owned()], names(&plain)].concat());
        let has_example = |operation: &Value, name: &str| {
            let mut all = operation["parameters"].as_array().unwrap().iter();
            all.any(|parameter| parameter["name"] == name && !parameter["example"].is_null())
        };
        assert!(has_example(&plain, "X-Forwarded-Uri") && has_example(&with_path, "path"));
        assert!(!has_example(&with_path, "X-Forwarded-Uri"));
    }
}
