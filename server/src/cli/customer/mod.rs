//! `latchkey customer`. It follows the rules of the console, and it adds the same audit events as the console.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use backend::{Actor, Services, Settings};
use clap::{Args, Subcommand};
use model::bounded::Bounded;
use model::customer::{CustomerName, CustomerOutcome, CustomerRef, EXTERNAL_ID, METADATA, NAME};
use model::customer_import::{CustomerImport, CustomerImportOutcome, CustomerImportReport, MAX_IMPORTED_CUSTOMERS};
use model::form::FormErrors;
use model::form_values::FormValues;
use model::limit::Window;
use model::list::ListQuery;
use model::proof::ChangeEffect;

use super::in_force::{WAIT_LIMIT, wait_for_proof, wait_in_force};
use super::key::{limit_parser, wait};
use super::{Failure, cannot, print, print_columns, store};
use crate::config::StoreArgs;
use crate::http::customer_file::{Format, ReadCustomer, Writer, read};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a customer and print its ID
    Create(Create),
    /// List the customers by name: ID, external ID, status, name
    List {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Create or change the customers of a file; they are found by their external IDs, and a second run changes nothing
    Import {
        #[command(flatten)]
        store: StoreArgs,
        /// File with customers, as CSV or JSON lines
        file: PathBuf,
        /// Format of the file [default: as its name says]
        #[arg(long)]
        format: Option<Format>,
        /// Print what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Write all customers, with their metadata, shared limits and status
    Export {
        #[command(flatten)]
        store: StoreArgs,
        /// Format
        #[arg(long, default_value = "jsonl")]
        format: Format,
        /// File to which they are written instead of standard output; it must not exist
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Refuse the keys of a customer until it is resumed
    Suspend(OneCustomer),
    /// Let the keys of a suspended customer work again
    Resume(OneCustomer),
    /// Delete a customer; it must have no keys
    Delete(OneCustomer),
}

#[derive(Args, Debug)]
pub(super) struct Create {
    #[command(flatten)]
    store: StoreArgs,
    /// ID of the customer in your own system
    #[arg(long)]
    external_id: String,
    /// Name of the customer
    #[arg(long)]
    name: String,
    /// JSON object that verify answers with
    #[arg(long, value_name = "JSON")]
    metadata: Option<String>,
    /// Requests a second that all keys of the customer may make together
    #[arg(long, value_name = "N", value_parser = limit_parser())]
    limit_second: Option<u32>,
    /// Requests a minute that all keys of the customer may make together
    #[arg(long, value_name = "N", value_parser = limit_parser())]
    limit_minute: Option<u32>,
    /// Requests a day that all keys of the customer may make together
    #[arg(long, value_name = "N", value_parser = limit_parser())]
    limit_day: Option<u32>,
}

#[derive(Args, Debug)]
pub(super) struct OneCustomer {
    #[command(flatten)]
    store: StoreArgs,
    /// External ID or ID of the customer
    customer: String,
    /// Wait at most this long for the proof that every node that could answer has the change in force, like 10s; exit
    /// status 1 if that is not proven in time
    #[arg(long, value_parser = wait, value_name = "TIME")]
    wait: Option<Duration>,
}

pub(super) async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Create(create) => create.run().await.map(|()| ExitCode::SUCCESS),
        Command::List { store } => list(&store).await.map(|()| ExitCode::SUCCESS),
        Command::Import {
            store,
            file,
            format,
            dry_run,
        } => import(&store, &file, format, dry_run).await,
        Command::Export { store, format, output } => {
            export(&store, format, output.as_deref()).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Suspend(one) => one.change(Change::Suspend).await,
        Command::Resume(one) => one.change(Change::Resume).await,
        Command::Delete(one) => one.change(Change::Delete).await,
    }
}

impl Create {
    async fn run(self) -> Result<(), Failure> {
        let (services, _) = store::open(&self.store, Settings::default()).await?;
        let mut form = FormValues::from([(EXTERNAL_ID, self.external_id.as_str()), (NAME, self.name.as_str())]);
        form.set(METADATA, self.metadata.unwrap_or_default());
        for (window, limit) in Window::ALL
            .into_iter()
            .zip([self.limit_second, self.limit_minute, self.limit_day])
        {
            form.set(
                window.field_name(),
                limit.map(|limit| limit.to_string()).unwrap_or_default(),
            );
        }
        if let CustomerOutcome::Saved {
            called,
            change: Some(change),
        } = services.customers.create(&Actor::command_line(), &form).await?
        {
            services.cluster.wait_in_force(change, WAIT_LIMIT).await?;
            print(called.id.as_str())?;
        }
        Ok(services.close().await?)
    }
}

/// A change to one customer.
#[derive(Clone, Copy)]
enum Change {
    Suspend,
    Resume,
    Delete,
}

impl OneCustomer {
    /// Makes the change, and waits until the running servers have applied it.
    async fn change(self, change: Change) -> Result<ExitCode, Failure> {
        let (services, _) = store::open(&self.store, Settings::default()).await?;
        let actor = Actor::command_line();
        let CustomerName { id, name, .. } = find(&services, &self.customer).await?;
        let (done, effect, number) = match change {
            Change::Suspend => {
                let number = services.customers.suspend(&actor, &id).await?;
                ("suspended", ChangeEffect::Refused, number)
            }
            Change::Resume => {
                let number = services.customers.resume(&actor, &id).await?;
                ("resumed", ChangeEffect::Accepted, number)
            }
            Change::Delete => {
                let number = services.customers.delete(&actor, &id).await?;
                ("deleted", ChangeEffect::InForce, Some(number))
            }
        };
        let is_proven = match (number, self.wait) {
            (None, _) => {
                print(&format!("{id} ({name}) is {done} already"))?;
                true
            }
            (Some(number), Some(patience)) => {
                let what = format!("{done} {id} ({name})");
                wait_for_proof(&services, &what, effect, number, patience).await?
            }
            (Some(number), None) => {
                wait_in_force(&services, &format!("{done} {id} ({name})"), effect, number).await?;
                true
            }
        };
        services.close().await?;
        Ok(if is_proven {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

/// Imports a file, as many customers at a time as one transaction takes. What was imported before a mistake stays.
async fn import(store: &StoreArgs, path: &Path, format: Option<Format>, dry_run: bool) -> Result<ExitCode, Failure> {
    let format = match format {
        Some(format) => format,
        None => format_of(path)?,
    };
    let opened = File::open(path).map_err(|error| cannot("open", path, &error))?;
    let mut customers = read(format, BufReader::new(opened)).map_err(Failure)?;
    let (services, _) = store::open(store, Settings::default()).await?;
    let mut counts = Counts::default();
    loop {
        let some: Bounded<CustomerImport, MAX_IMPORTED_CUSTOMERS> = customers
            .by_ref()
            .take(MAX_IMPORTED_CUSTOMERS)
            .map(to_import)
            .collect::<Result<_, _>>()?;
        if some.is_empty() {
            break;
        }
        let report = services
            .customers
            .import(&Actor::command_line(), &some, dry_run)
            .await?;
        let invalid = counts.add(&report);
        if invalid && !dry_run {
            break;
        }
        if !dry_run {
            // Nodes apply changes in their order. Without this wait, the change of another person would wait for all of these.
            let change = services.cluster.last_change().await?;
            services.cluster.wait_in_force(change, WAIT_LIMIT).await?;
        }
    }
    services.close().await?;
    print(&counts.in_words(dry_run))?;
    Ok(if counts.invalid == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The format that the name of a file says.
fn format_of(path: &Path) -> Result<Format, Failure> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => Ok(Format::Csv),
        Some("jsonl" | "ndjson") => Ok(Format::Jsonl),
        _ => Err(Failure(format!(
            "the name of {} ends neither in .csv nor in .jsonl; say which it is with --format",
            path.display()
        ))),
    }
}

fn to_import(customer: ReadCustomer) -> Result<CustomerImport, Failure> {
    let ReadCustomer { line, form } = customer;
    let form = form.map_err(|why| Failure(format!("line {line}: {why}")))?;
    Ok(CustomerImport { line, form })
}

/// How many customers an import has created and changed.
#[derive(Debug, Default)]
struct Counts {
    created: usize,
    changed: usize,
    unchanged: usize,
    invalid: usize,
}

impl Counts {
    /// Adds the outcomes of some lines, and tells what is wrong in which. Answers whether anything is.
    fn add(&mut self, report: &CustomerImportReport) -> bool {
        for (line, outcome) in &report.lines {
            if let CustomerImportOutcome::Invalid(errors) = outcome {
                eprintln!("line {line}: {errors}");
            }
        }
        let invalid = report.refused();
        self.invalid += invalid;
        // One mistake keeps all of its transaction from being done.
        if invalid == 0 {
            self.created += report.created();
            self.changed += report.changed();
            self.unchanged += report.unchanged();
        }
        invalid > 0
    }

    fn in_words(&self, dry_run: bool) -> String {
        let Self {
            created,
            changed,
            unchanged,
            invalid,
        } = self;
        let would = if dry_run { "would be " } else { "" };
        let words = format!("{created} {would}created, {changed} {would}changed, {unchanged} unchanged");
        if *invalid == 0 {
            return words;
        }
        format!("{words}; {invalid} invalid, and nothing was done with those of their transaction")
    }
}

async fn export(store: &StoreArgs, format: Format, output: Option<&Path>) -> Result<(), Failure> {
    let (services, _) = store::open(store, Settings::default()).await?;
    let to: Box<dyn Write> = match output {
        Some(path) => Box::new(File::create_new(path).map_err(|error| cannot("create", path, &error))?),
        None => Box::new(io::stdout().lock()),
    };
    let not_written = |error: io::Error| Failure(format!("cannot write: {error}"));
    let mut writer = Writer::begin(format, BufWriter::new(to)).map_err(not_written)?;
    let mut after = String::new();
    loop {
        let (some, next) = services
            .customers
            .export_some(&Actor::command_line(), &ListQuery::default(), None, &after)
            .await?;
        for customer in &some {
            writer.write(customer).map_err(not_written)?;
        }
        let Some(next) = next else { break };
        after = next;
    }
    writer.finish().map_err(not_written)?;
    Ok(services.close().await?)
}

async fn find(services: &Services, typed: &str) -> Result<CustomerName, Failure> {
    let named = CustomerRef::typed(typed).map_err(|message| FormErrors::at(EXTERNAL_ID, message))?;
    Ok(services.customers.find(&Actor::command_line(), &named).await?)
}

async fn list(store: &StoreArgs) -> Result<(), Failure> {
    let (services, _) = store::open(store, Settings::default()).await?;
    let mut query = ListQuery::default();
    loop {
        let page = services.customers.list(&Actor::command_line(), &query, None).await?;
        for row in &page.rows {
            let CustomerName { id, external_id, name } = &row.called;
            print_columns(&[id.as_str(), external_id, row.status.slug(), name])?;
        }
        let Some(next) = page.next else { break };
        query.after = next;
    }
    Ok(services.close().await?)
}
