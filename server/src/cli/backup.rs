//! `latchkey backup`

use std::fs::File;
use std::path::PathBuf;

use backend::{Backups, Settings, private_file};
use clap::Args;

use super::{Failure, cannot, cannot_create, print, store};
use crate::config::StoreArgs;

#[derive(Args, Debug)]
pub(super) struct Backup {
    #[command(flatten)]
    store: StoreArgs,
    /// File to write; it must not exist
    file: PathBuf,
}

impl Backup {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let (services, _) = store::open(&self.store, Settings::default()).await?;
        // The file exists before SQLite fills it, so that only its owner can ever read it.
        private_file::create(&self.file).map_err(|error| cannot_create(&self.file, &error))?;
        if let Err(error) = services.backups.create(&self.file).await {
            Backups::discard(&self.file);
            return Err(error.into());
        }
        services.close().await?;
        File::open(&self.file)
            .and_then(|file| file.sync_all())
            .map_err(|error| cannot("write", &self.file, &error))?;
        print("The backup is written. The master key is not in it: keep a copy of the key elsewhere.")
    }
}
