//! The one thing that handlers, server functions and the command line hold.

use std::path::PathBuf;
use std::sync::Arc;

use sea_orm::{DatabaseConnection, EntityTrait};
use tokio::sync::{Mutex, Notify, watch};

use crate::accounts::Accounts;
use crate::audit::{Chain, LastCheck, Memory, Quota};
use crate::clock::Clock;
use crate::cluster::Node;
use crate::crypto::master_key::MasterKey;
use crate::crypto::random::Random;
use crate::crypto::seal::Seal;
use crate::database::{self, Applied, Location};
use crate::entity::head;
use crate::error::{Error, Result};
use crate::seed;
use crate::verifier::Verifier;

/// The database, the index in memory and the rules between them.
#[derive(Debug)]
pub struct Backend {
    /// For reading, and for small writes that are no mutation.
    pub(crate) db: DatabaseConnection,
    /// For who has the turn of `writers`.
    pub(crate) writer: DatabaseConnection,
    /// Transactions of this process that write take turns here rather than at the database, where they would have to retry.
    pub(crate) writers: Mutex<()>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) chain: Chain,
    pub(crate) seal: Seal,
    /// Tells whether the database still has the master key of this process.
    pub(crate) master_key_check: String,
    instance: String,
    pub(crate) last_check: LastCheck,
    /// Where the audit log ended when this process last saw it.
    pub(crate) memory: Memory,
    pub(crate) quota: Quota,
    pub(crate) accounts: Accounts,
    pub(crate) node: Node,
    pub(crate) settings: Settings,
    /// Rings when a key waits for provisioning.
    pub(crate) provisioning: Notify,
    /// The last change that is in force here.
    pub(crate) changes: watch::Sender<i64>,
    verifier: Verifier,
}

/// What [`Backend::open`] needs.
#[derive(Debug)]
pub struct Options {
    pub location: Location,
    pub master_key: MasterKey,
    /// The master key from before, where it was changed: a database that was made with it is brought under the new one.
    pub previous_master_key: Option<MasterKey>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub settings: Settings,
}

/// What an operator can set. Times in milliseconds.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The shortest time that a key stays in Provisioning.
    pub provisioning_min: i64,
    /// How far two clocks may differ.
    pub clock_tolerance: i64,
    /// How long this node may answer from memory after the database was last heard.
    pub stale_limit: i64,
    /// This node's name on screens.
    pub node_name: String,
    /// Folder of the file in which the end of the audit log is remembered; none without.
    pub anchors: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            provisioning_min: 0,
            clock_tolerance: 60 * model::time::SECOND,
            stale_limit: 5 * model::time::MINUTE,
            node_name: "node".to_owned(),
            anchors: None,
        }
    }
}

impl Backend {
    /// Opens the database, brings its schema up to date and seeds an empty one. Also tells what was done.
    pub async fn open(options: Options) -> Result<(Self, Applied)> {
        let Options {
            location,
            master_key,
            previous_master_key,
            clock,
            random,
            settings,
        } = options;
        let db = database::connect(&location).await?;
        let keys: Vec<&MasterKey> = [&master_key].into_iter().chain(&previous_master_key).collect();
        let applied = database::migrate(&db, &keys).await?;
        seed::seed(&db, clock.now(), random.as_ref(), &master_key).await?;
        let changed = check_master_key(&db, &master_key, previous_master_key.as_ref()).await?;
        database::gather_statistics(&db).await?;
        let head = head::Entity::find_by_id(1).one(&db).await?;
        let backend = Self {
            instance: head.map(|head| head.instance).unwrap_or_default(),
            writers: Mutex::new(()),
            chain: Chain::new(&master_key),
            seal: Seal::new(&master_key),
            master_key_check: master_key.check_value(),
            last_check: LastCheck::default(),
            memory: Memory::default(),
            quota: Quota::default(),
            accounts: Accounts::new(&master_key, random.as_ref())?,
            node: Node::new(&settings.node_name, random.as_ref()),
            verifier: Verifier::new(Arc::clone(&clock), settings.stale_limit),
            provisioning: Notify::new(),
            changes: watch::Sender::new(0),
            writer: database::connect_writer(&location).await?,
            db,
            clock,
            random,
            settings,
        };
        backend.remember_audit_end().await?;
        if let Some(previous) = changed {
            backend.change_master_key(previous, &master_key).await?;
            tracing::info!("the database is under the new master key; the previous one is not needed any more");
        }
        backend.give_environments_keys().await?;
        Ok((backend, applied))
    }

    /// What answers gateways.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Tells of every change that comes into force here. Where they come fast, only of the last.
    pub fn watch_changes(&self) -> watch::Receiver<i64> {
        self.changes.subscribe()
    }

    /// Tells this database from others. No secret.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    pub fn now(&self) -> model::time::Timestamp {
        self.clock.now()
    }

    /// Milliseconds on a clock that nobody sets, see [`Clock::elapsed`].
    pub fn elapsed(&self) -> i64 {
        self.clock.elapsed()
    }

    pub fn random(&self) -> &dyn Random {
        self.random.as_ref()
    }

    /// Lets go of the database's files. What stood in the write-ahead log is in the database file then.
    pub async fn close(&self) -> Result<()> {
        self.writer.close_by_ref().await?;
        Ok(self.db.close_by_ref().await?)
    }
}

/// Refuses a wrong master key. Answers with the previous one where the database is still under that.
pub(crate) async fn check_master_key<'a>(
    db: &DatabaseConnection,
    master_key: &MasterKey,
    previous: Option<&'a MasterKey>,
) -> Result<Option<&'a MasterKey>> {
    let head = head::Entity::find_by_id(1).one(db).await?;
    match head {
        Some(head) if head.master_key_check == master_key.check_value() => Ok(None),
        Some(head) if previous.is_some_and(|previous| head.master_key_check == previous.check_value()) => Ok(previous),
        Some(_) => Err(wrong_master_key()),
        None => Err(Error::Internal("the database has no head row".to_owned())),
    }
}

pub(crate) fn wrong_master_key() -> Error {
    Error::Refused(
        "this is not the master key that the database was made with; \
         set LATCHKEY_MASTER_KEY or put back the file master.key. When you are changing the master key, give the \
         previous one as well: LATCHKEY_MASTER_KEY_PREVIOUS, or the file master.key.previous"
            .to_owned(),
    )
}
