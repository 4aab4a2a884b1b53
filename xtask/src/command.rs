//! Runs other programs.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// The program and its arguments, as a person would type them.
fn as_typed(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs the program to its end. Its own messages say what went wrong.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("`{}` cannot be started", as_typed(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status}), see its messages above", as_typed(command));
    }
    Ok(())
}

/// Runs the program to its end, and shows what it printed only if it failed. For programs that run beside each other.
pub(crate) fn run_quietly(command: &mut Command) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{}` cannot be started", as_typed(command)))?;
    if !output.status.success() {
        let printed = [output.stdout, output.stderr].concat();
        eprintln!("{}", String::from_utf8_lossy(&printed).trim_end());
        bail!(
            "`{}` failed ({}), see its messages above",
            as_typed(command),
            output.status
        );
    }
    Ok(())
}

/// Runs the program, and returns what it printed to standard output.
pub(crate) fn output_of(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("`{}` cannot be started", as_typed(command)))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", as_typed(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` did not print text", as_typed(command)))
}

/// Runs the program quietly and for at most `limit`. Returns whether it succeeded. Shows what it printed only if it failed.
pub(crate) fn succeeds_within(limit: Duration, command: &mut Command) -> bool {
    let Ok(mut child) = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
    else {
        return false;
    };
    let messages = child.stderr.take().map(|mut pipe| {
        thread::spawn(move || {
            let mut text = String::new();
            // A part of the message is better than none.
            let _ = pipe.read_to_string(&mut text);
            text
        })
    });
    let started = Instant::now();
    let succeeded = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status.success(),
            Ok(None) if started.elapsed() < limit => thread::sleep(Duration::from_millis(100)),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                eprintln!("      `{}` gave no answer in {} s", as_typed(command), limit.as_secs());
                return false;
            }
        }
    };
    let messages = messages.and_then(|reader| reader.join().ok()).unwrap_or_default();
    if !succeeded && let Some(last) = messages.lines().rfind(|line| !line.trim().is_empty()) {
        eprintln!("      `{}`: {}", as_typed(command), last.trim());
    }
    succeeded
}

/// The path of `program`, if it is on the PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}
