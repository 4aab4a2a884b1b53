//! Opens the database for a command.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use backend::clock::SystemClock;
use backend::crypto::master_key::MasterKey;
use backend::crypto::random::SystemRandom;
use backend::error::InvalidDatabaseUrl;
use backend::{Applied, HashingCost, Location, Options, Services, Settings};
use secrecy::{ExposeSecret, SecretString};

use super::{Failure, print};
use crate::config::{StoreArgs, Switch};

/// File of the master key, in the data folder.
pub(super) const MASTER_KEY: &str = "master.key";
/// File of the previous master key. It exists only while the master key is being changed.
pub(super) const PREVIOUS_MASTER_KEY: &str = "master.key.previous";

/// Opens the database, brings its schema up to date, and seeds an empty database. The data folder holds the anchor, which remembers
/// the end of the audit log.
pub(super) async fn open(store: &StoreArgs, mut settings: Settings) -> Result<(Services, Applied), Failure> {
    settings.anchors = Some(store.data_dir.clone());
    open_at(store, location(store)?, settings).await
}

/// Opens a database file that is not the present one of this installation, such as a copy of a backup. Its audit log is not
/// compared with the anchor, since a backup is older than the anchor.
pub(super) async fn open_at(
    store: &StoreArgs,
    location: Location,
    mut settings: Settings,
) -> Result<(Services, Applied), Failure> {
    prepare_folder(&store.data_dir)?;
    settings.database_connections = store.database_connections;
    settings.database_listen = store.database_listen == Switch::On;
    let options = Options {
        location,
        master_key: master_key(store)?,
        previous_master_key: previous_master_key(store)?,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        hashing_cost: HashingCost::Owasp,
        settings,
    };
    Ok(Services::open(options).await?)
}

/// `latchkey migrate`
pub(super) async fn migrate(store: &StoreArgs) -> Result<(), Failure> {
    let (services, applied) = open(store, Settings::default()).await?;
    for name in &applied {
        print(&format!("applied {name}"))?;
    }
    if applied.is_empty() {
        print("the schema is up to date")?;
    }
    Ok(services.close().await?)
}

/// Where the data is. No sentence repeats the URL, which may have a password.
pub(super) fn location(store: &StoreArgs) -> Result<Location, Failure> {
    location_of(store.database_url.as_ref(), &store.data_dir)
}

/// Where the data is, by the configured URL and the data folder.
pub(super) fn location_of(database_url: Option<&SecretString>, data_dir: &Path) -> Result<Location, Failure> {
    let Some(url) = database_url else {
        return Ok(Location::Sqlite(data_dir.join("latchkey.db")));
    };
    let url = url.expose_secret();
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        if path.is_empty() || path.starts_with(':') {
            return Err(Failure(
                "LATCHKEY_DATABASE_URL needs the path of a file: sqlite:PATH".to_owned(),
            ));
        }
        return Ok(Location::Sqlite(PathBuf::from(path)));
    }
    match url.parse() {
        Ok(url) => Ok(Location::Postgres(url)),
        Err(InvalidDatabaseUrl::Scheme) => Err(Failure(
            "write LATCHKEY_DATABASE_URL as sqlite:PATH or as postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned(),
        )),
        Err(error) => Err(Failure(format!("LATCHKEY_DATABASE_URL: {error}"))),
    }
}

pub(super) fn master_key(store: &StoreArgs) -> Result<MasterKey, Failure> {
    let key = match &store.master_key {
        Some(text) => MasterKey::from_text(text.expose_secret()),
        None => MasterKey::from_file(&store.data_dir.join(MASTER_KEY), &SystemRandom),
    };
    key.map_err(|error| Failure(error.to_string()))
}

/// The previous master key, while the master key is being changed.
pub(super) fn previous_master_key(store: &StoreArgs) -> Result<Option<MasterKey>, Failure> {
    let path = store.data_dir.join(PREVIOUS_MASTER_KEY);
    let key = match &store.master_key_previous {
        Some(text) => MasterKey::from_text(text.expose_secret()),
        None if path.exists() => MasterKey::from_existing_file(&path),
        None => return Ok(None),
    };
    key.map(Some).map_err(|error| Failure(error.to_string()))
}

/// Creates the data folder, readable by its owner only.
pub(super) fn prepare_folder(folder: &Path) -> Result<(), Failure> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| Failure(format!("cannot create the data folder {}: {error}", folder.display())))
}
