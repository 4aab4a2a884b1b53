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
use crate::config::Store;

/// The exit status of a command that was not understood, as clap has it.
const USAGE: u8 = 2;

#[derive(Args, Debug)]
pub(super) struct Explain {
    #[command(flatten)]
    store: Store,
    /// key_…
    #[arg(value_parser = key_id, value_name = "KEY_ID")]
    id: KeyId,
    /// GET, POST…, in capitals as clients send it
    #[arg(long)]
    method: String,
    /// The path as a client sends it
    #[arg(long)]
    path: String,
    /// The client's address; not known without
    #[arg(long, value_name = "IP")]
    address: Option<IpAddr>,
    /// When the request comes, like 2026-12-01T12:00:00Z; now without
    #[arg(long, value_parser = time, value_name = "TIME")]
    at: Option<Timestamp>,
}

impl Explain {
    /// Exit status 0 when the request would be allowed, 1 when it would be denied.
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let (backend, _) = store::open(&self.store, Settings::default()).await?;
        let form = ExplainForm {
            method: self.method,
            path: self.path,
            address: self.address.map(|address| address.to_string()).unwrap_or_default(),
            time: self.at.map(Timestamp::rfc3339).unwrap_or_default(),
        };
        let explained = backend.explain(&self.id, &form).await?;
        backend.close().await?;
        let explanation = match explained {
            Ok(explanation) => explanation,
            Err(errors) => {
                for (field, message) in errors.fields {
                    eprintln!("latchkey: --{field}: {message}");
                }
                return Ok(ExitCode::from(USAGE));
            }
        };
        for checked in &explanation.checks {
            let word = match checked.result {
                explain::Result::Passed => "ok",
                explain::Result::Failed => "no",
            };
            print(&format!("{word}  {:<10}  {}", checked.check.title(), checked.reason))?;
        }
        print(explanation.code.as_str())?;
        Ok(match explanation.code {
            Code::Valid => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        })
    }
}

fn time(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse_utc(text).ok_or("a time is written like 2026-12-01T12:00:00Z")
}
