//! `latchkey receipt`: gets the receipt of a change, and checks receipts offline.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use backend::audit::Actor;
use backend::receipts::{
    ActorClaim, Checked, Claims, LastValid, MAX_KEYS, MAX_RECEIPT, NodeClaim, PublicKeys, public_keys_in,
};
use backend::{Location, Settings};
use clap::{Args, Subcommand};
use model::progress::span;
use secrecy::SecretString;

use super::{Failure, cannot_create, print, store};
use crate::config::{StoreArgs, public_url};

/// The path that stands for standard input.
const STANDARD_INPUT: &str = "-";

#[derive(Args, Debug)]
#[command(subcommand_negates_reqs = true)]
pub(super) struct Receipt {
    #[command(subcommand)]
    command: Option<Command>,
    /// Number of the change
    #[arg(required = true, value_name = "CHANGE")]
    change: Option<i64>,
    #[command(flatten)]
    store: StoreArgs,
    /// URL at which browsers reach the console; a new receipt names it as its issuer
    #[arg(long, env = "LATCHKEY_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    public_url: Option<String>,
    /// File to which the receipt is written instead of standard output; it must not exist
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a receipt without a server; exit status 1 if it is not valid
    Verify(Verify),
}

#[derive(Args, Debug)]
struct Verify {
    /// File with the receipt, or - for standard input
    file: PathBuf,
    /// File with the public keys, as /.well-known/jwks.json has them [default: the keys in the database of the data folder]
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Folder that holds the SQLite file
    #[arg(
        long,
        env = "LATCHKEY_DATA_DIR",
        default_value = "./latchkey-data",
        value_name = "FOLDER"
    )]
    data_dir: PathBuf,
    /// Database whose public keys are read where there is no --jwks
    #[arg(long, env = "LATCHKEY_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<SecretString>,
}

impl Receipt {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        match (self.command, self.change) {
            (Some(Command::Verify(verify)), _) => verify.run().await,
            (None, Some(change)) => {
                let jws = issue(&self.store, change, self.public_url.as_deref()).await?;
                match self.output {
                    None => print(&jws)?,
                    Some(path) => write(&path, &jws)?,
                }
                Ok(ExitCode::SUCCESS)
            }
            (None, None) => Err(Failure("give the number of a change".to_owned())),
        }
    }
}

async fn issue(args: &StoreArgs, change: i64, public_url: Option<&str>) -> Result<String, Failure> {
    let (services, _) = store::open(args, Settings::default()).await?;
    let issued = services
        .receipts
        .issue(&Actor::command_line(), change, public_url)
        .await;
    services.close().await?;
    Ok(issued?)
}

fn write(path: &Path, jws: &str) -> Result<(), Failure> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.map_err(|error| cannot_create(path, &error))?;
    writeln!(file, "{jws}")
        .and_then(|()| file.sync_all())
        .map_err(|error| Failure(format!("cannot write {}: {error}", path.display())))
}

impl Verify {
    async fn run(self) -> Result<ExitCode, Failure> {
        let text = read(&self.file, MAX_RECEIPT, "receipt")?;
        let keys = self.keys().await?;
        let invalid = |why: String| Failure(format!("this is not a valid receipt: {why}"));
        let text = String::from_utf8(text).map_err(|_| invalid("it is not text".to_owned()))?;
        let checked = keys.check(&text).map_err(|flaw| invalid(flaw.to_string()))?;
        print_receipt(&checked)?;
        Ok(ExitCode::SUCCESS)
    }

    async fn keys(&self) -> Result<PublicKeys, Failure> {
        if let Some(path) = &self.jwks {
            let json = read(path, MAX_KEYS, "file of public keys")?;
            return PublicKeys::from_json(&json)
                .map_err(|flaw| Failure(format!("cannot read the public keys in {}: {flaw}", path.display())));
        }
        let location = store::location_of(self.database_url.as_ref(), &self.data_dir)?;
        match &location {
            Location::Sqlite(path) if !path.exists() => Err(Failure(format!(
                "there is no database {} with the public keys: save /.well-known/jwks.json of the server that issued the \
                 receipt, and name that file with --jwks",
                path.display()
            ))),
            _ => Ok(public_keys_in(&location).await?),
        }
    }
}

/// Reads a file, or standard input, of at most this many bytes.
fn read(path: &Path, most: u64, what: &str) -> Result<Vec<u8>, Failure> {
    let failed = |error: io::Error| Failure(format!("cannot read the {what} {}: {error}", path.display()));
    let source: Box<dyn Read> = if path.as_os_str() == STANDARD_INPUT {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    let mut text = Vec::new();
    source.take(most + 1).read_to_end(&mut text).map_err(failed)?;
    if text.len() as u64 > most {
        return Err(Failure(format!(
            "{} is longer than {most} bytes: it is no {what}",
            path.display()
        )));
    }
    Ok(text)
}

fn print_receipt(Checked { claims, key_id }: &Checked) -> Result<(), Failure> {
    let Claims {
        iss,
        iat: _,
        instance,
        change,
        at,
        action,
        subject,
        actor,
        in_force_at,
        nodes,
        last_valid_at,
    } = claims;
    print(&format!("valid: signed by {iss} with the key {key_id}"))?;
    print(&format!("change {change} of the database {instance}"))?;
    print(&format!("{action}: {} “{}”", subject.id, subject.name))?;
    let ActorClaim { id, name, .. } = actor;
    match id {
        Some(id) => print(&format!("by {name} ({id})"))?,
        None => print(&format!("by {name}"))?,
    }
    print(&format!("made at      {}", at.rfc3339_millis()))?;
    let took = span(in_force_at.since(*at));
    print(&format!("in force at  {}, after {took}", in_force_at.rfc3339_millis()))?;
    match last_valid_at {
        LastValid::NotSaid => {}
        LastValid::Never => print("last VALID   no node has reported any")?,
        LastValid::At(at) => print(&format!("last VALID   {} at the latest", at.rfc3339_millis()))?,
    }
    for node in nodes {
        print(&describe_node(node))?;
    }
    Ok(())
}

fn describe_node(node: &NodeClaim) -> String {
    let NodeClaim {
        id,
        name,
        applied_at,
        refuses_at,
    } = node;
    match (applied_at, refuses_at) {
        (Some(at), _) => format!("node {name} ({id}) had it in force at {}", at.rfc3339_millis()),
        (None, Some(at)) => format!(
            "node {name} ({id}) did not report; it has answered nothing since {} at the latest",
            at.rfc3339_millis()
        ),
        (None, None) => format!("node {name} ({id})"),
    }
}
