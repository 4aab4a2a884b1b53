//! A backend on a database of its own, with a clock that the test moves.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::sync::Arc;

use backend::accounts::NewUser;
use backend::audit::Actor;
use backend::clock::{Clock, ManualClock, SystemClock};
use backend::crypto::master_key::MasterKey;
use backend::crypto::random::SeededRandom;
use backend::keys::{Minted, NewKey};
use backend::{Backend, Location, Options, Settings};
use model::endpoint::Grant;
use model::role::Role;
use tempfile::TempDir;

pub const EMAIL: &str = "owner@example.com";
pub const PASSWORD: &str = "correct horse battery";
pub const MASTER_KEY: &str = "a master key for tests, 32 or more";

pub struct House {
    pub backend: Arc<Backend>,
    pub clock: Arc<ManualClock>,
    pub folder: TempDir,
}

impl House {
    /// An empty database, and a clock that tells the machine's time at the start.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(SystemClock.now()));
        let backend = open(&folder, &clock, MASTER_KEY, 1).await.unwrap();
        Self {
            backend: Arc::new(backend),
            clock,
            folder,
        }
    }

    /// The same with a server's index in memory and its tasks running.
    pub async fn serving() -> Self {
        let house = Self::new().await;
        house.backend.load_index().await.unwrap();
        house.backend.join().await.unwrap();
        let backend = Arc::clone(&house.backend);
        tokio::spawn(async move { backend.provision().await });
        let backend = Arc::clone(&house.backend);
        tokio::spawn(async move { backend.follow_changes().await });
        house
    }

    /// Another process on the same database: the command line.
    pub async fn another(&self, seed: u64) -> Backend {
        open(&self.folder, &self.clock, MASTER_KEY, seed).await.unwrap()
    }

    pub async fn add_owner(&self) {
        let new = NewUser::new(EMAIL, None, Role::Owner).unwrap();
        self.backend
            .add_user(&Actor::command_line(), new, PASSWORD.into())
            .await
            .unwrap();
    }
}

pub async fn open(folder: &TempDir, clock: &Arc<ManualClock>, master_key: &str, seed: u64) -> backend::Result<Backend> {
    let options = Options {
        location: Location::Sqlite(folder.path().join("latchkey.db")),
        master_key: MasterKey::from_text(master_key).unwrap(),
        clock: Arc::<ManualClock>::clone(clock),
        random: Arc::new(SeededRandom::new(seed)),
        settings: Settings::default(),
    };
    Backend::open(options).await.map(|(backend, _)| backend)
}

pub fn new_key(name: &str, grant: Grant) -> NewKey {
    NewKey {
        name: name.to_owned(),
        environment: "default".to_owned(),
        grant,
        expires_at: None,
        profile: None,
        browser_skew: None,
    }
}

pub async fn create(backend: &Backend, new: &NewKey) -> Minted {
    backend
        .create_keys(&Actor::command_line(), new, 1)
        .await
        .unwrap()
        .remove(0)
}
