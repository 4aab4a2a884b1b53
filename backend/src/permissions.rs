//! Checks that each method of a service that serves people requires a permission. A new method without one fails here.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders and files with services.
const SERVICES: [&str; 15] = [
    "accounts",
    "audit",
    "backup.rs",
    "cluster",
    "customers",
    "endpoints",
    "environments",
    "finder.rs",
    "home",
    "keys",
    "profiles",
    "receipts",
    "service_accounts",
    "suggest.rs",
    "usage",
];

/// Methods that require no permission, and why they need none.
const WITHOUT: [(&str, &str); 63] = [
    // Entry pages: a link, a password or a code in the request itself lets the person in.
    ("accounts", "accept_invitation"),
    ("accounts", "has_any"),
    ("accounts", "invitation"),
    ("accounts", "link_is_good"),
    ("accounts", "log_in"),
    ("accounts", "log_in_with_code"),
    ("accounts", "log_out"),
    ("accounts", "login_ticket_is_good"),
    ("accounts", "reset_password"),
    ("accounts", "set_up"),
    // Finding out who sends a request, before there is an actor.
    ("accounts", "actor"),
    ("accounts", "read_session_without_use"),
    ("accounts", "read_roles_of_sessions"),
    ("accounts", "session"),
    ("service_accounts", "authenticate"),
    // Values that the caller holds already.
    ("accounts", "secret"),
    ("accounts", "token"),
    ("accounts", "value"),
    // The command line, which reads the master key and so the whole database.
    ("accounts", "issue_setup_link"),
    ("audit", "anchor"),
    ("audit", "anchor_file"),
    ("audit", "has_event"),
    ("backup.rs", "create"),
    ("backup.rs", "note_restore"),
    ("cluster", "is_server_running"),
    ("cluster", "wait_in_force"),
    // What the server does by itself, or tells every page.
    ("audit", "log_anchors"),
    ("audit", "note_refusal"),
    ("cluster", "answer_refusals"),
    ("cluster", "answer_refusals_regularly"),
    ("cluster", "count_live_nodes"),
    ("cluster", "exchange_limits"),
    ("cluster", "exchange_limits_regularly"),
    ("cluster", "follow_changes"),
    ("cluster", "is_database_away"),
    ("cluster", "join"),
    ("cluster", "last_change"),
    ("cluster", "last_change_in_force"),
    ("cluster", "leave"),
    ("cluster", "load_index"),
    ("cluster", "send_heartbeats"),
    ("cluster", "tidy_nodes"),
    ("cluster", "wait_for_change"),
    ("cluster", "watch_changes"),
    ("keys", "index_names"),
    ("keys", "index_names_regularly"),
    ("keys", "provision"),
    ("usage", "apply_retention"),
    ("usage", "flush"),
    ("usage", "flush_regularly"),
    ("usage", "flush_until"),
    ("usage", "run_retention"),
    // Public keys are for everybody, and so is checking a receipt with them.
    ("receipts", "check"),
    ("receipts", "is_empty"),
    ("receipts", "published_keys"),
    // Numbers for the metrics, which have an address of their own.
    ("accounts", "count_open_sessions"),
    ("accounts", "get"),
    ("cluster", "change_in_force"),
    ("cluster", "change_seen"),
    ("usage", "count_unflushed"),
    ("usage", "unflushed_age"),
    ("usage", "unflushed_keys"),
    // Goes on with an export that `begin_export` permitted.
    ("usage", "export_lines"),
];

/// The words by which a method requires a permission.
const REQUIRES: [&str; 3] = ["actor.require(", ".begin(actor", ".begin_with_password(actor"];

#[test]
fn each_method_that_serves_people_requires_a_permission() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut missing = Vec::new();
    let mut unused = Vec::from(WITHOUT);
    let mut seen = 0;
    for service in SERVICES {
        for file in files(&src.join(service)) {
            for (name, body) in methods(&fs::read_to_string(&file).unwrap()) {
                seen += 1;
                if REQUIRES.iter().any(|words| body.contains(words)) {
                    continue;
                }
                match unused.iter().position(|known| *known == (service, name.as_str())) {
                    Some(known) => drop(unused.remove(known)),
                    None => missing.push(format!("{service}: `{name}` in {}", file.display())),
                }
            }
        }
    }
    assert!(seen > 90, "the services have methods: {seen}");
    assert!(
        missing.is_empty(),
        "these require no permission:\n{}",
        missing.join("\n")
    );
    assert!(
        unused.is_empty(),
        "these now require a permission or are gone, remove them from WITHOUT: {unused:?}"
    );
}

/// Each public field of `Services` is a service, whose folder or file has to be in [`SERVICES`].
#[test]
fn every_service_is_checked() {
    let source = include_str!("services.rs");
    let fields = source.split("pub struct Services {").nth(1).unwrap();
    let fields = fields.split('}').next().unwrap();
    for field in fields.lines().filter_map(|line| line.trim().strip_prefix("pub ")) {
        let kind = field.split_once(": ").unwrap().1.trim_end_matches(',');
        let kind = kind.trim_start_matches("Arc<").trim_end_matches('>');
        let import = format!("::{kind};");
        let folder = source
            .lines()
            .find_map(|line| line.strip_prefix("use crate::")?.strip_suffix(&import))
            .unwrap_or_else(|| panic!("no import of {kind}"));
        let is_checked = SERVICES.iter().any(|service| service.trim_end_matches(".rs") == folder);
        assert!(is_checked, "add {folder} to SERVICES");
    }
}

#[test]
fn a_method_is_found_with_its_body() {
    let source = "impl Keys {\n    pub async fn list(&self, actor: &Actor) -> Result<()> {\n        \
                  actor.require(Permission::SeeKeys)?;\n        Ok(())\n    }\n\n    pub fn new() -> Self {\n        Self\n    }\n}\n";
    let found = methods(source);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "list");
    assert!(found[0].1.contains(REQUIRES[0]));
}

/// The public methods in a source, with their bodies. They are indented once, as rustfmt writes them.
fn methods(source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let start = line
            .strip_prefix("    pub async fn ")
            .or(line.strip_prefix("    pub fn "));
        let Some(start) = start else {
            continue;
        };
        let name: String = start.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let mut text = line.to_owned();
        for line in lines.by_ref().take_while(|line| *line != "    }") {
            text.push('\n');
            text.push_str(line);
        }
        let (head, body) = text.split_once("{\n").unwrap_or((&text, ""));
        if head.contains("self") {
            found.push((name, body.to_owned()));
        }
    }
    found
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|entry| files(&entry)).collect()
}
