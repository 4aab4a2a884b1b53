//! A request as a curl line for a POSIX shell.

use super::super::json::{JSON, MARK};
use super::{AnswerKind, Request};

pub(super) fn write(request: &Request) -> String {
    let mut words = "curl".to_owned();
    if request.answer == AnswerKind::Headers {
        words.push_str(" -i");
    }
    // curl sends GET by itself, and POST where there is a body.
    if !matches!(
        (request.method.as_str(), &request.body),
        ("GET", None) | ("POST", Some(_))
    ) {
        words.extend([" -X ", &request.method]);
    }
    let mut lines = vec![format!("{words} {}", quoted(&request.url))];
    if let Some(token) = request.token {
        lines.push(format!("-H \"Authorization: Bearer ${token}\""));
    }
    for (name, value) in &request.headers {
        lines.push(format!("-H {}", quoted(&format!("{name}: {value}"))));
    }
    if let Some(body) = &request.body {
        lines.push(format!("-d '{}'", in_single_quotes(&body.write(&JSON, 2))));
    }
    lines.join(" \\\n  ")
}

/// The text in double quotes.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        if matches!(letter, '"' | '\\' | '$' | '`') {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted.push('"');
    quoted
}

/// The inside of a text in single quotes, which are left for variables.
fn in_single_quotes(text: &str) -> String {
    let pieces = text.split(MARK).enumerate().map(|(index, piece)| {
        if index % 2 == 1 {
            format!("'\"${piece}\"'")
        } else {
            piece.replace('\'', "'\\''")
        }
    });
    pieces.collect()
}
