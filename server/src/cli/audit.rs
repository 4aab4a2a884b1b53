//! `latchkey audit`

use std::process::ExitCode;

use backend::Settings;
use clap::Subcommand;

use super::{Failure, print, store};
use crate::config::Store;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Recompute the whole chain; exit status 1 and the first event that is not as it was written
    Verify {
        #[command(flatten)]
        store: Store,
    },
}

pub(super) async fn run(Command::Verify { store }: Command) -> Result<ExitCode, Failure> {
    let (backend, _) = store::open(&store, Settings::default()).await?;
    let check = backend.verify_audit_chain().await?;
    backend.close().await?;
    match check.broken {
        None => {
            print(&format!("chain intact: {} events", check.events))?;
            Ok(ExitCode::SUCCESS)
        }
        Some(broken) => {
            print(&format!("chain broken at event {}", broken.number))?;
            print(&broken.sentence())?;
            print(&format!(
                "The {} events before it are as they were written.",
                check.events
            ))?;
            Ok(ExitCode::FAILURE)
        }
    }
}
