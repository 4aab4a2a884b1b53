//! `latchkey key`: the same rules and audit events as in the console.

use std::path::PathBuf;
use std::time::Duration;

use backend::audit::Actor;
use backend::keys::{MANY, NewKey};
use backend::{Backend, Settings};
use clap::builder::RangedI64ValueParser;
use clap::{Args, Subcommand, value_parser};
use model::end_date::end_date;
use model::form_values::FormValues;
use model::id::KeyId;
use model::key_fields::KeyField;
use model::key_form::{ENDPOINT, ENVIRONMENT};
use model::limit::{HIGHEST, Window};

use super::in_force::{PATIENCE, places, settle};
use super::output::Output;
use super::{Failure, print, print_columns, store};
use crate::config::{Store, duration, milliseconds};

/// Keys made in one transaction while a server runs: its own changes wait for no more.
const BATCH: usize = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create keys; their tokens go to standard output, one a line, and are shown only once
    Create(Box<Create>),
    /// List keys, newest first
    List {
        #[command(flatten)]
        store: Store,
    },
    /// Refuse a key until it is enabled again
    Disable(One),
    /// Accept a disabled key again
    Enable(One),
    /// Delete a key for good
    Delete(One),
}

#[derive(Args, Debug)]
pub(super) struct Create {
    #[command(flatten)]
    store: Store,
    #[arg(long)]
    environment: String,
    #[arg(long)]
    name: String,
    /// An endpoint that the key may call; again for more; none for all
    #[arg(long)]
    endpoint: Vec<String>,
    /// Name of the bias profile that travels with the key
    #[arg(long)]
    profile: Option<String>,
    /// How long the key works, like 90d; for ever without
    #[arg(long, value_parser = duration)]
    expires: Option<Duration>,
    /// Requests a second that the key may be used for, on each node
    #[arg(long, value_name = "N", value_parser = limit())]
    limit_second: Option<u32>,
    /// The same a minute
    #[arg(long, value_name = "N", value_parser = limit())]
    limit_minute: Option<u32>,
    /// The same a day
    #[arg(long, value_name = "N", value_parser = limit())]
    limit_day: Option<u32>,
    /// A network that the key may be used from, like 203.0.113.0/24; again for more; none for everywhere
    #[arg(long, value_name = "CIDR")]
    allow_address: Vec<String>,
    /// How many keys to create
    #[arg(long, default_value = "1", value_parser = value_parser!(u32).range(1..))]
    count: u32,
    /// File for the tokens instead of standard output, readable by you only; it must not exist
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct One {
    #[command(flatten)]
    store: Store,
    /// key_…
    #[arg(value_parser = key_id, value_name = "ID")]
    id: KeyId,
}

pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Create(create) => create.run().await,
        Command::List { store } => list(&store).await,
        Command::Disable(one) => one.change(Verb::Disable).await,
        Command::Enable(one) => one.change(Verb::Enable).await,
        Command::Delete(one) => one.change(Verb::Delete).await,
    }
}

/// What can be done to one key.
#[derive(Clone, Copy)]
enum Verb {
    Disable,
    Enable,
    Delete,
}

impl One {
    /// Does it, and waits until the running servers answer by it.
    async fn change(self, verb: Verb) -> Result<(), Failure> {
        let (backend, _) = store::open(&self.store, Settings::default()).await?;
        let actor = Actor::command_line();
        let (done, answer, changed) = match verb {
            Verb::Disable => {
                let changed = backend.disable_key(&actor, &self.id).await?;
                ("disabled", "refused", changed)
            }
            Verb::Enable => {
                let changed = backend.enable_key(&actor, &self.id).await?;
                ("enabled", "accepted", changed)
            }
            Verb::Delete => {
                let changed = backend.delete_key(&actor, &self.id).await?;
                ("deleted", "refused", changed)
            }
        };
        let what = format!("{done} {} ({})", self.id, changed.name);
        let spread = backend.wait_in_force(changed.change, PATIENCE).await?;
        let where_it_holds = format!("{answer} {}", places(&spread));
        if spread.nodes == 0 {
            print(&what)?;
        } else if spread.is_everywhere() {
            print(&format!("{what}: {where_it_holds}"))?;
        } else {
            print(&what)?;
            eprintln!(
                "Not in force everywhere yet: {where_it_holds}. A node that does not answer the database stops \
                       answering gateways at its stale limit."
            );
        }
        Ok(backend.close().await?)
    }
}

impl Create {
    async fn run(self) -> Result<(), Failure> {
        let (backend, _) = store::open(&self.store, Settings::default()).await?;
        let new = self.checked(&backend).await?;
        // Before the first key: a token that cannot be written down would be lost.
        let mut output = Output::open(self.output.as_deref())?;
        let batch = if backend.is_served().await? { BATCH } else { MANY };
        let mut left = self.count as usize;
        let mut made = 0_usize;
        let (mut last, mut waiting) = (None, Vec::new());
        while left > 0 {
            let minted = backend
                .create_keys(&Actor::command_line(), &new, left.min(batch))
                .await?;
            left -= minted.len();
            made += minted.len();
            for key in &minted {
                output.line(key.token.reveal())?;
            }
            waiting.extend(minted.iter().filter(|key| key.provisioning).map(|key| key.id.clone()));
            last = minted.into_iter().last().map(|key| key.id);
        }
        output.finish()?;
        if waiting.is_empty() {
            // With no server running there is nobody who could answer otherwise.
            match last {
                Some(id) if made == 1 => eprintln!("{id} is active."),
                _ => eprintln!("{made} keys are active."),
            }
        } else {
            settle(&backend, &waiting).await?;
        }
        Ok(backend.close().await?)
    }

    async fn checked(&self, backend: &Backend) -> Result<NewKey, Failure> {
        let typed = |limit: Option<u32>| limit.map(|limit| limit.to_string()).unwrap_or_default();
        let profile = match &self.profile {
            Some(name) => backend.profile_named(name).await?.to_string(),
            None => String::new(),
        };
        let mut form = FormValues::default();
        for (field, value) in [
            (KeyField::Name, self.name.clone()),
            (KeyField::BiasProfile, profile),
            (KeyField::Limit(Window::Second), typed(self.limit_second)),
            (KeyField::Limit(Window::Minute), typed(self.limit_minute)),
            (KeyField::Limit(Window::Day), typed(self.limit_day)),
            (KeyField::AllowedAddresses, self.allow_address.join("\n")),
        ] {
            form.add(field.name(), value);
        }
        form.add(ENVIRONMENT, self.environment.as_str());
        for endpoint in &self.endpoint {
            form.add(ENDPOINT, endpoint.as_str());
        }
        let checked = backend.check(&form).await?;
        let mut new = checked.map_err(|errors| {
            let messages: Vec<String> = errors.fields.into_iter().map(|(_, message)| message).collect();
            Failure(messages.join(" "))
        })?;
        let now = backend.now();
        let end = self
            .expires
            .map(|expires| end_date(now.plus(milliseconds(expires)), now));
        new.expires_at = end.transpose().map_err(Failure)?;
        Ok(new)
    }
}

async fn list(store: &Store) -> Result<(), Failure> {
    let (backend, _) = store::open(store, Settings::default()).await?;
    let mut query = model::key_list::KeyQuery::default();
    loop {
        let page = backend.list_all_keys(&query).await?;
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
    Ok(backend.close().await?)
}

fn limit() -> RangedI64ValueParser<u32> {
    value_parser!(u32).range(1..=i64::from(HIGHEST))
}

pub(super) fn key_id(text: &str) -> Result<KeyId, String> {
    KeyId::parse(text).ok_or_else(|| format!("a key ID is {} and ten letters or digits", KeyId::PREFIX))
}
