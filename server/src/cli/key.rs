//! `latchkey key`. It follows the rules of the console, and it adds the same audit events as the console.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use backend::audit::Actor;
use backend::keys::{KEYS_PER_TRANSACTION, NewKey};
use backend::{Services, Settings};
use clap::builder::RangedI64ValueParser;
use clap::{Args, Subcommand, value_parser};
use model::end_date::end_date;
use model::form_values::FormValues;
use model::id::KeyId;
use model::key_fields::KeyField;
use model::key_form::{ENDPOINT, ENVIRONMENT};
use model::limit::{HIGHEST, Window};
use model::proof::ChangeEffect;

use super::in_force::{WAIT_LIMIT, wait_for_proof, wait_in_force, wait_until_active};
use super::key_import::Import;
use super::output::Output;
use super::{Failure, print_columns, store};
use crate::config::{StoreArgs, duration, milliseconds};

/// How many keys one transaction creates while a server runs. The changes of the server wait for the transaction, so it must be
/// short.
const BATCH_WHILE_SERVED: usize = 500;

/// The longest time that a command waits for a proof.
const WAIT_MAX: Duration = Duration::from_hours(1);

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create keys and print their tokens, one per line; a token is shown only once
    Create(Box<Create>),
    /// Import keys of another system by the hashes of their tokens, which go on working; exit status 1 if a line is refused
    Import(Box<Import>),
    /// List keys, newest first
    List {
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Disable a key: it is refused until it is enabled again
    Disable(OneKey),
    /// Enable a disabled key
    Enable(OneKey),
    /// Delete a key for good
    Delete(OneKey),
}

#[derive(Args, Debug)]
pub(super) struct Create {
    #[command(flatten)]
    store: StoreArgs,
    /// Environment of the key
    #[arg(long)]
    environment: String,
    /// Name of the key
    #[arg(long)]
    name: String,
    /// What the key is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Tag by which the key is found, like team:billing; may be repeated
    #[arg(long)]
    tag: Vec<String>,
    /// Where the key lives, such as the name of a secret
    #[arg(long, value_name = "TEXT")]
    location: Option<String>,
    /// Endpoint that the key may call; may be repeated [default: all endpoints]
    #[arg(long)]
    endpoint: Vec<String>,
    /// Bias profile of the key, by its name [default: none]
    #[arg(long)]
    profile: Option<String>,
    /// Time after which the key expires, like 90d [default: never]
    #[arg(long, value_parser = duration)]
    expires: Option<Duration>,
    /// Requests allowed per second, on all nodes together [default: no limit]
    #[arg(long, value_name = "N", value_parser = limit_parser())]
    limit_second: Option<u32>,
    /// Requests allowed per minute, on all nodes together [default: no limit]
    #[arg(long, value_name = "N", value_parser = limit_parser())]
    limit_minute: Option<u32>,
    /// Requests allowed per day, on all nodes together [default: no limit]
    #[arg(long, value_name = "N", value_parser = limit_parser())]
    limit_day: Option<u32>,
    /// Network from which the key may be used, like 203.0.113.0/24; may be repeated [default: any address]
    #[arg(long, value_name = "CIDR")]
    allow_address: Vec<String>,
    /// Customer to whom the key belongs: its external ID or ID
    #[arg(long, value_name = "CUSTOMER")]
    customer: Option<String>,
    /// JSON object that verify answers with
    #[arg(long, value_name = "JSON")]
    metadata: Option<String>,
    /// How many keys to create
    #[arg(long, default_value = "1", value_parser = value_parser!(u32).range(1..))]
    count: u32,
    /// File to which the tokens are written instead of standard output; only you can read it, and it must not exist
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct OneKey {
    #[command(flatten)]
    store: StoreArgs,
    /// ID of the key: key_…
    #[arg(value_parser = key_id, value_name = "ID")]
    id: KeyId,
    /// Wait at most this long for the proof that every node that could answer has the change in force, like 10s; exit
    /// status 1 if that is not proven in time
    #[arg(long, value_parser = wait, value_name = "TIME")]
    wait: Option<Duration>,
}

pub(super) async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Create(create) => create.run().await.map(|()| ExitCode::SUCCESS),
        Command::Import(import) => import.run().await,
        Command::List { store } => list(&store).await.map(|()| ExitCode::SUCCESS),
        Command::Disable(key) => key.change(KeyChange::Disable).await,
        Command::Enable(key) => key.change(KeyChange::Enable).await,
        Command::Delete(key) => key.change(KeyChange::Delete).await,
    }
}

/// A change to one key.
#[derive(Clone, Copy)]
enum KeyChange {
    Disable,
    Enable,
    Delete,
}

impl OneKey {
    /// Makes the change, and waits until the running servers have applied it.
    async fn change(self, change: KeyChange) -> Result<ExitCode, Failure> {
        let (services, _) = store::open(&self.store, Settings::default()).await?;
        let actor = Actor::command_line();
        let (done, effect, changed) = match change {
            KeyChange::Disable => {
                let changed = services.keys.disable(&actor, &self.id).await?;
                ("disabled", ChangeEffect::Refused, changed)
            }
            KeyChange::Enable => {
                let changed = services.keys.enable(&actor, &self.id).await?;
                ("enabled", ChangeEffect::Accepted, changed)
            }
            KeyChange::Delete => {
                let changed = services.keys.delete(&actor, &self.id).await?;
                ("deleted", ChangeEffect::Refused, changed)
            }
        };
        let what = format!("{done} {} ({})", self.id, changed.name);
        let is_proven = if let Some(patience) = self.wait {
            wait_for_proof(&services, &what, effect, changed.change, patience).await?
        } else {
            wait_in_force(&services, &what, effect, changed.change).await?;
            true
        };
        services.close().await?;
        Ok(if is_proven {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

impl Create {
    async fn run(self) -> Result<(), Failure> {
        let (services, _) = store::open(&self.store, Settings::default()).await?;
        let new = self.check(&services).await?;
        // The output is opened before the first key is created, since a token that cannot be written would be lost.
        let mut output = Output::open(self.output.as_deref())?;
        let is_served = services.cluster.is_server_running().await?;
        let batch = if is_served {
            BATCH_WHILE_SERVED
        } else {
            KEYS_PER_TRANSACTION
        };
        // Time left to wait for nodes that do not answer.
        let mut patience = WAIT_LIMIT;
        let mut left = self.count as usize;
        let mut made = 0_usize;
        let (mut last, mut waiting) = (None, Vec::new());
        while left > 0 {
            let new_keys = services
                .keys
                .create_many(&Actor::command_line(), &new, left.min(batch))
                .await?;
            left -= new_keys.len();
            made += new_keys.len();
            for key in &new_keys {
                output.write_token(key.token.reveal())?;
            }
            waiting.extend(new_keys.iter().filter(|key| key.provisioning).map(|key| key.id.clone()));
            last = new_keys.into_iter().last().map(|key| key.id);
            if is_served && left > 0 {
                // Nodes apply changes in their order. Without this wait, the change of another person would wait for all these keys.
                let change = services.cluster.last_change().await?;
                let reach = services.cluster.wait_in_force(change, patience).await?;
                if !reach.is_everywhere() {
                    patience = Duration::ZERO;
                }
            }
        }
        output.finish()?;
        if waiting.is_empty() {
            // No server runs, so no node needs to be waited for.
            match last {
                Some(id) if made == 1 => eprintln!("{id} is active."),
                _ => eprintln!("{made} keys are active."),
            }
        } else {
            wait_until_active(&services, &waiting).await?;
        }
        Ok(services.close().await?)
    }

    /// Checks the options by the rules of the form "Create API Key".
    async fn check(&self, services: &Services) -> Result<NewKey, Failure> {
        let typed = |limit: Option<u32>| limit.map(|limit| limit.to_string()).unwrap_or_default();
        let profile = match &self.profile {
            Some(name) => services
                .profiles
                .find_by_name(&Actor::command_line(), name)
                .await?
                .to_string(),
            None => String::new(),
        };
        let mut form = FormValues::default();
        for (field, value) in [
            (KeyField::Name, self.name.clone()),
            (KeyField::Description, self.description.clone().unwrap_or_default()),
            (KeyField::Tags, self.tag.join(",")),
            (KeyField::Location, self.location.clone().unwrap_or_default()),
            (KeyField::BiasProfile, profile),
            (KeyField::Limit(Window::Second), typed(self.limit_second)),
            (KeyField::Limit(Window::Minute), typed(self.limit_minute)),
            (KeyField::Limit(Window::Day), typed(self.limit_day)),
            (KeyField::AllowedAddresses, self.allow_address.join("\n")),
            (KeyField::Customer, self.customer.clone().unwrap_or_default()),
            (KeyField::Metadata, self.metadata.clone().unwrap_or_default()),
        ] {
            form.add(field.name(), value);
        }
        form.add(ENVIRONMENT, self.environment.as_str());
        for endpoint in &self.endpoint {
            form.add(ENDPOINT, endpoint.as_str());
        }
        let mut new = services.keys.check(&Actor::command_line(), &form).await?;
        let now = services.now();
        let end = self
            .expires
            .map(|expires| end_date(now.plus(milliseconds(expires)), now));
        new.expires_at = end.transpose().map_err(Failure)?;
        Ok(new)
    }
}

async fn list(store: &StoreArgs) -> Result<(), Failure> {
    let (services, _) = store::open(store, Settings::default()).await?;
    let mut query = model::key_list::KeyQuery::default();
    loop {
        let page = services.keys.list(&Actor::command_line(), &query).await?;
        for row in &page.rows {
            print_columns(&[
                row.id.as_str(),
                row.status.slug(),
                &row.masked,
                &row.environment,
                &row.name,
            ])?;
        }
        let Some(next) = page.next else {
            break;
        };
        query.after = next;
    }
    Ok(services.close().await?)
}

/// How long a command waits for a proof.
pub(super) fn wait(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        wait if wait <= WAIT_MAX => Ok(wait),
        _ => Err("the longest wait is 1h".to_owned()),
    }
}

pub(super) fn limit_parser() -> RangedI64ValueParser<u32> {
    value_parser!(u32).range(1..=i64::from(HIGHEST))
}

pub(super) fn key_id(text: &str) -> Result<KeyId, String> {
    KeyId::parse(text).ok_or_else(|| format!("a key ID is {} and ten letters or digits", KeyId::PREFIX))
}
