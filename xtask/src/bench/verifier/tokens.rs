//! Makes the keys for the verifier, and files of their tokens.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::bench::server::Data;

/// A file of tokens for wrk, one per line. wrk uses them in turn.
#[derive(Debug)]
pub(crate) struct Rotation {
    pub(crate) file: PathBuf,
    pub(crate) count: usize,
    /// The length of each token.
    pub(crate) length: usize,
    /// Some of the tokens, to check the answers.
    pub(crate) some: Vec<String>,
}

/// How many tokens of a rotation are checked.
const CHECKED_TOKENS: usize = 50;

impl Rotation {
    /// A rotation of `count` of these tokens, evenly spread. If there are fewer, they are repeated.
    pub(crate) fn new(file: PathBuf, tokens: &[String], count: usize) -> Result<Rotation> {
        let chosen = spread(tokens, count);
        let length = chosen.first().context("there is no token")?.len();
        ensure!(
            chosen.iter().all(|token| token.len() == length),
            "the tokens are not all of one length"
        );
        let mut text = chosen.join("\n");
        text.push('\n');
        fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(Rotation {
            file,
            count,
            length,
            some: spread(&chosen, CHECKED_TOKENS.min(count))
                .into_iter()
                .map(str::to_owned)
                .collect(),
        })
    }
}

fn spread<T: AsRef<str>>(tokens: &[T], count: usize) -> Vec<&str> {
    let every = (tokens.len() / count).max(1);
    let chosen = tokens.iter().step_by(every).cycle();
    chosen.take(count).map(AsRef::as_ref).collect()
}

/// Data with keys in them.
pub(crate) struct Made {
    pub(crate) data: Data,
    pub(crate) tokens: Vec<String>,
    pub(crate) took: Duration,
}

/// Makes the given number of keys with one command, as an operator would. No server runs, so they are active at once.
pub(crate) fn make(program: &Path, size: u32) -> Result<Made> {
    let data = Data::new(program)?;
    let file = data.file("tokens");
    let output = file.to_str().context("the temporary folder's name is not text")?;
    let count = size.to_string();
    let started = Instant::now();
    data.run(&[
        "key",
        "create",
        "--environment",
        "default",
        "--name",
        "Load test",
        "--count",
        &count,
        "--output",
        output,
    ])?;
    let took = started.elapsed();
    let tokens = fs::read_to_string(&file).context("the new tokens cannot be read")?;
    let tokens: Vec<String> = tokens.lines().map(str::to_owned).collect();
    ensure!(
        tokens.len() == size as usize,
        "{} keys were made, not {size}",
        tokens.len()
    );
    Ok(Made { data, tokens, took })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_chosen_from_all_over() {
        let tokens = ["a", "b", "c", "d", "e", "f"];
        assert_eq!(spread(&tokens, 3), ["a", "c", "e"]);
        assert_eq!(spread(&tokens, 6), tokens);
    }

    #[test]
    fn fewer_tokens_come_again() {
        assert_eq!(spread(&["a", "b"], 5), ["a", "b", "a", "b", "a"]);
    }
}
