//! `latchkey key`: the same rules and audit events as in the console.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use backend::audit::Actor;
use backend::keys::{MANY, Minted, NewKey};
use backend::{Backend, Settings};
use clap::builder::RangedI64ValueParser;
use clap::{Args, Subcommand, value_parser};
use model::end_date::end_date;
use model::id::KeyId;
use model::key_form::CreateKeyForm;
use model::limit::HIGHEST;
use model::limit_fields::LimitFields;
use model::status::Status;

use super::{Failure, print, store};
use crate::config::{Store, duration, milliseconds};

/// Keys made in one transaction while a server runs: its own changes wait for no more.
const BATCH: usize = 500;
/// How long `create` waits for the running server to accept the key.
const PATIENCE: Duration = Duration::from_secs(10);

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
    /// File for the tokens instead of standard output, readable by you only
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
        Command::Disable(one) => {
            let (backend, _) = store::open(&one.store, Settings::default()).await?;
            let changed = backend.disable_key(&Actor::command_line(), &one.id).await?;
            print(&format!("disabled {} ({})", one.id, changed.name))
        }
        Command::Enable(one) => {
            let (backend, _) = store::open(&one.store, Settings::default()).await?;
            let changed = backend.enable_key(&Actor::command_line(), &one.id).await?;
            print(&format!("enabled {} ({})", one.id, changed.name))
        }
        Command::Delete(one) => {
            let (backend, _) = store::open(&one.store, Settings::default()).await?;
            let changed = backend.delete_key(&Actor::command_line(), &one.id).await?;
            print(&format!("deleted {} ({})", one.id, changed.name))
        }
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
        let mut last = None;
        while left > 0 {
            let minted = backend
                .create_keys(&Actor::command_line(), &new, left.min(batch))
                .await?;
            left -= minted.len();
            for key in &minted {
                output.line(key.token.reveal())?;
            }
            last = minted.into_iter().last();
        }
        output.finish()?;
        if let Some(last) = last {
            settle(&backend, &last).await?;
        }
        Ok(backend.close().await?)
    }

    async fn checked(&self, backend: &Backend) -> Result<NewKey, Failure> {
        let typed = |limit: Option<u32>| limit.map(|limit| limit.to_string());
        let form = CreateKeyForm {
            name: self.name.clone(),
            environment: self.environment.clone(),
            endpoint: self.endpoint.clone().try_into().map_err(Failure)?,
            bias_profile: match &self.profile {
                Some(name) => backend.profile_named(name).await?.to_string(),
                None => String::new(),
            },
            limits: LimitFields {
                limit_second: typed(self.limit_second),
                limit_minute: typed(self.limit_minute),
                limit_day: typed(self.limit_day),
                allowed_addresses: Some(self.allow_address.join("\n")),
            },
            ..CreateKeyForm::default()
        };
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

/// Waits until the running server accepts the key, so that a script can go on with it.
async fn settle(backend: &Backend, key: &Minted) -> Result<(), Failure> {
    if !key.provisioning {
        eprintln!("{} is active.", key.id);
        return Ok(());
    }
    let progress = backend.settle(&key.id, PATIENCE).await?;
    if progress.status == Status::Provisioning {
        eprintln!("{} is still provisioning.", key.id);
        return Ok(());
    }
    if progress.status == Status::Failed {
        return Err(Failure(format!(
            "{} failed. {}",
            key.id,
            progress.reason.unwrap_or_default()
        )));
    }
    eprintln!(
        "{} is {}. Only the clocks of server and database were compared: a command has no browser.",
        key.id,
        progress.status.slug()
    );
    Ok(())
}

async fn list(store: &Store) -> Result<(), Failure> {
    let (backend, _) = store::open(store, Settings::default()).await?;
    let mut query = model::key_list::KeyQuery::default();
    loop {
        let page = backend.list_all_keys(&query).await?;
        for row in &page.rows {
            let line = [
                row.id.as_str(),
                row.status.slug(),
                &row.masked,
                &row.environment,
                &row.name,
            ];
            print(&line.join("\t"))?;
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

/// Where the tokens go.
enum Output {
    Standard,
    File(io::BufWriter<File>, PathBuf),
}

impl Output {
    fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::Standard);
        };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).and_then(|file| {
            // The mode above is only for a file that did not exist.
            #[cfg(unix)]
            file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
            Ok(file)
        });
        match file {
            Ok(file) => Ok(Self::File(io::BufWriter::new(file), path.to_owned())),
            Err(error) => Err(unwritable(path, &error)),
        }
    }

    fn line(&mut self, token: &str) -> Result<(), Failure> {
        match self {
            Self::Standard => print(token),
            Self::File(file, path) => writeln!(file, "{token}").map_err(|error| unwritable(path, &error)),
        }
    }

    fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Standard => Ok(()),
            Self::File(mut file, path) => file
                .flush()
                .and_then(|()| file.get_ref().sync_all())
                .map_err(|error| unwritable(&path, &error)),
        }
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure(format!("cannot write {}: {error}", path.display()))
}
