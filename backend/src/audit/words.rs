//! The details of an event in words.

use std::fmt::Write as _;

use serde_json::Value;

/// What an event says beside what happened, for people.
pub(crate) fn words(details: &str) -> String {
    let details: Value = serde_json::from_str(details).unwrap_or_default();
    let mut text = sentence(&details);
    if let Some(more) = details["suppressed"].as_u64() {
        let _ = write!(
            text,
            "{}and {more} more like it that were not written down",
            if text.is_empty() { "" } else { "; " }
        );
    }
    text
}

fn sentence(details: &Value) -> String {
    if let Some(changes) = details["changes"].as_array() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let change = |change: &Value| {
            format!(
                "{}: {} → {}",
                text(&change["field"]),
                text(&change["from"]),
                text(&change["to"])
            )
        };
        return changes.iter().map(change).collect::<Vec<_>>().join("; ");
    }
    if let Some(reason) = details["reason"].as_str() {
        return reason.to_owned();
    }
    if let Some(nodes) = details["nodes"].as_i64() {
        return format!("{nodes} of {nodes} nodes ready");
    }
    if let Some(end) = details["oldTokenEndsAt"].as_str() {
        return format!("the old token ends {end}");
    }
    if let Some(last_four) = details["lastFour"].as_str() {
        return format!("the old token …{last_four}");
    }
    if let Some(environment) = details["environment"].as_str() {
        let endpoints = match details["endpoints"]["Only"].as_array() {
            Some(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            None => "all endpoints".to_owned(),
        };
        return format!("{environment}; {endpoints}");
    }
    String::new()
}
