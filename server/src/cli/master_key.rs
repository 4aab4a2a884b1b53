//! `latchkey master-key`

use std::fs::OpenOptions;
use std::io;

use backend::Settings;
use backend::crypto::master_key::MasterKey;
use backend::crypto::random::SystemRandom;
use clap::Subcommand;

use super::{Failure, print, store};
use crate::config::StoreArgs;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a new master key and seal all secrets of the database under it; restart running servers afterwards
    Rotate {
        #[command(flatten)]
        store: StoreArgs,
    },
}

pub(super) async fn run(Command::Rotate { store }: Command) -> Result<(), Failure> {
    if store.master_key.is_some() {
        return Err(Failure(
            "the master key comes from LATCHKEY_MASTER_KEY, so this command cannot change it: set the new key there and \
             the old one in LATCHKEY_MASTER_KEY_PREVIOUS, then run latchkey migrate or start the server"
                .to_owned(),
        ));
    }
    if store.master_key_previous.is_some() {
        return Err(Failure(
            "LATCHKEY_MASTER_KEY_PREVIOUS is set, but the previous master key is in the file now: unset the variable"
                .to_owned(),
        ));
    }
    store::prepare_folder(&store.data_dir)?;
    // Two rotations at once would overwrite each other's keys. The lock ends with the process.
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        // If the path is a link, the file to which it points is not emptied.
        .truncate(false)
        .open(store.data_dir.join("master.key.lock"))
        .and_then(|file| file.try_lock().map(|()| file).map_err(io::Error::from))
        .map_err(|error| {
            Failure(format!(
                "the master key is already being changed by another command: {error}"
            ))
        })?;
    let (key, previous) = (
        store.data_dir.join(store::MASTER_KEY),
        store.data_dir.join(store::PREVIOUS_MASTER_KEY),
    );
    // Opening the database completes a rotation that was interrupted, and refuses a wrong key before anything is replaced.
    let (services, _) = store::open(&store, Settings::default()).await?;
    services.close().await?;
    MasterKey::replace_file(&key, &previous, &SystemRandom).map_err(|error| Failure(error.to_string()))?;
    let (services, _) = store::open(&store, Settings::default()).await?;
    services.close().await?;
    std::fs::remove_file(&previous)
        .map_err(|error| Failure(format!("cannot remove {}: {error}", previous.display())))?;
    drop(lock);
    print("The database is under a new master key. Restart running servers, and keep a copy of the new key.")
}
