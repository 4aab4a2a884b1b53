//! `latchkey audit`

use std::process::ExitCode;

use backend::audit::Anchor;
use backend::{Backend, Settings};
use clap::{Args, Subcommand};
use model::audit::ChainCheck;

use super::{Failure, print, store};
use crate::config::Store;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Recompute the whole chain; exit status 1 and the first event that is not as it was written
    Verify(Verify),
}

#[derive(Args, Debug)]
pub(super) struct Verify {
    #[command(flatten)]
    store: Store,
    /// An event that the log must have, as the server's log names it; again for more. Exit status 1 where it has it not
    #[arg(long, value_name = "NUMBER:MAC")]
    expect: Vec<Anchor>,
}

pub(super) async fn run(Command::Verify(verify): Command) -> Result<ExitCode, Failure> {
    let (backend, _) = store::open(&verify.store, Settings::default()).await?;
    let before = backend.audit_anchor();
    let check = backend.verify_audit_chain().await?;
    let missing = verify.missing(&backend).await?;
    let sound = told(&check, missing.as_ref())?;
    if sound {
        tell_of_anchor(&backend, before.as_ref());
    }
    backend.close().await?;
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Verify {
    /// The first expected event that is not there.
    async fn missing(&self, backend: &Backend) -> Result<Option<Anchor>, Failure> {
        for anchor in &self.expect {
            if !backend.has_audit_event(anchor).await? {
                return Ok(Some(anchor.clone()));
            }
        }
        Ok(None)
    }
}

/// Says what was found, and whether all is well.
fn told(check: &ChainCheck, missing: Option<&Anchor>) -> Result<bool, Failure> {
    if let Some(broken) = &check.broken {
        print(&format!("chain broken at event {}", broken.number))?;
        print(&broken.sentence())?;
        print(&format!(
            "The {} events before it are as they were written.",
            check.events
        ))?;
        return Ok(false);
    }
    if let Some(missing) = missing {
        print(&format!(
            "The log does not have the expected event {}: it was cut off before that, or another database was put in its \
             place. What it has is sound by itself: {} events.",
            missing.number, check.events
        ))?;
        return Ok(false);
    }
    print(&format!("chain intact: {} events", check.events))?;
    Ok(true)
}

/// Beside what was asked for: whether anything outside the database remembers the end of the log.
fn tell_of_anchor(backend: &Backend, anchor: Option<&Anchor>) {
    let Some(file) = backend.audit_anchor_file() else {
        return;
    };
    match anchor {
        Some(anchor) => eprintln!("It has event {}, which {} remembers.", anchor.number, file.display()),
        None => eprintln!(
            "There is no {}, so whether later events were cut off cannot be told: compare with an anchor from the \
             server's log (--expect).",
            file.display()
        ),
    }
}
