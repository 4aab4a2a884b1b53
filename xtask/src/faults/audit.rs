//! Changes one row of the audit log in the database, behind the triggers.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::Scenario;
use super::trial::{Trial, new_nodes};
use crate::nodes::database::Engine;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "audit",
    title: "one row of the audit log is changed in the database",
    engines: &Engine::BOTH,
    run,
};
const BEFORE: Duration = Duration::from_secs(4);
/// A column, a value that it does not have, and what puts it back.
const CHANGES: [(&str, &str, &str); 4] = [
    ("at", "at + 1", "at - 1"),
    (
        "actor_name",
        "actor_name || '!'",
        "substr(actor_name, 1, length(actor_name) - 1)",
    ),
    (
        "subject_id",
        "subject_id || '0'",
        "substr(subject_id, 1, length(subject_id) - 1)",
    ),
    ("details", "details || ' '", "substr(details, 1, length(details) - 1)"),
];

fn run(engine: Engine, program: &Path) -> Result<Trial> {
    let mut trial = Trial::start(new_nodes(engine, program)?)?;
    thread::sleep(BEFORE);
    let commands = trial.nodes.commands();
    let mut named = Vec::new();
    for (index, (column, value, back)) in CHANGES.into_iter().enumerate() {
        let middle = format!(
            "SELECT max(number) FROM audit_events WHERE action = 'key.created' AND number <= \
             (SELECT max(number) * {} / 5 FROM audit_events)",
            index + 1
        );
        let number = trial.nodes.database.query(&middle)?.trim().to_owned();
        ensure!(!number.is_empty(), "no key was created so early");
        let set = |value: &str| format!("UPDATE audit_events SET {column} = {value} WHERE number = {number}");
        trial
            .nodes
            .database
            .change_behind_triggers("audit_events", &set(value))?;
        let printed = commands.run(&["audit", "verify"])?;
        trial.times += 1;
        let said = format!("{}{}", printed.output, printed.messages);
        let is_named = said.split(|c: char| !c.is_ascii_digit()).any(|word| word == number);
        if printed.succeeded || !is_named {
            trial.wrong.push(format!(
                "event {number} was changed ({column}), and the check says: {said}"
            ));
        } else {
            named.push(number.clone());
        }
        trial
            .nodes
            .database
            .change_behind_triggers("audit_events", &set(back))?;
        let printed = commands.run(&["audit", "verify"]).context("the log is as before")?;
        ensure!(
            printed.succeeded,
            "the log is as before, and does not verify: {}",
            printed.messages
        );
    }
    trial.notes.push(format!(
        "`latchkey audit verify` named the changed events: {}",
        named.join(", ")
    ));
    Ok(trial)
}
