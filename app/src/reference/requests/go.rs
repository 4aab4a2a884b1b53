//! A request as a whole program in Go, with its standard library alone, formatted as gofmt does.

use super::super::json::{JSON, MARK};
use super::javascript::quoted;
use super::{AnswerKind, Request};

pub(super) fn write(request: &Request) -> String {
    let body = request.body.as_ref().map(|body| literal(&body.write(&JSON, 0)));
    let shows_headers = request.answer == AnswerKind::Headers;
    let has_secret = request.token.is_some() || request.body.as_ref().is_some_and(super::Json::has_secret);
    let packages = [
        ("fmt", true),
        ("io", !shows_headers),
        ("net/http", true),
        ("os", has_secret),
        ("strings", body.is_some()),
    ];
    let mut lines = vec!["package main".to_owned(), String::new(), "import (".to_owned()];
    let used = packages.into_iter().filter(|(_, used)| *used);
    lines.extend(used.map(|(name, _)| format!("\t\"{name}\"")));
    lines.extend([")", "", "func main() {"].map(str::to_owned));
    let reader = match &body {
        Some(body) => {
            lines.push(format!("\tbody := strings.NewReader({body})"));
            "body"
        }
        None => "nil",
    };
    let (method, url) = (quoted(&request.method), quoted(&request.url));
    lines.push(format!("\trequest, err := http.NewRequest({method}, {url}, {reader})"));
    lines.push(FAIL.to_owned());
    if let Some(token) = request.token {
        lines.push(format!(
            "\trequest.Header.Set(\"Authorization\", \"Bearer \"+os.Getenv(\"{token}\"))"
        ));
    }
    for (name, value) in &request.headers {
        lines.push(format!("\trequest.Header.Set({}, {})", quoted(name), quoted(value)));
    }
    lines.push("\tresponse, err := http.DefaultClient.Do(request)".to_owned());
    lines.push(FAIL.to_owned());
    lines.push("\tdefer response.Body.Close()".to_owned());
    if shows_headers {
        lines.push("\tfmt.Println(response.Status, response.Header)".to_owned());
    } else {
        lines.push("\tanswer, err := io.ReadAll(response.Body)".to_owned());
        lines.push(FAIL.to_owned());
        lines.push("\tfmt.Println(response.Status, string(answer))".to_owned());
    }
    lines.push("}".to_owned());
    lines.join("\n")
}

const FAIL: &str = "\tif err != nil {\n\t\tpanic(err)\n\t}";

/// JSON as an expression: a raw string, with variables between its pieces. A raw string has no backtick.
fn literal(json: &str) -> String {
    let pieces = json.split(MARK).enumerate().map(|(index, piece)| {
        if index % 2 == 1 {
            format!("os.Getenv(\"{piece}\")")
        } else if piece.contains('`') {
            quoted(piece)
        } else {
            format!("`{piece}`")
        }
    });
    pieces.collect::<Vec<_>>().join(" + ")
}
