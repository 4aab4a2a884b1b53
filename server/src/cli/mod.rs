//! The command line.

mod audit;
mod backup;
mod check;
mod customer;
mod explain;
mod in_force;
mod key;
mod key_import;
mod master_key;
mod open_files;
mod output;
mod proof;
mod receipt;
mod restore;
mod runtimes;
mod serve;
mod service_account;
mod store;
mod user;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::builder::Resettable;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use model::name;

use crate::config::{LogFormat, ServeArgs, StoreArgs};
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
    Serve(Box<ServeArgs>),
    /// Bring the schema up to date and print the migrations that were applied
    Migrate(StoreArgs),
    /// Manage the people who may log in
    #[command(subcommand)]
    User(user::Command),
    /// Manage API keys; each command waits until the running servers have applied its change
    #[command(subcommand)]
    Key(key::Command),
    /// Manage service accounts: programs that use the management API
    #[command(subcommand)]
    ServiceAccount(service_account::Command),
    /// Manage customers, to whom keys can belong; each command waits until the running servers have applied its change
    #[command(subcommand)]
    Customer(customer::Command),
    /// Print the proof of a change as JSON: which nodes have it in force, since when; exit status 1 while it is not in
    /// force everywhere
    Proof(proof::ShowProof),
    /// Explain why a request with a key would be allowed or denied; exit status 1 if it would be denied
    Explain(explain::Explain),
    /// Check the audit log
    #[command(subcommand)]
    Audit(audit::Command),
    /// Write a consistent copy of the database to a file, even while a server runs; it does not contain the master key, and
    /// can be restored into SQLite and PostgreSQL
    Backup(backup::Backup),
    /// Replace the database by a backup; no server may be running
    Restore(restore::Restore),
    /// Manage the master key, which protects environment keys, second factors and the audit log
    #[command(subcommand)]
    MasterKey(master_key::Command),
    /// Print the receipt of a change: a signed proof that it is in force on every node, which anybody can check
    Receipt(Box<receipt::Receipt>),
    /// Check whether tokens are well-formed, without a server or a database
    Check(check::Check),
}

/// The reason why a command failed, as a sentence for the person who typed the command.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(pub(crate) String);

impl<E: Into<backend::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into().to_string())
    }
}

/// Parses the arguments and runs the command.
pub fn main() -> ExitCode {
    let command = match Cli::from_arg_matches(&ignore_empty_variables(Cli::command()).get_matches()) {
        Ok(cli) => cli.command,
        Err(error) => error.exit(),
    };
    let log_format = match &command {
        Command::Serve(config) => config.log_format,
        _ => LogFormat::Text,
    };
    telemetry::start(log_format);
    match run(command) {
        Ok(code) => code,
        Err(failure) => print_failure(&failure),
    }
}

/// The whole command line, for its manual pages and shell completions.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Makes every argument of every command ignore its environment variable if that is empty. `${VARIABLE:-}` in a Compose file sets
/// variables to an empty value.
fn ignore_empty_variables(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|argument| match argument.get_env() {
        Some(name) if std::env::var_os(name).is_some_and(|value| value.is_empty()) => argument.env(Resettable::Reset),
        _ => argument,
    });
    let names: Vec<String> = command
        .get_subcommands()
        .map(|subcommand| subcommand.get_name().to_owned())
        .collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, ignore_empty_variables)
    })
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(config) => runtimes::serve(*config).map(|()| ExitCode::SUCCESS),
        Command::Migrate(store) => runtimes::block_on(store::migrate(&store)).map(|()| ExitCode::SUCCESS),
        Command::User(command) => runtimes::block_on(user::run(command)).map(|()| ExitCode::SUCCESS),
        Command::Key(command) => runtimes::block_on(key::run(command)),
        Command::ServiceAccount(command) => {
            runtimes::block_on(service_account::run(command)).map(|()| ExitCode::SUCCESS)
        }
        Command::Customer(command) => runtimes::block_on(customer::run(command)),
        Command::Proof(proof) => runtimes::block_on(proof.run()),
        Command::Explain(explain) => runtimes::block_on(explain.run()),
        Command::Audit(command) => runtimes::block_on(audit::run(command)),
        Command::Backup(backup) => runtimes::block_on(backup.run()).map(|()| ExitCode::SUCCESS),
        Command::Restore(restore) => runtimes::block_on(restore.run()).map(|()| ExitCode::SUCCESS),
        Command::MasterKey(command) => runtimes::block_on(master_key::run(command)).map(|()| ExitCode::SUCCESS),
        Command::Receipt(receipt) => runtimes::block_on(receipt.run()),
        Command::Check(check) => Ok(check.run()),
    }
}

fn print_failure(failure: &Failure) -> ExitCode {
    telemetry::print_failure(&failure.to_string());
    ExitCode::FAILURE
}

/// Prints a line of a command's result to standard output. Everything else goes to standard error. Control characters are
/// escaped: names stored by an early version may contain some.
pub(crate) fn print(line: &str) -> Result<(), Failure> {
    use std::io::{ErrorKind, Write};

    let columns: Vec<_> = line.split('\t').map(name::shown).collect();
    let line = columns.join("\t");
    match writeln!(std::io::stdout().lock(), "{line}") {
        // The reader has closed the pipe, as `head` does after it has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        outcome => outcome.map_err(|error| Failure(format!("cannot write: {error}"))),
    }
}

/// Prints a line of fields, separated by tabs. Tabs inside a field are escaped.
pub(crate) fn print_columns(fields: &[&str]) -> Result<(), Failure> {
    let fields: Vec<_> = fields.iter().map(|field| name::shown(field)).collect();
    print(&fields.join("\t"))
}

/// Explains why something could not be done with a file.
pub(crate) fn cannot(verb: &str, path: &Path, error: &io::Error) -> Failure {
    Failure(format!("cannot {verb} {}: {error}", path.display()))
}

/// Explains why a file for secrets could not be created. The command never overwrites an existing file and never follows a link,
/// since the person who made the file or the link could read the secrets.
pub(crate) fn cannot_create(path: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::AlreadyExists {
        return Failure(format!(
            "{} already exists and is not overwritten; name a file that does not exist, or remove this one first",
            path.display()
        ));
    }
    Failure(format!("cannot create the file {}: {error}", path.display()))
}
