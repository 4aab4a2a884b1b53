//! The details of an event in words.

use serde_json::Value;

/// What an event says beside what happened, for people.
pub(crate) fn words(details: &str) -> String {
    let details: Value = serde_json::from_str(details).unwrap_or_default();
    let mut parts = vec![sentence(&details).unwrap_or_else(|| everything(&details))];
    if let Some(more) = details["suppressed"].as_u64() {
        parts.push(format!("{more} more like it were not noted"));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// What has words of its own.
fn sentence(details: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(changes) = details["changes"].as_array() {
        let change = |change: &Value| {
            format!(
                "{}: {} → {}",
                text(&change["field"]),
                text(&change["from"]),
                text(&change["to"])
            )
        };
        return Some(changes.iter().map(change).collect::<Vec<_>>().join("; "));
    }
    for alone in ["reason", "request"] {
        if let Some(text) = details[alone].as_str() {
            return Some(text.to_owned());
        }
    }
    if let Some(nodes) = details["nodes"].as_i64() {
        return Some(format!("{nodes} of {nodes} nodes ready"));
    }
    if let Some(end) = details["oldTokenEndsAt"].as_str() {
        return Some(format!("the old token ends {end}"));
    }
    if let Some(last_four) = details["lastFour"].as_str() {
        return Some(format!("the old token …{last_four}"));
    }
    if let Some(patterns) = details["patterns"].as_array() {
        let pattern = |pattern: &Value| format!("{} {}", text(&pattern["method"]), text(&pattern["path"]));
        return Some(patterns.iter().map(pattern).collect::<Vec<_>>().join(", "));
    }
    if let Some(environment) = details["environment"].as_str() {
        let endpoints = match details["endpoints"]["Only"].as_array() {
            Some(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            None => "all endpoints".to_owned(),
        };
        return Some(format!("{environment}; {endpoints}"));
    }
    None
}

/// `second factor: code; recovery codes left: 9`
fn everything(details: &Value) -> String {
    let fields = details.as_object().into_iter().flatten();
    let told = fields.filter(|(name, value)| *name != "suppressed" && !value.is_null());
    let told = told.filter_map(|(name, value)| {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            // What a list was narrowed to, say: the fields that are filled in.
            Value::Object(_) => everything(value),
            Value::Null | Value::Array(_) => return None,
        };
        (!value.is_empty()).then(|| format!("{}: {value}", label(name)))
    });
    told.collect::<Vec<_>>().join("; ")
}

/// `recoveryCodesLeft` → `recovery codes left`
fn label(name: &str) -> String {
    let mut label = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            label.push(' ');
        }
        label.push(character.to_ascii_lowercase());
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_read_as_words() {
        for (details, told) in [
            ("{}", ""),
            (r#"{"changes":[{"field":"Name","from":"a","to":"b"}]}"#, "Name: a → b"),
            (
                r#"{"secondFactor":"recovery code","recoveryCodesLeft":9}"#,
                "recovery codes left: 9; second factor: recovery code",
            ),
            (
                r#"{"request":"POST /api/keys/create","role":"viewer","suppressed":5}"#,
                "POST /api/keys/create; 5 more like it were not noted",
            ),
            (
                r#"{"query":{"actor":"","action":"key","before":""}}"#,
                "query: action: key",
            ),
            (r#"{"patterns":[{"method":"GET","path":"/a"}]}"#, "GET /a"),
            ("no json", ""),
        ] {
            assert_eq!(words(details), told, "{details}");
        }
    }
}
