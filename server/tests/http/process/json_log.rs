//! `LATCHKEY_LOG_FORMAT=json`: each line is an object, and the ID of a request leads to its lines.

use serde_json::Value;

use super::{Server, ask, header};

const JSON: (&str, &str) = ("LATCHKEY_LOG_FORMAT", "json");

/// All lines of the log.
fn lines(server: &Server) -> Vec<Value> {
    let parse = |line: &String| {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for member in ["timestamp", "level", "message"] {
            assert!(line[member].is_string(), "no {member} in {line}");
        }
        line
    };
    server.log().iter().map(parse).collect()
}

/// The line with this message.
fn line<'a>(lines: &'a [Value], message: &str) -> &'a Value {
    let found = lines
        .iter()
        .find(|line| line["message"].as_str().unwrap().contains(message));
    found.unwrap_or_else(|| panic!("no {message} in {lines:#?}"))
}

#[test]
fn every_line_is_an_object_and_the_id_of_an_answer_is_in_the_lines_of_its_request() {
    let mut server = Server::start(&[JSON]);
    let console = server.console();
    let refused = ask(
        &console,
        "POST /login HTTP/1.1\r\nOrigin: https://evil.example\r\nX-Request-Id: mine\r\nContent-Type: application/x-www-form-urlencoded",
        "email=ada%40example.com&password=correct+horse",
    );
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    let id = header(&refused, "x-request-id");
    assert!(id.len() == 16 && id != "mine", "{id}");
    assert_ne!(header(&ask(&console, "GET /login HTTP/1.1", ""), "x-request-id"), id);
    server.wait_for("refused a form from another site");
    assert!(server.stop().0.success());

    let lines = lines(&server);
    line(&lines, "Nobody can log in yet");
    line(&lines, "Latchkey is ready at");
    line(&lines, "stopping");
    let refusal = line(&lines, "refused a form from another site");
    assert_eq!(refusal["level"], "WARN");
    assert_eq!(refusal["span"]["request_id"], id);
    assert_eq!(refusal["span"]["path"], "/login");
    let text = server.log().concat();
    for secret in ["ada", "horse"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn a_server_that_cannot_start_says_why_in_an_object() {
    let mut server = Server::spawn(&[JSON, ("LATCHKEY_METRICS_ADDR", "256.0.0.1:1")]);
    assert_eq!(server.wait().code(), Some(1));
    let lines = lines(&server);
    assert_eq!(line(&lines, "cannot listen on 256.0.0.1:1")["level"], "ERROR");
}

#[test]
fn the_text_for_people_has_the_id_too() {
    let mut server = Server::start(&[]);
    let console = server.console();
    let refused = ask(&console, "POST /login HTTP/1.1\r\nOrigin: https://evil.example", "");
    let id = header(&refused, "x-request-id").to_owned();
    let line = server.wait_for("refused a form from another site");
    assert!(line.contains(&format!("request_id=\"{id}\"")), "{line}");
}

#[test]
fn answers_to_gateways_have_no_id() {
    let mut server = Server::start(&[]);
    let answer = ask(&server.console(), "GET /v1/authorize HTTP/1.1", "");
    assert!(!answer.to_lowercase().contains("x-request-id"), "{answer}");
}
