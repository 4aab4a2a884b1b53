//! The command line.

mod audit;
mod backup;
mod check;
mod explain;
mod files;
mod in_force;
mod key;
mod master_key;
mod output;
mod runtimes;
mod serve;
mod store;
mod user;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::builder::Resettable;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use model::name;

use crate::config::{Serve, Store};
use crate::telemetry;

/// Self-hosted API-key console and verifier
#[derive(Debug, Parser)]
#[command(name = "latchkey", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the schema up to date, then serve the console and the verifier
    Serve(Box<Serve>),
    /// Bring the schema up to date and print what was done
    Migrate(Store),
    /// People who may log in
    #[command(subcommand)]
    User(user::Command),
    /// API keys; a command waits until the running servers answer by what it did
    #[command(subcommand)]
    Key(key::Command),
    /// Why would a request with this key be denied? Exit status 1 when it would
    Explain(explain::Explain),
    /// The audit log
    #[command(subcommand)]
    Audit(audit::Command),
    /// Write a consistent copy of the database to a file, also while a server runs; the master key is not in it
    Backup(backup::Backup),
    /// Put a backup in the place of the database; no server may be running
    Restore(backup::Restore),
    /// The key that encrypts environment keys and second factors, and keys the audit log's chain
    #[command(subcommand)]
    MasterKey(master_key::Command),
    /// Is this a well-formed token? Needs no server and no database
    Check(check::Check),
}

/// A sentence for the person who typed the command.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(pub(crate) String);

impl<E: Into<backend::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into().to_string())
    }
}

/// Reads the arguments and does what they say.
pub fn main() -> ExitCode {
    let command = match Cli::from_arg_matches(&without_empty_variables(Cli::command()).get_matches()) {
        Ok(cli) => cli.command,
        Err(error) => error.exit(),
    };
    telemetry::start();
    match run(command) {
        Ok(code) => code,
        Err(failure) => failed(&failure),
    }
}

/// Has every argument overlook its environment variable where that is empty: `${VARIABLE:-}` in a Compose file, and the
/// like, set it to nothing. Once for all arguments of all commands.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|argument| match argument.get_env() {
        Some(name) if std::env::var_os(name).is_some_and(|value| value.is_empty()) => argument.env(Resettable::Reset),
        _ => argument,
    });
    let names: Vec<String> = command
        .get_subcommands()
        .map(|each| each.get_name().to_owned())
        .collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, without_empty_variables)
    })
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(config) => runtimes::serve(*config).map(|()| ExitCode::SUCCESS),
        Command::Migrate(store) => runtimes::block_on(store::migrate(&store)).map(|()| ExitCode::SUCCESS),
        Command::User(command) => runtimes::block_on(user::run(command)).map(|()| ExitCode::SUCCESS),
        Command::Key(command) => runtimes::block_on(key::run(command)).map(|()| ExitCode::SUCCESS),
        Command::Explain(explain) => runtimes::block_on(explain.run()),
        Command::Audit(command) => runtimes::block_on(audit::run(command)),
        Command::Backup(backup) => runtimes::block_on(backup.run()).map(|()| ExitCode::SUCCESS),
        Command::Restore(restore) => runtimes::block_on(restore.run()).map(|()| ExitCode::SUCCESS),
        Command::MasterKey(command) => runtimes::block_on(master_key::run(command)).map(|()| ExitCode::SUCCESS),
        Command::Check(check) => Ok(check.run()),
    }
}

fn failed(failure: &Failure) -> ExitCode {
    eprintln!("latchkey: {}", name::shown(&failure.to_string()));
    ExitCode::FAILURE
}

/// Standard output, which is what a command is asked for; everything else goes to standard error. What is stored may be of
/// a time when names could hold what a terminal obeys: that is written out.
pub(crate) fn print(line: &str) -> Result<(), Failure> {
    use std::io::{ErrorKind, Write};

    let columns: Vec<_> = line.split('\t').map(name::shown).collect();
    let line = columns.join("\t");
    match writeln!(std::io::stdout().lock(), "{line}") {
        // Whoever reads has seen enough, as `head` does.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        outcome => outcome.map_err(|error| Failure(format!("cannot write: {error}"))),
    }
}

/// A line of fields with tabs between them. A field has none.
pub(crate) fn print_columns(fields: &[&str]) -> Result<(), Failure> {
    let fields: Vec<_> = fields.iter().map(|field| name::shown(field)).collect();
    print(&fields.join("\t"))
}

/// Why there is no file to write to. Nothing that is there is written over, and no link is followed: whoever put it there
/// could read what is meant for nobody else.
pub(crate) fn not_made(path: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::AlreadyExists {
        return Failure(format!(
            "{} is there already, and nothing is written over it; name a file that does not exist, or remove it first",
            path.display()
        ));
    }
    Failure(format!("cannot make the file {}: {error}", path.display()))
}
