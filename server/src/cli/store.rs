//! Opening the database for a command.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use backend::clock::SystemClock;
use backend::crypto::master_key::MasterKey;
use backend::crypto::random::SystemRandom;
use backend::{Applied, Backend, Location, Options, Settings};
use secrecy::ExposeSecret;

use super::{Failure, print};
use crate::config::Store;

/// The files of the master key, and of the one from before while it is being changed.
pub(super) const MASTER_KEY: &str = "master.key";
pub(super) const PREVIOUS: &str = "master.key.previous";

/// Opens the database, bringing its schema up to date and seeding an empty one. The data folder remembers where its audit
/// log ends.
pub(super) async fn open(store: &Store, mut settings: Settings) -> Result<(Backend, Applied), Failure> {
    settings.anchors = Some(store.data_dir.clone());
    open_at(store, location(store)?, settings).await
}

/// Opens a database outside the data folder. It may be older than the anchor in that folder says.
pub(super) async fn open_at(
    store: &Store,
    location: Location,
    settings: Settings,
) -> Result<(Backend, Applied), Failure> {
    prepare_folder(&store.data_dir)?;
    let options = Options {
        location,
        master_key: master_key(store)?,
        previous_master_key: previous_master_key(store)?,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        settings,
    };
    Ok(Backend::open(options).await?)
}

/// `latchkey migrate`
pub(super) async fn migrate(store: &Store) -> Result<(), Failure> {
    let (backend, applied) = open(store, Settings::default()).await?;
    for name in &applied {
        print(&format!("applied {name}"))?;
    }
    if applied.is_empty() {
        print("the schema is up to date")?;
    }
    Ok(backend.close().await?)
}

pub(super) fn location(store: &Store) -> Result<Location, Failure> {
    let Some(url) = &store.database_url else {
        return Ok(Location::Sqlite(store.data_dir.join("latchkey.db")));
    };
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let path = path.strip_prefix("//").unwrap_or(path);
            let path = path.split_once('?').map_or(path, |(path, _)| path);
            if path.is_empty() || path.starts_with(':') {
                return Err(Failure(
                    "LATCHKEY_DATABASE_URL needs the path of a file: sqlite:PATH".to_owned(),
                ));
            }
            Ok(Location::Sqlite(PathBuf::from(path)))
        }
        None => Err(Failure(
            "this version keeps its data in SQLite: LATCHKEY_DATABASE_URL is sqlite:PATH".to_owned(),
        )),
    }
}

pub(super) fn master_key(store: &Store) -> Result<MasterKey, Failure> {
    let key = match &store.master_key {
        Some(text) => MasterKey::from_text(text.expose_secret()),
        None => MasterKey::from_file(&store.data_dir.join(MASTER_KEY), &SystemRandom),
    };
    key.map_err(|error| Failure(error.to_string()))
}

/// The master key from before, where it is being changed.
pub(super) fn previous_master_key(store: &Store) -> Result<Option<MasterKey>, Failure> {
    let path = store.data_dir.join(PREVIOUS);
    let key = match &store.master_key_previous {
        Some(text) => MasterKey::from_text(text.expose_secret()),
        None if path.exists() => MasterKey::from_existing_file(&path),
        None => return Ok(None),
    };
    key.map(Some).map_err(|error| Failure(error.to_string()))
}

/// Makes the data folder, for its owner only.
pub(super) fn prepare_folder(folder: &Path) -> Result<(), Failure> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|error| Failure(format!("cannot make the data folder {}: {error}", folder.display())))
}
