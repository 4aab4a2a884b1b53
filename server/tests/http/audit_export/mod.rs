//! `GET /audit/export`: the audit log as a file.

mod status_200;
mod status_303;
mod status_400;
mod status_403;
mod status_409;

use serde_json::Value;

use crate::common::Answer;

/// The events of an export, one per line.
fn events(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(
        answer.body.is_empty() || answer.body.ends_with('\n'),
        "a line was cut off"
    );
    let lines = answer.body.lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn numbers(answer: &Answer) -> Vec<i64> {
    events(answer)
        .iter()
        .map(|event| event["number"].as_i64().unwrap())
        .collect()
}
