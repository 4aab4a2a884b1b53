//! `latchkey explain`: why would this request be denied?

use std::net::IpAddr;
use std::process::ExitCode;

use backend::Settings;
use clap::Args;
use model::explain::{self, ExplainForm};
use model::id::KeyId;
use model::time::Timestamp;
use model::verify::Code;

use super::key::key_id;
use super::{Failure, print, store};
use crate::config::StoreArgs;

/// The exit status of a command with a wrong argument, which clap uses, too.
const USAGE_ERROR: u8 = 2;

#[derive(Args, Debug)]
pub(super) struct Explain {
    #[command(flatten)]
    store: StoreArgs,
    /// ID of the key: key_…
    #[arg(value_parser = key_id, value_name = "KEY_ID")]
    id: KeyId,
    /// Method of the request, in capitals: GET, POST…
    #[arg(long)]
    method: String,
    /// Path of the request, as a client sends it
    #[arg(long)]
    path: String,
    /// Address of the client [default: unknown]
    #[arg(long, value_name = "IP")]
    address: Option<IpAddr>,
    /// Time of the request, like 2026-12-01T12:00:00Z [default: now]
    #[arg(long, value_parser = parse_time, value_name = "TIME")]
    at: Option<Timestamp>,
}

impl Explain {
    /// Prints one line per check. Exit status 0 if the request would be allowed, 1 if it would be denied.
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let (services, _) = store::open(&self.store, Settings::default()).await?;
        let form = ExplainForm {
            method: self.method,
            path: self.path,
            address: self.address.map(|address| address.to_string()).unwrap_or_default(),
            time: self.at.map(Timestamp::rfc3339).unwrap_or_default(),
        };
        let explained = services
            .keys
            .explain(&backend::Actor::command_line(), &self.id, &form)
            .await;
        services.close().await?;
        let explanation = match explained {
            Ok(explanation) => explanation,
            Err(backend::Error::Invalid(errors)) => {
                for (field, message) in errors.fields {
                    eprintln!("latchkey: --{field}: {message}");
                }
                return Ok(ExitCode::from(USAGE_ERROR));
            }
            Err(error) => return Err(error.into()),
        };
        for checked in &explanation.checks {
            let mark = match checked.result {
                explain::CheckResult::Passed => "ok",
                explain::CheckResult::Failed => "no",
            };
            print(&format!("{mark}  {:<10}  {}", checked.check.title(), checked.reason))?;
        }
        print(explanation.code.as_str())?;
        Ok(match explanation.code {
            Code::Valid => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        })
    }
}

fn parse_time(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse_utc(text).ok_or("write the time like 2026-12-01T12:00:00Z")
}
