//! The words in which people read stored events. An event that only a newer version knows is told with all its fields.

use serde_json::Value;

use crate::store::event::read;

/// The words that people read beside the name of a stored event.
pub(crate) fn sentence(action: &str, details: &str) -> String {
    match read(action, details) {
        Some(event) => event.sentence(),
        None => everything(&serde_json::from_str(details).unwrap_or_default()),
    }
}

/// All fields of details that this version does not know: `colour: red; labels: a, b`.
fn everything(details: &Value) -> String {
    match details {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => details.to_string(),
        Value::Array(values) => join(values.iter().map(everything), ", "),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| match everything(value) {
                value if value.is_empty() => value,
                value => format!("{}: {value}", label(name)),
            };
            join(fields.iter().map(field), "; ")
        }
    }
}

fn join(parts: impl Iterator<Item = String>, between: &str) -> String {
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(between)
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
mod tests;
