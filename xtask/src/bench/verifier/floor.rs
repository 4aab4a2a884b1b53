//! The floors: a program that answers without any look-up, in two ways.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::question::Question;
use crate::bench::process::{Running, agent, free_address};
use crate::bench::server::{Server, WORKER_THREADS};

/// The two ways.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Floor {
    /// The verifier's own HTTP stack, which always answers the same bytes.
    Constant,
    /// An ordinary axum service with `axum::serve`, which reads each request and writes each answer anew.
    Plain,
}

/// Starts the floor with this server's answer to the first of these tokens.
pub(crate) fn start(program: &Path, server: &Server, tokens: &[String]) -> Result<Running> {
    start_with(program, server, tokens, Floor::Constant, &[])
}

/// Starts the floor with one worker thread.
pub(crate) fn start_on_one_thread(program: &Path, server: &Server, tokens: &[String], floor: Floor) -> Result<Running> {
    start_with(program, server, tokens, floor, &[(WORKER_THREADS, "1")])
}

fn start_with(
    program: &Path,
    server: &Server,
    tokens: &[String],
    kind: Floor,
    variables: &[(&str, &str)],
) -> Result<Running> {
    let token = tokens.first().context("there is no token")?;
    let mut files = Vec::new();
    let mut sizes = Vec::new();
    for question in Question::BOTH {
        let answer = question.ask(server.running.host(), token)?;
        ensure!(
            answer.allows(question),
            "{}: the key is not allowed: {answer:?}",
            question.name()
        );
        let file = server.file(&format!("{}.answer", question.name()));
        fs::write(&file, answer.for_the_floor()).with_context(|| format!("{} cannot be written", file.display()))?;
        files.push(file);
        sizes.push(answer.size);
    }
    let address = free_address()?;
    let mut command = Command::new(program);
    command.arg(&address).args(files).envs(variables.iter().copied());
    if kind == Floor::Plain {
        command.arg("plain");
    }
    let log = server.file(&format!("{kind:?}.log"));
    let floor =
        Running::start(&mut command, (&address, "/readyz"), &log, &agent()).context("the floor does not serve")?;
    for (question, size) in Question::BOTH.into_iter().zip(sizes) {
        let answer = question.ask(floor.host(), token)?;
        ensure!(
            answer.allows(question),
            "{}: the floor does not allow: {answer:?}",
            question.name()
        );
        let same = answer.size;
        ensure!(
            kind == Floor::Plain || same == size,
            "{}: the floor answers {same} bytes, the server {size}",
            question.name()
        );
    }
    Ok(floor)
}
