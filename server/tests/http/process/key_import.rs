//! `latchkey key import`.

use std::fmt::Write as _;
use std::fs;
use std::process::Output;

use tempfile::TempDir;

use super::{Server, ask, latchkey};

/// A line about a token.
fn line(token: &str) -> String {
    let sha256 = backend::crypto::sha256(token)
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    format!(r#"{{"sha256": "{sha256}", "name": "{token}", "environment": "default"}}"#)
}

/// Imports a file with this text. Returns the exit status and what is printed to standard output and standard error.
fn import(folder: &TempDir, text: &str, options: &[&str]) -> (Option<i32>, String, String) {
    let file = folder.path().join("keys.jsonl");
    fs::write(&file, text).unwrap();
    let Output { status, stdout, stderr } = latchkey(folder)
        .args(["key", "import", file.to_str().unwrap()])
        .args(options)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// The second column of each line: what became of it.
fn outcomes(output: &str) -> Vec<&str> {
    output.lines().map(|line| line.split('\t').nth(1).unwrap()).collect()
}

#[test]
fn a_large_file_is_imported_in_parts_and_a_second_time_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for number in 1..=2_500 {
        writeln!(text, "{}", line(&format!("sk-{number}"))).unwrap();
    }
    let (status, output, sentence) = import(&folder, &text, &["--dry-run"]);
    assert_eq!(
        (status, outcomes(&output)),
        (Some(0), vec!["created"; 2_500]),
        "{sentence}"
    );
    assert!(
        sentence.contains("2500 keys would be imported, 0 unchanged, 0 refused. Nothing was written."),
        "{sentence}"
    );

    let (status, output, sentence) = import(&folder, &text, &[]);
    assert_eq!(
        (status, outcomes(&output)),
        (Some(0), vec!["created"; 2_500]),
        "{sentence}"
    );
    assert!(output.lines().nth(2_499).unwrap().starts_with("2500\tcreated\tkey_"));
    assert!(
        sentence.contains("2500 keys were imported, 0 unchanged, 0 refused."),
        "{sentence}"
    );

    let (status, again, sentence) = import(&folder, &text, &[]);
    assert_eq!(status, Some(0), "{sentence}");
    assert_eq!(again, output.replace("created", "unchanged"), "the same keys");
    assert!(
        sentence.contains("0 keys were imported, 2500 unchanged, 0 refused."),
        "{sentence}"
    );
}

#[test]
fn a_part_with_a_refused_line_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines: Vec<String> = (1..=1_001).map(|number| line(&format!("sk-{number}"))).collect();
    lines[2] = r#"{"sha256": "x", "name": "", "environment": "default"}"#.to_owned();
    lines[4] = "not JSON".to_owned();
    lines[6] = "x".repeat(200_000);
    lines[8] = String::new();
    let (status, output, sentence) = import(&folder, &lines.join("\n"), &[]);
    assert_eq!(status, Some(1), "{sentence}");
    let of = |number: usize| {
        let begin = format!("{number}\t");
        output
            .lines()
            .filter(|line| line.starts_with(&begin))
            .collect::<Vec<_>>()
    };
    assert_eq!(of(1), ["1\tskipped\t"]);
    let fields: Vec<&str> = of(3).iter().map(|line| line.split('\t').nth(2).unwrap()).collect();
    assert_eq!(fields, ["sha256", "name"]);
    assert_eq!(of(5), ["5\tinvalid\t\tThis is not one JSON object."]);
    assert_eq!(of(7), ["7\tinvalid\t\tThis line is longer than 128 KiB."]);
    assert!(of(9).is_empty(), "a blank line says nothing");
    // The blank line is none of a thousand, so the last line is in the same transaction.
    assert_eq!(of(1_001), ["1001\tskipped\t"]);
    assert!(
        sentence.contains("0 keys were imported, 0 unchanged, 3 refused, 997 skipped"),
        "{sentence}"
    );
    assert!(!output.contains("xxxx"), "what is refused is not repeated");

    let (status, output, _) = import(&folder, &line("sk-1"), &[]);
    assert_eq!(
        (status, outcomes(&output)),
        (Some(0), vec!["created"]),
        "nothing was written before"
    );
}

#[test]
fn a_running_server_accepts_the_keys_when_the_command_ends() {
    let mut server = Server::start(&[]);
    let console = server.console();
    let body = r#"{"key": "acme.secret", "endpoint": "chat"}"#;
    let verify = || ask(&console, "POST /v1/keys/verify HTTP/1.1", body);
    assert!(verify().contains("NOT_FOUND"));
    let (status, output, sentence) = import(&server.folder, &line("acme.secret"), &[]);
    assert_eq!((status, outcomes(&output)), (Some(0), vec!["created"]), "{sentence}");
    assert!(sentence.contains("is active: accepted on 1 of 1 node"), "{sentence}");
    assert!(verify().contains(r#""code":"VALID""#));
    assert!(server.run(&["key", "list"]).contains("\timported token\t"));
    let log = server.log().join("\n");
    assert!(!log.contains("acme.secret"), "{log}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let output = latchkey(&folder)
        .args(["key", "import", "nothing.jsonl"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot read nothing.jsonl"));
}
