//! `latchkey backup` and `latchkey restore`, from SQLite to PostgreSQL and back.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use super::{Server, ask, latchkey};
use crate::common::database::TestDatabase;

const MASTER_KEY: (&str, &str) = ("LATCHKEY_MASTER_KEY", "a master key for tests, 32 or more");

/// Runs a command, on a PostgreSQL database or on the SQLite database in the folder.
fn run(folder: &TempDir, url: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = latchkey(folder);
    command.args(arguments).env(MASTER_KEY.0, MASTER_KEY.1);
    if let Some(url) = url {
        command.env("LATCHKEY_DATABASE_URL", url);
    }
    command.output().unwrap()
}

fn succeed(output: &Output) -> String {
    let (text, log) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{log}");
    String::from_utf8(text.clone()).unwrap()
}

fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn verify(server: &mut Server, token: &str) -> String {
    let body = format!(r#"{{"key": "{}", "endpoint": "chat"}}"#, token.trim());
    let console = server.console();
    ask(&console, "POST /v1/keys/verify HTTP/1.1", &body)
}

fn create(folder: &TempDir, url: Option<&str>, name: &str) -> String {
    let arguments = ["key", "create", "--environment", "default", "--name", name];
    succeed(&run(folder, url, &arguments))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_moves_to_postgresql_and_back() {
    let database = TestDatabase::blank().await;
    let Some(url) = database.url() else { return };
    tokio::task::block_in_place(|| move_there_and_back(url));
}

fn move_there_and_back(url: &str) {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kept = create(&old, None, "Kept");
    let file = old.path().join("backup.db");
    let path = file.to_str().unwrap();
    succeed(&run(&old, None, &["backup", path]));

    let wrong = run(
        &new,
        Some(url),
        &["restore", new.path().join("no.db").to_str().unwrap()],
    );
    assert!(refusal(&wrong).contains("cannot read"));
    let restored = succeed(&run(&new, Some(url), &["restore", path]));
    assert_eq!(restored, "Restored. Everybody has to log in again.\n");
    assert_eq!(names(new.path()), Vec::<String>::new(), "no draft is left");

    let mut server = Server::start(&[MASTER_KEY, ("LATCHKEY_DATABASE_URL", url)]);
    assert!(verify(&mut server, &kept).contains("\"VALID\""));
    let refused = run(&new, Some(url), &["restore", path]);
    assert!(refusal(&refused).contains("a server is running over this database; stop it first"));
    assert_eq!(names(new.path()), Vec::<String>::new());
    let lost = create(&new, Some(url), "Lost");
    let copy = new.path().join("copy.db");
    let written = succeed(&run(&new, Some(url), &["backup", copy.to_str().unwrap()]));
    assert!(written.contains("The master key is not in it"));
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let again = run(&new, Some(url), &["backup", copy.to_str().unwrap()]);
    assert!(refusal(&again).contains("already exists and is not overwritten"));
    server.stop();

    // The backup of PostgreSQL in the place of the old file.
    let back = succeed(&run(&old, None, &["restore", copy.to_str().unwrap()]));
    assert!(back.contains("latchkey.db.before-restore"), "{back}");
    let listed = succeed(&run(&old, None, &["key", "list"]));
    assert!(listed.contains("Kept") && listed.contains("Lost"), "{listed}");
    assert!(succeed(&run(&old, None, &["audit", "verify"])).starts_with("chain intact"));

    // The older backup in the place of the PostgreSQL database, which is set aside together with the anchor of its log.
    let restored = succeed(&run(&new, Some(url), &["restore", path]));
    let set_aside = new.path().join("postgres.db.before-restore");
    assert!(restored.contains(set_aside.to_str().unwrap()), "{restored}");
    assert!(
        restored.contains("The audit log ends earlier than it did."),
        "{restored}"
    );
    assert_eq!(set_aside.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(succeed(&run(&new, Some(url), &["audit", "verify"])).starts_with("chain intact"));
    let mut server = Server::start(&[MASTER_KEY, ("LATCHKEY_DATABASE_URL", url)]);
    assert!(verify(&mut server, &kept).contains("\"VALID\""));
    assert!(verify(&mut server, &lost).contains("\"NOT_FOUND\""));
    server.stop();
    let again = run(&new, Some(url), &["restore", path]);
    assert!(refusal(&again).contains("still exists from an earlier restore"));
}

/// The files in a folder, without the anchors of audit logs.
fn names(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap();
    let names = names.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.ends_with(".anchor")).collect()
}
