//! `latchkey customer`.

use std::fs;
use std::process::Output;

use tempfile::TempDir;

use super::{Server, ask, latchkey};

/// The exit status and what is printed to standard output and standard error.
fn run(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = latchkey(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// What verify says of a token.
fn code(console: &str, token: &str) -> String {
    let body = format!(r#"{{"key": "{token}", "endpoint": "chat"}}"#);
    let answer = ask(console, "POST /v1/keys/verify HTTP/1.1", &body);
    let (_, rest) = answer.split_once(r#""code":""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn a_running_server_follows_a_suspended_customer() {
    let mut server = Server::start(&[]);
    let console = server.console();
    let create = [
        "customer",
        "create",
        "--external-id",
        "acme-7",
        "--name",
        "Acme",
        "--metadata",
        "{\"plan\": \"pro\"}",
    ];
    let id = server.run(&create).trim().to_owned();
    assert!(id.starts_with("cus_"), "{id}");
    let key = [
        "key",
        "create",
        "--environment",
        "default",
        "--name",
        "Shop",
        "--customer",
        "acme-7",
    ];
    let token = server.run(&key).trim().to_owned();
    assert_eq!(code(&console, &token), "VALID");

    let suspended = server.run(&["customer", "suspend", "acme-7", "--wait", "10s"]);
    assert!(
        suspended.contains(&format!("suspended {id} (Acme): refused on 1 of 1 node")),
        "{suspended}"
    );
    assert_eq!(code(&console, &token), "SUSPENDED");
    assert!(
        server
            .run(&["customer", "suspend", &id])
            .contains("is suspended already")
    );
    assert_eq!(
        server.run(&["customer", "list"]),
        format!("{id}\tacme-7\tsuspended\tAcme\n")
    );
    server.run(&["customer", "resume", "external:acme-7"]);
    assert_eq!(code(&console, &token), "VALID");

    let (status, _, why) = run(&server.folder, &["customer", "delete", "acme-7"]);
    assert_eq!(status, Some(1));
    assert!(why.contains("while it has 1 key: “Shop”"), "{why}");
}

#[test]
fn what_is_exported_is_imported_elsewhere_and_a_second_time_changes_nothing() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for number in 0..3 {
        let (id, name) = (format!("acme, {number}"), format!("Acme \"{number}\""));
        let limit = number.to_string();
        let mut create = vec![
            "customer",
            "create",
            "--external-id",
            &id,
            "--name",
            &name,
            "--metadata",
            "{\"n\": 1.50}",
        ];
        if number > 0 {
            create.extend(["--limit-day", &limit]);
        }
        assert_eq!(run(&from, &create).0, Some(0));
    }
    run(&from, &["customer", "suspend", "acme, 1"]);
    for format in ["csv", "jsonl"] {
        let file = to.path().join(format!("customers.{format}"));
        let file = file.to_str().unwrap();
        let (status, _, why) = run(&from, &["customer", "export", "--format", format, "--output", file]);
        assert_eq!(status, Some(0), "{why}");
        let dry = run(&to, &["customer", "import", file, "--dry-run"]);
        let first = run(&to, &["customer", "import", file]);
        if format == "csv" {
            assert_eq!(dry.1, "3 would be created, 0 would be changed, 0 unchanged\n");
            assert_eq!(first.1, "3 created, 0 changed, 0 unchanged\n");
        }
        let again = run(&to, &["customer", "import", file]);
        assert_eq!(
            (again.0, again.1.as_str()),
            (Some(0), "0 created, 0 changed, 3 unchanged\n")
        );
        // It never writes over a file.
        assert_eq!(run(&from, &["customer", "export", "--output", file]).0, Some(1));
    }
    let export = |folder| run(folder, &["customer", "export"]).1;
    assert_eq!(export(&from), export(&to));
}

#[test]
fn a_mistake_in_a_file_keeps_it_from_being_imported_and_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("customers.csv");
    fs::write(&file, "external_id,name\nacme,Acme\ncus_x,X\nbeta,\n").unwrap();
    let file = file.to_str().unwrap();
    let (status, said, why) = run(&folder, &["customer", "import", file]);
    assert_eq!(status, Some(1), "{said}");
    assert!(why.contains("line 3: An external ID cannot begin with cus_"), "{why}");
    assert!(why.contains("line 4: Give the customer a name."), "{why}");
    assert_eq!(run(&folder, &["customer", "list"]).1, "", "nothing is imported");
}
