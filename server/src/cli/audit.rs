//! `latchkey audit`

use std::process::ExitCode;

use backend::audit::Anchor;
use backend::{Services, Settings};
use clap::{Args, Subcommand};
use model::audit::ChainCheck;

use super::{Failure, print, store};
use crate::config::StoreArgs;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Recompute the whole chain; if it is broken, print the first event that was changed and exit with status 1
    Verify(Verify),
}

#[derive(Args, Debug)]
pub(super) struct Verify {
    #[command(flatten)]
    store: StoreArgs,
    /// Event that the audit log must contain, as the server's log names it; may be repeated. Exit status 1 if it is missing
    #[arg(long, value_name = "NUMBER:MAC")]
    expect: Vec<Anchor>,
}

pub(super) async fn run(Command::Verify(verify): Command) -> Result<ExitCode, Failure> {
    let (services, _) = store::open(&verify.store, Settings::default()).await?;
    let anchor_before = services.audit.anchor();
    let check = services.audit.verify_chain(&backend::Actor::command_line()).await?;
    let missing = verify.find_missing(&services).await?;
    let sound = print_check(&check, missing.as_ref())?;
    if sound {
        print_anchor(&services, anchor_before.as_ref());
    }
    services.close().await?;
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Verify {
    /// Finds the first expected event that the log does not contain.
    async fn find_missing(&self, services: &Services) -> Result<Option<Anchor>, Failure> {
        for anchor in &self.expect {
            if !services.audit.has_event(anchor).await? {
                return Ok(Some(anchor.clone()));
            }
        }
        Ok(None)
    }
}

/// Prints what the check found. Returns whether the log is intact and complete.
fn print_check(check: &ChainCheck, missing: Option<&Anchor>) -> Result<bool, Failure> {
    if let Some(broken) = &check.broken {
        print(&format!("chain broken at event {}", broken.number))?;
        print(&broken.sentence())?;
        print(&format!("The {} events before it are unchanged.", check.events))?;
        return Ok(false);
    }
    if let Some(missing) = missing {
        print(&format!(
            "The log does not have the expected event {}: it was cut off before that event, or another database was put \
             in its place. The {} events that it has are unchanged.",
            missing.number, check.events
        ))?;
        return Ok(false);
    }
    print(&format!("chain intact: {} events", check.events))?;
    Ok(true)
}

/// Prints whether a file outside the database remembers the end of the log. Without such a file, a log that was cut off looks
/// intact.
fn print_anchor(services: &Services, anchor: Option<&Anchor>) {
    let Some(file) = services.audit.anchor_file() else {
        return;
    };
    match anchor {
        Some(anchor) => eprintln!(
            "The log has event {}, the last one that {} remembers.",
            anchor.number,
            file.display()
        ),
        None => eprintln!(
            "There is no {}, so nothing shows whether later events were cut off. Compare with an anchor from the server's \
             log (--expect).",
            file.display()
        ),
    }
}
