//! A request in JavaScript, for Node from version 18 on, as a module.

use super::super::json::{Dialect, JSON};
use super::{AnswerKind, Request};
use leptos::serde_json::Value;

const LITERAL: Dialect = Dialect {
    secret: |name| format!("process.env.{name}"),
    ..JSON
};

pub(super) fn write(request: &Request) -> String {
    let mut options = Vec::new();
    if request.method != "GET" {
        options.push(format!("  method: {},", quoted(&request.method)));
    }
    if request.token.is_some() || !request.headers.is_empty() {
        options.push("  headers: {".to_owned());
        if let Some(token) = request.token {
            options.push(format!("    \"Authorization\": `Bearer ${{process.env.{token}}}`,"));
        }
        for (name, value) in &request.headers {
            options.push(format!("    {}: {},", quoted(name), quoted(value)));
        }
        options.push("  },".to_owned());
    }
    if let Some(body) = &request.body {
        options.push(format!("  body: JSON.stringify({}),", body.write(&LITERAL, 2)));
    }
    let shown = match request.answer {
        AnswerKind::Json => "await response.json()",
        AnswerKind::Text => "await response.text()",
        AnswerKind::Headers => "Object.fromEntries(response.headers)",
    };
    format!(
        "const response = await fetch({}, {{\n{}\n}});\nconsole.log(response.status, {shown});",
        quoted(&request.url),
        options.join("\n")
    )
}

/// The text as a string literal.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
