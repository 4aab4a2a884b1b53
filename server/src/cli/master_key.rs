//! `latchkey master-key`

use std::fs::OpenOptions;
use std::io;

use backend::Settings;
use backend::crypto::master_key::MasterKey;
use backend::crypto::random::SystemRandom;
use clap::Subcommand;

use super::{Failure, print, store};
use crate::config::Store;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a new master key and bring the database under it; running servers have to be restarted then
    Rotate {
        #[command(flatten)]
        store: Store,
    },
}

pub(super) async fn run(Command::Rotate { store }: Command) -> Result<(), Failure> {
    if store.master_key.is_some() {
        return Err(Failure(
            "the master key comes from LATCHKEY_MASTER_KEY, so it is yours to change: set the new one there and the old \
             one in LATCHKEY_MASTER_KEY_PREVIOUS, then run latchkey migrate or start the server"
                .to_owned(),
        ));
    }
    if store.master_key_previous.is_some() {
        return Err(Failure(
            "LATCHKEY_MASTER_KEY_PREVIOUS is set: take it away, since the one from before is the file's now".to_owned(),
        ));
    }
    store::prepare_folder(&store.data_dir)?;
    // Two at once would take each other's keys away. The lock ends with the process.
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        // Where it is a link, what that leads to stays as it is.
        .truncate(false)
        .open(store.data_dir.join("master.key.lock"))
        .and_then(|file| file.try_lock().map(|()| file).map_err(io::Error::from))
        .map_err(|error| Failure(format!("another change of the master key is going on: {error}")))?;
    let (key, previous) = (
        store.data_dir.join(store::MASTER_KEY),
        store.data_dir.join(store::PREVIOUS),
    );
    // One that stopped in the middle is carried out first, and a wrong key is refused before anything is replaced.
    let (backend, _) = store::open(&store, Settings::default()).await?;
    backend.close().await?;
    MasterKey::replace_file(&key, &previous, &SystemRandom).map_err(|error| Failure(error.to_string()))?;
    let (backend, _) = store::open(&store, Settings::default()).await?;
    backend.close().await?;
    std::fs::remove_file(&previous)
        .map_err(|error| Failure(format!("cannot remove {}: {error}", previous.display())))?;
    drop(lock);
    print("The database is under a new master key. Restart running servers, and keep a copy of the new key.")
}
