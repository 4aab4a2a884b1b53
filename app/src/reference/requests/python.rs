//! A request in Python 3, with its standard library alone.

use super::super::json::Dialect;
use super::javascript::quoted;
use super::{AnswerKind, Request};

const LITERAL: Dialect = Dialect {
    null: "None",
    booleans: ["False", "True"],
    secret: |name| format!("os.environ[\"{name}\"]"),
};

pub(super) fn write(request: &Request) -> String {
    let has_secret = request.token.is_some() || request.body.as_ref().is_some_and(super::Json::has_secret);
    let mut lines = Vec::new();
    if request.body.is_some() || request.answer == AnswerKind::Json {
        lines.push("import json".to_owned());
    }
    if has_secret {
        lines.push("import os".to_owned());
    }
    lines.extend(["import urllib.request", "", "request = urllib.request.Request("].map(str::to_owned));
    lines.push(format!("    {},", quoted(&request.url)));
    if request.method != "GET" {
        lines.push(format!("    method={},", quoted(&request.method)));
    }
    if request.token.is_some() || !request.headers.is_empty() {
        lines.push("    headers={".to_owned());
        if let Some(token) = request.token {
            lines.push(format!(
                "        \"Authorization\": \"Bearer \" + os.environ[\"{token}\"],"
            ));
        }
        for (name, value) in &request.headers {
            lines.push(format!("        {}: {},", quoted(name), quoted(value)));
        }
        lines.push("    },".to_owned());
    }
    if let Some(body) = &request.body {
        lines.push(format!("    data=json.dumps({}).encode(),", body.write(&LITERAL, 4)));
    }
    lines.push(")".to_owned());
    lines.push("with urllib.request.urlopen(request) as response:".to_owned());
    let shown = match request.answer {
        AnswerKind::Json => "json.load(response)",
        AnswerKind::Text => "response.read().decode()",
        AnswerKind::Headers => "dict(response.headers)",
    };
    lines.push(format!("    print(response.status, {shown})"));
    lines.join("\n")
}
