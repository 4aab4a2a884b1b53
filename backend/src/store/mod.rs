//! Everything about persistence: the connections to the database, mutations, the tables, and for each subject the
//! statements that are more than a look-up, with tests of their query plans. `sqlite` and `postgres` have what only that
//! database understands, and `database` chooses between them.

mod anchor;
pub(crate) mod audit;
mod authority;
mod chain;
pub(crate) mod changes;
pub(crate) mod column;
pub(crate) mod copy;
pub(crate) mod customer_list;
pub(crate) mod customers;
pub(crate) mod database;
mod database_clock;
pub(crate) mod endpoints;
pub(crate) mod entities;
pub(crate) mod environments;
pub(crate) mod event;
pub(crate) mod index_key;
pub(crate) mod index_source;
mod kept_answers;
pub(crate) mod key_counts;
pub(crate) mod key_list;
pub(crate) mod key_words;
pub(crate) mod keys;
pub(crate) mod limit_reports;
mod location;
mod migrate;
pub(crate) mod mutation;
pub(crate) mod nodes;
pub(crate) mod padded;
pub(crate) mod page;
pub(crate) mod people;
pub(crate) mod postgres;
pub(crate) mod profiles;
pub(crate) mod refusals;
pub(crate) mod search;
mod seed;
pub(crate) mod service_accounts;
pub(crate) mod sessions;
pub(crate) mod sqlite;
mod statement;
pub(crate) mod tags;
pub(crate) mod throttled_subjects;
pub(crate) mod time_limit;
pub(crate) mod token_hashes;
pub(crate) mod token_owners;
mod turns;
pub(crate) mod usage;

use std::convert::Infallible;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, OnceLock, Weak};

use model::time::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, EntityTrait};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::crypto::master_key::MasterKey;
use crate::crypto::random::Random;
use crate::crypto::seal::Seal;
use crate::crypto::token::TokenHasher;
use crate::error::{Error, Outage, RefusedStart, Result};
use crate::settings::{HashingCost, Settings};

use self::anchor::SeenAuditEnd;
pub use self::anchor::{Anchor, anchor_file};
pub(crate) use self::chain::{Chain, ends_as_written, link_mac};
use self::database_clock::DatabaseClock;
use self::entities::head;
pub(crate) use self::event::Event;
pub use self::location::{DatabaseUrl, Location};
pub use self::migrate::Applied;
pub(crate) use self::migrate::refuse_newer;
pub(crate) use self::mutation::{BringIntoForce, Mutation};
use self::turns::Turns;

/// The database, and what every service needs besides it.
#[derive(Debug)]
pub(crate) struct Store {
    /// Connections for reading, and for small writes that are not mutations.
    pub(crate) db: DatabaseConnection,
    /// The connection for the transaction whose turn it is.
    pub(crate) writer: DatabaseConnection,
    turns: Turns,
    pub(crate) location: Location,
    pub(crate) clock: Arc<dyn Clock>,
    database_clock: DatabaseClock,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) chain: Chain,
    pub(crate) seal: Seal,
    /// Hashes the tokens of keys and service accounts.
    pub(crate) tokens: TokenHasher,
    /// The check value of this process's master key, to find out whether the database is still under that key.
    master_key_check: String,
    pub(crate) instance: String,
    /// Where the audit log ended when this process last saw it.
    pub(crate) audit_end: SeenAuditEnd,
    /// When kept answers that are too old were looked for last, in Unix milliseconds.
    answers_cleaned_at: AtomicI64,
    pub(crate) hashing_cost: HashingCost,
    pub(crate) settings: Settings,
    /// Brings committed changes into force on this node. Weak, since it holds this store.
    in_force: OnceLock<Weak<dyn BringIntoForce>>,
}

/// What [`crate::Services::open`] needs.
#[derive(Debug)]
pub struct Options {
    pub location: Location,
    pub master_key: MasterKey,
    /// The previous master key, where it was changed: a database under it is changed to the new one.
    pub previous_master_key: Option<MasterKey>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub hashing_cost: HashingCost,
    pub settings: Settings,
}

/// Why a database does not answer.
pub(crate) struct OutageCause {
    pub(crate) words: String,
    /// Whether it cannot be reached at all.
    pub(crate) is_away: bool,
}

/// A database that was just opened.
pub(crate) struct Opened {
    pub(crate) store: Store,
    /// The schema changes that were applied.
    pub(crate) applied: Applied,
    pub(crate) master_key: MasterKey,
    /// The previous master key, where the database is still under it.
    pub(crate) previous: Option<MasterKey>,
}

impl Store {
    /// Opens the database, brings its schema up to date and seeds an empty one.
    pub(crate) async fn open(options: Options) -> Result<Opened> {
        let Options {
            location,
            master_key,
            previous_master_key,
            clock,
            random,
            hashing_cost,
            settings,
        } = options;
        let db = database::connect(&location, &settings).await?;
        let keys: Vec<&MasterKey> = [&master_key].into_iter().chain(&previous_master_key).collect();
        let applied = database::migrate(&location, &db, &keys).await?;
        seed::seed(&db, clock.now(), random.as_ref(), &master_key).await?;
        let is_under_previous = check_master_key(&db, &master_key, previous_master_key.as_ref())
            .await?
            .is_some();
        let seal = previous_master_key
            .as_ref()
            .filter(|_| is_under_previous)
            .unwrap_or(&master_key);
        let tokens = token_hashes::open(&db, random.as_ref(), &Seal::new(seal)).await?;
        database::gather_statistics(&db).await?;
        let head = head::Entity::find_by_id(1).one(&db).await?;
        let store = Self {
            instance: head.map(|head| head.instance).unwrap_or_default(),
            turns: Turns::default(),
            chain: Chain::new(&master_key),
            seal: Seal::new(&master_key),
            tokens,
            master_key_check: master_key.check_value(),
            audit_end: SeenAuditEnd::default(),
            answers_cleaned_at: AtomicI64::new(0),
            in_force: OnceLock::new(),
            writer: database::connect_writer(&location).await?,
            location,
            db,
            clock,
            database_clock: DatabaseClock::default(),
            random,
            hashing_cost,
            settings,
        };
        store.read_anchor_file().await?;
        store.ask_database_clock().await?;
        Ok(Opened {
            store,
            applied,
            master_key,
            previous: previous_master_key.filter(|_| is_under_previous),
        })
    }

    /// Sets what brings committed changes into force on this node. Called once, when the services are composed.
    pub(crate) fn set_in_force(&self, in_force: Weak<dyn BringIntoForce>) {
        let _ = self.in_force.set(in_force);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn random(&self) -> &dyn Random {
        self.random.as_ref()
    }

    /// Wakes `changed` when another process tells of a change. Runs until it is dropped.
    pub(crate) async fn listen(&self, changed: &Notify) -> Result<Infallible> {
        database::listen(&self.location, changed).await
    }

    /// Why the database does not answer, in words, and whether it is away or only slow: a new connection may say more than
    /// the one that failed.
    pub(crate) async fn explain_outage(&self, error: &Error) -> OutageCause {
        if let Err(found) = database::try_to_connect(&self.location).await {
            return OutageCause {
                words: found.to_string(),
                is_away: true,
            };
        }
        let words = match error {
            Error::Database(error) | Error::Outage { cause: error, .. } => {
                postgres::cause(error).map_or_else(|| error.to_string(), postgres::in_words)
            }
            error => error.to_string(),
        };
        // A file cannot be asked in another way. Where time was over, it may only be busy.
        let is_away = match (&self.location, error) {
            (Location::Sqlite(_), Error::Outage { outage, cause }) => {
                *outage == Outage::Unreachable && !matches!(cause, DbErr::Custom(_) | DbErr::ConnectionAcquire(_))
            }
            _ => false,
        };
        OutageCause { words, is_away }
    }

    /// Closes the database. Then the database file has everything that was in the write-ahead log.
    pub(crate) async fn close(&self) -> Result<()> {
        self.writer.close_by_ref().await?;
        Ok(self.db.close_by_ref().await?)
    }
}

/// The number of the last change that is stored.
pub(crate) async fn change_number(db: &impl ConnectionTrait) -> Result<i64> {
    let head = head::Entity::find_by_id(1).one(db).await?;
    Ok(head.map_or(0, |head| head.change_number))
}

/// Refuses a wrong master key. Answers with the previous one where the database is still under it.
pub(crate) async fn check_master_key<'a>(
    db: &DatabaseConnection,
    master_key: &MasterKey,
    previous: Option<&'a MasterKey>,
) -> Result<Option<&'a MasterKey>> {
    let head = head::Entity::find_by_id(1).one(db).await?;
    match head {
        Some(head) if head.master_key_check == master_key.check_value() => Ok(None),
        Some(head) if previous.is_some_and(|previous| head.master_key_check == previous.check_value()) => Ok(previous),
        Some(_) => Err(RefusedStart::WrongMasterKey.into()),
        None => Err(Error::Internal("the database has no head row".to_owned())),
    }
}
