//! Puts load on a server by wrk, which is a process of its own.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::question::Question;
use super::tokens::Rotation;
use crate::bench::numbers::float;

pub(crate) const SCRIPT: &str = include_str!("load.lua");
/// The shortest time that wrk supports. With short turns, other work of the machine affects all servers alike.
const SECONDS: &str = "1s";

#[derive(Clone, Copy, Debug)]
pub(crate) struct Load<'a> {
    pub(crate) script: &'a Path,
    pub(crate) host: &'a str,
    pub(crate) question: Question,
    pub(crate) rotation: &'a Rotation,
    /// Tokens to skip first, so that not all rounds use the same ones.
    pub(crate) from: usize,
    pub(crate) connections: u64,
    /// The size in bytes of every answer.
    pub(crate) answer: u64,
    /// Whether all answers are expected to be refusals by their status.
    pub(crate) refused: bool,
}

/// What wrk counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Counted {
    pub(crate) requests: u64,
    /// Microseconds.
    pub(crate) duration: u64,
    bytes: u64,
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    /// Answers with a status of 400 or more.
    refused: u64,
    /// Connections that failed, and answers that came too late.
    broken: u64,
}

impl Load<'_> {
    /// Runs all these loads at once, and waits for their end.
    pub(crate) fn run_all(loads: &[Load]) -> Result<Vec<Counted>> {
        let started: Result<Vec<Child>> = loads.iter().map(Load::start).collect();
        let ended = loads.iter().zip(started?).map(|(load, wrk)| load.finish(wrk));
        ended.collect()
    }

    fn start(&self) -> Result<Child> {
        let mut wrk = Command::new("wrk");
        // One thread is enough to keep the server busy, and on a machine with two processors it leaves one to the server.
        wrk.args(["--threads", "1"])
            .args(["--connections", &self.connections.to_string()])
            .args(["--duration", SECONDS])
            .arg("--script")
            .arg(self.script)
            .arg(format!("http://{}", self.host))
            .args(self.question.around(self.host, self.rotation.length))
            .arg(&self.rotation.file)
            .arg((self.from % self.rotation.count).to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        wrk.spawn().context("wrk cannot be started")
    }

    fn finish(&self, wrk: Child) -> Result<Counted> {
        let output = wrk.wait_with_output().context("wrk did not end")?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let counted = Counted::read(&printed).with_context(|| {
            let messages = String::from_utf8_lossy(&output.stderr);
            format!("wrk counted nothing ({}): {printed}{messages}", output.status)
        })?;
        self.check(counted)?;
        Ok(counted)
    }

    /// Whether all answers were as expected. Each has to be as long as the answer that was checked. When wrk stops, it may have read a
    /// part of one more answer per connection.
    fn check(&self, counted: Counted) -> Result<()> {
        let what = self.question.name();
        let expected = if self.refused { counted.requests } else { 0 };
        ensure!(counted.requests > 0, "{what}: nothing was answered");
        ensure!(
            counted.broken == 0,
            "{what}: {} connections failed or answers came too late",
            counted.broken
        );
        ensure!(
            counted.refused == expected,
            "{what}: {} of {} answers were refusals, {expected} should be",
            counted.refused,
            counted.requests
        );
        ensure!(
            counted.bytes.abs_diff(counted.requests * self.answer) <= self.connections * self.answer,
            "{what}: the answers are of {:.1} bytes, not of {}",
            float(counted.bytes) / float(counted.requests),
            self.answer
        );
        Ok(())
    }
}

impl Counted {
    /// Reads the line of the script from the output of wrk.
    fn read(printed: &str) -> Option<Counted> {
        let line = printed.lines().find(|line| line.starts_with('{'))?;
        let figures: Value = serde_json::from_str(line).ok()?;
        let figure = |name: &str| figures[name].as_u64();
        Some(Counted {
            requests: figure("requests")?,
            duration: figure("duration").filter(|duration| *duration > 0)?,
            bytes: figure("bytes")?,
            p50: figure("p50")?,
            p99: figure("p99")?,
            refused: figure("refused")?,
            broken: figure("broken")?,
        })
    }

    pub(crate) fn per_second(&self) -> f64 {
        float(self.requests) * 1_000_000.0 / float(self.duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "Running 2s test @ http://127.0.0.1:3000\n  1 threads and 32 connections\n  Thread Stats\n\
        {\"p99\": 900, \"requests\": 100, \"bytes\": 50100, \"p50\": 400, \"duration\": 2000000, \"refused\": 0, \
        \"broken\": 0}\n";

    fn check(counted: &str, refused: bool) -> Result<()> {
        let rotation = Rotation {
            file: "tokens".into(),
            count: 1,
            length: 1,
            some: Vec::new(),
        };
        let load = Load {
            script: Path::new("load.lua"),
            host: "127.0.0.1:3000",
            question: Question::Verify,
            rotation: &rotation,
            from: 0,
            connections: 4,
            answer: 500,
            refused,
        };
        load.check(Counted::read(counted).unwrap())
    }

    #[test]
    fn the_line_of_the_script_is_found_among_those_of_wrk() {
        let counted = Counted::read(PRINTED).unwrap();
        assert_eq!((counted.requests, counted.p50, counted.p99), (100, 400, 900));
        assert!((counted.per_second() - 50.0).abs() < 0.001);
        assert_eq!(
            Counted::read("unable to connect to 127.0.0.1:3000 Connection refused"),
            None
        );
    }

    #[test]
    fn answers_as_expected_are_counted() {
        check(PRINTED, false).unwrap();
        check(&PRINTED.replace("\"refused\": 0", "\"refused\": 100"), true).unwrap();
    }

    #[test]
    fn other_answers_fail() {
        for (from, to) in [
            ("\"refused\": 0", "\"refused\": 1"),
            ("\"broken\": 0", "\"broken\": 1"),
            ("\"requests\": 100", "\"requests\": 0"),
            ("\"bytes\": 50100", "\"bytes\": 45000"),
        ] {
            assert!(check(&PRINTED.replace(from, to), false).is_err(), "{to}");
        }
        assert!(check(PRINTED, true).is_err());
    }
}
