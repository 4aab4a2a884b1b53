//! `latchkey proof`

use std::process::ExitCode;

use backend::{Actor, Settings};
use clap::{Args, value_parser};

use super::{Failure, print, store};
use crate::config::StoreArgs;

#[derive(Args, Debug)]
pub(super) struct ShowProof {
    #[command(flatten)]
    store: StoreArgs,
    /// Number of the change
    #[arg(value_name = "N", value_parser = value_parser!(i64).range(1..))]
    change: i64,
}

impl ShowProof {
    /// Prints the proof as JSON. The exit status is 1 while the change is not in force everywhere.
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let (services, _) = store::open(&self.store, Settings::default()).await?;
        let proof = services.cluster.proof(&Actor::command_line(), self.change).await?;
        let json = serde_json::to_string_pretty(&proof);
        let json = json.map_err(|error| Failure(format!("cannot write the proof: {error}")))?;
        for line in json.lines() {
            print(line)?;
        }
        services.close().await?;
        Ok(if proof.in_force {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}
