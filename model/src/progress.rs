//! The progress of a new token: the steps that a person follows on the screen. A step is shown as done only when it is.

use serde::{Deserialize, Serialize};

use crate::status::Status;
use crate::time::{HOUR, MINUTE, SECOND, skew_in_words};

/// The steps on the way to ACTIVE, of which one may have failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub status: Status,
    /// Why a FAILED key failed.
    pub reason: Option<String>,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub title: String,
    pub state: StepState,
    /// What was found, in a few words.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepState {
    Done,
    Running,
    Waiting,
    Failed,
}

/// What is known about a token's progress, for [`Progress::new`]. Times in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgressFacts {
    /// The browser's clock minus the server's, where there was a browser.
    pub browser_skew: Option<i64>,
    /// The database's clock minus the server's, once they were compared.
    pub database_skew: Option<i64>,
    /// Whether it failed because of the clocks.
    pub clocks_failed: bool,
    /// The number of nodes that know the token, and of those that have to.
    pub nodes: (u64, u64),
    /// How much longer the configured minimum time holds it back; 0 where it does not.
    pub held_for: i64,
    /// The time from being stored to being ACTIVE or FAILED.
    pub took: Option<i64>,
}

impl Progress {
    pub fn new(status: Status, reason: Option<String>, facts: &ProgressFacts) -> Self {
        let running = status == Status::Provisioning;
        let failed = status == Status::Failed;
        let compared = facts.database_skew.is_some();
        let (know, all) = facts.nodes;
        let nodes_ready = know >= all && (!running && !failed || (compared && !facts.clocks_failed));
        let step = |title: &str, state, detail: String| Step {
            title: title.to_owned(),
            state,
            detail,
        };

        let clocks = if facts.clocks_failed {
            step("Clocks disagree", StepState::Failed, clocks(facts))
        } else if compared {
            step("Clocks agree", StepState::Done, clocks(facts))
        } else if failed {
            step("Clocks were not compared", StepState::Failed, String::new())
        } else if !running {
            let why = if facts.took.is_some() {
                "no server was running"
            } else {
                "not recorded"
            };
            step("Clocks", StepState::Done, why.to_owned())
        } else {
            step("Comparing clocks", StepState::Running, String::new())
        };
        let count = match all {
            0 => String::new(),
            _ => format!("{know} of {all}"),
        };
        let nodes = match (nodes_ready, facts.clocks_failed, failed) {
            (true, ..) => step("Nodes ready", StepState::Done, count),
            (false, true, _) => step("Nodes", StepState::Waiting, String::new()),
            (false, false, true) => step("Nodes did not answer in time", StepState::Failed, count),
            (false, false, false) => step(
                "Waiting for nodes",
                if compared {
                    StepState::Running
                } else {
                    StepState::Waiting
                },
                count,
            ),
        };
        let last = match status {
            Status::Failed => step("Failed: this key will never work", StepState::Failed, took(facts)),
            // The word Active stands here only once it is true.
            Status::Provisioning if nodes_ready && facts.held_for > 0 => step(
                &format!("Ready in {}", wait(facts.held_for)),
                StepState::Running,
                String::new(),
            ),
            _ if running || !nodes_ready => step("Usable", StepState::Waiting, "not yet".to_owned()),
            Status::Provisioning => step("Usable", StepState::Waiting, String::new()),
            Status::Active => step("Active", StepState::Done, took(facts)),
            // The key was active, and is not active now.
            Status::Inactive | Status::Expired => step("Provisioned", StepState::Done, took(facts)),
        };
        Self {
            status,
            reason,
            steps: vec![
                step("Stored", StepState::Done, "only its hash".to_owned()),
                clocks,
                nodes,
                last,
            ],
        }
    }
}

fn clocks(facts: &ProgressFacts) -> String {
    match (facts.browser_skew, facts.database_skew) {
        (Some(browser), _) if browser.abs() < SECOND => {
            let side = if browser < 0 { "behind" } else { "ahead" };
            format!("yours is {} ms {side}", browser.abs())
        }
        (Some(browser), _) => format!("yours is {}", skew_in_words(browser)),
        // Without a browser, two clocks are left to compare.
        (None, Some(database)) => format!("server and database only, {} apart", span(database.abs())),
        (None, None) => String::new(),
    }
}

fn took(facts: &ProgressFacts) -> String {
    facts
        .took
        .map(|took| format!("after {}", span(took)))
        .unwrap_or_default()
}

/// How long to wait, in words: whole seconds, which are never too few.
fn wait(milliseconds: i64) -> String {
    match (milliseconds + SECOND - 1) / SECOND {
        seconds if seconds < MINUTE / SECOND => format!("{seconds} s"),
        seconds => span(seconds * SECOND),
    }
}

/// A short time in words: `212 ms`, `4.2 s`, `3 min 12 s`, `2 h`.
pub fn span(milliseconds: i64) -> String {
    match milliseconds {
        ..SECOND => format!("{milliseconds} ms"),
        SECOND..MINUTE => format!("{}.{} s", milliseconds / SECOND, milliseconds % SECOND / 100),
        MINUTE..HOUR => format!("{} min {} s", milliseconds / MINUTE, milliseconds % MINUTE / SECOND),
        _ => format!("{} h", milliseconds / HOUR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(status: Status, facts: &ProgressFacts) -> Vec<String> {
        let line = |step: Step| format!("{:?} {} ({})", step.state, step.title, step.detail);
        Progress::new(status, None, facts).steps.into_iter().map(line).collect()
    }

    #[test]
    fn each_step_is_shown_once_it_is_true() {
        let mut facts = ProgressFacts {
            browser_skew: Some(40),
            nodes: (0, 3),
            ..ProgressFacts::default()
        };
        assert_eq!(
            steps(Status::Provisioning, &facts),
            [
                "Done Stored (only its hash)",
                "Running Comparing clocks ()",
                "Waiting Waiting for nodes (0 of 3)",
                "Waiting Usable (not yet)"
            ]
        );
        facts.database_skew = Some(-2);
        facts.nodes = (2, 3);
        assert_eq!(
            steps(Status::Provisioning, &facts)[1..3],
            [
                "Done Clocks agree (yours is 40 ms ahead)",
                "Running Waiting for nodes (2 of 3)"
            ]
        );
        facts.nodes = (3, 3);
        facts.held_for = 4_200;
        assert_eq!(
            steps(Status::Provisioning, &facts)[2..],
            ["Done Nodes ready (3 of 3)", "Running Ready in 5 s ()"]
        );
        facts.took = Some(212);
        assert_eq!(steps(Status::Active, &facts)[3], "Done Active (after 212 ms)");
    }

    #[test]
    fn a_clock_that_is_off_ends_it_there() {
        let facts = ProgressFacts {
            browser_skew: Some(-192_000),
            database_skew: Some(1),
            clocks_failed: true,
            nodes: (1, 1),
            ..ProgressFacts::default()
        };
        assert_eq!(
            steps(Status::Failed, &facts),
            [
                "Done Stored (only its hash)",
                "Failed Clocks disagree (yours is 3 min 12 s behind)",
                "Waiting Nodes ()",
                "Failed Failed: this key will never work ()"
            ]
        );
    }

    #[test]
    fn three_minutes_without_every_node_end_it_there() {
        let facts = ProgressFacts {
            database_skew: Some(3),
            nodes: (2, 3),
            ..ProgressFacts::default()
        };
        assert_eq!(
            steps(Status::Failed, &facts)[1..3],
            [
                "Done Clocks agree (server and database only, 3 ms apart)",
                "Failed Nodes did not answer in time (2 of 3)"
            ]
        );
    }

    #[test]
    fn a_key_made_while_no_server_runs_waits_for_none() {
        assert_eq!(
            steps(
                Status::Active,
                &ProgressFacts {
                    took: Some(0),
                    ..ProgressFacts::default()
                }
            ),
            [
                "Done Stored (only its hash)",
                "Done Clocks (no server was running)",
                "Done Nodes ready ()",
                "Done Active (after 0 ms)"
            ]
        );
        // The key was made by a version that did not record this.
        assert_eq!(
            steps(Status::Active, &ProgressFacts::default())[1],
            "Done Clocks (not recorded)"
        );
    }

    #[test]
    fn nothing_says_active_before_it_is() {
        for nodes in [(0, 1), (1, 1)] {
            for database_skew in [None, Some(1)] {
                let facts = ProgressFacts {
                    database_skew,
                    nodes,
                    ..ProgressFacts::default()
                };
                assert!(
                    steps(Status::Provisioning, &facts)
                        .iter()
                        .all(|line| !line.contains("Active"))
                );
            }
        }
    }
}
