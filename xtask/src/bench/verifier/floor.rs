//! The floor: a program that answers the same bytes as the verifier without any look-up.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::question::Question;
use crate::bench::process::{Running, agent, free_address};
use crate::bench::server::Server;

/// Starts the floor with this server's answer to the first of these tokens.
pub(crate) fn start(program: &Path, server: &Server, tokens: &[String]) -> Result<Running> {
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
    command.arg(&address).args(files);
    let log = server.file("floor.log");
    let floor = Running::start(&mut command, (&address, "/v1/authorize"), &log, &agent())
        .context("the floor does not serve")?;
    for (question, size) in Question::BOTH.into_iter().zip(sizes) {
        let same = question.ask(floor.host(), token)?.size;
        ensure!(
            same == size,
            "{}: the floor answers {same} bytes, the server {size}",
            question.name()
        );
    }
    Ok(floor)
}
