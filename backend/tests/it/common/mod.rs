//! A backend on a database of its own, with a clock that the test moves.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

pub mod database;
pub mod people;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use backend::accounts::NewUser;
use backend::audit::{Actor, ActorKind};
use backend::clock::{Clock, ManualClock, SystemClock};
use backend::crypto::master_key::MasterKey;
use backend::crypto::random::SeededRandom;
use backend::crypto::token::PlainToken;
use backend::keys::{NewKey, NewKeyWithToken};
use backend::verifier::{Origin, RateLimitState, Target, Unavailable};
use backend::{Error, HashingCost, Location, Options, Services, Settings};
use model::address::AllowedAddresses;
use model::endpoint::Grant;
use model::form::FormErrors;
use model::id::{KeyId, ProfileId, UserId};
use model::key_page::KeyDetails;
use model::limit::Limits;
use model::list::ListQuery;
use model::metadata::Metadata;
use model::number::Separator;
use model::profile::Content;
use model::profile_form::{ProfileForm, ProfileOutcome};
use model::role::Role;
use model::status::Status;
use model::tags::Tags;
use model::time::Timestamp;
use model::usage::Range;
use model::verify::{Code, ProfileInForce};
use sea_orm::DatabaseConnection;

pub use database::TestDatabase;

pub const EMAIL: &str = "owner@example.com";
pub const PASSWORD: &str = "correct horse battery";
pub const MASTER_KEY: &str = "a master key for tests, 32 or more";

pub struct TestBackend {
    pub services: Arc<Services>,
    pub clock: Arc<ManualClock>,
    pub database: TestDatabase,
    settings: Settings,
}

impl TestBackend {
    /// An empty database, and a clock that starts at the machine's time.
    pub async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    pub async fn with(settings: Settings) -> Self {
        Self::on(TestDatabase::new().await, settings).await
    }

    /// A backend on SQLite, for tests about the files of a SQLite database.
    pub async fn on_sqlite() -> Self {
        Self::on(TestDatabase::sqlite().await, Settings::default()).await
    }

    async fn on(database: TestDatabase, settings: Settings) -> Self {
        let clock = Arc::new(ManualClock::new(SystemClock.now()));
        let services = open_with(&database, &clock, MASTER_KEY, 1, settings.clone())
            .await
            .unwrap();
        Self {
            services: Arc::new(services),
            clock,
            database,
            settings,
        }
    }

    /// A backend as `new` makes it, with the index loaded and the server's tasks running.
    pub async fn serving() -> Self {
        Self::serving_with(Settings::default()).await
    }

    pub async fn serving_on_sqlite() -> Self {
        let test = Self::on_sqlite().await;
        serve(&test.services).await;
        test
    }

    pub async fn serving_with(settings: Settings) -> Self {
        let test = Self::with(settings).await;
        serve(&test.services).await;
        test
    }

    /// The number of events in the audit log. Fails unless the chain is intact.
    pub async fn events(&self) -> i64 {
        let check = self.services.audit.verify_chain(&Actor::command_line()).await.unwrap();
        assert_eq!(check.broken, None);
        check.events
    }

    /// Opens this database in another process with settings of its own.
    pub async fn another_with(&self, seed: u64, settings: Settings) -> Services {
        open_with(&self.database, &self.clock, MASTER_KEY, seed, settings)
            .await
            .unwrap()
    }

    /// Opens this database in another process: the command line, or a second server.
    pub async fn another(&self, seed: u64) -> Services {
        open_with(&self.database, &self.clock, MASTER_KEY, seed, self.settings.clone())
            .await
            .unwrap()
    }

    /// Opens the database in another process that reaches it elsewhere.
    pub async fn another_at(&self, location: Location, seed: u64) -> Services {
        self.try_another_at(location, seed).await.unwrap()
    }

    pub async fn try_another_at(&self, location: Location, seed: u64) -> backend::Result<Services> {
        let keys = (MASTER_KEY, None);
        open_at(location, &self.clock, keys, seed, self.settings.clone()).await
    }

    /// Opens this database in another process that changes the master key.
    pub async fn with_new_master_key(&self, master_key: &str) -> Services {
        let keys = (master_key, Some(MASTER_KEY));
        open_under(&self.database, &self.clock, keys, 9, self.settings.clone())
            .await
            .unwrap()
    }

    /// Lets time pass, and then hears from the database, so that the verifier keeps answering.
    pub async fn pass(&self, milliseconds: i64) {
        self.clock.advance(milliseconds);
        // An answer that was asked for before may arrive meanwhile.
        for _ in 0..2 {
            self.services.cluster.load_index().await.unwrap();
        }
    }

    /// A direct connection to the database, which avoids all rules of the backend.
    pub async fn connect_directly(&self) -> DatabaseConnection {
        self.database.connect().await
    }

    /// Whether a text is anywhere in the database.
    pub async fn stores(&self, text: &str) -> bool {
        let bytes = self.database.stored_bytes().await;
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    }

    /// Creates a key and waits until it is ACTIVE.
    pub async fn active_key(&self, new: &NewKey) -> NewKeyWithToken {
        let key = create(&self.services, new).await;
        let progress = self
            .services
            .keys
            .settle(&Actor::command_line(), &key.id, Duration::from_secs(10))
            .await
            .unwrap();
        assert_eq!(progress.status, Status::Active);
        // The key is stored a moment before it is in force here.
        self.services.cluster.load_index().await.unwrap();
        key
    }

    /// Adds a person with this role, and returns the actor. Inserts the session directly, since logging in would be an event.
    pub async fn add_person(&self, role: Role) -> (UserId, Actor) {
        let id = self.add_named(role.as_str(), role).await;
        let session = id.as_str().as_bytes().to_vec();
        let hex = session
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        let row = format!(
            "INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, password_at, user_agent, address)
             VALUES (x'{hex}', '{id}', {now}, {now}, {now}, '', '')",
            now = self.now().0
        );
        database::execute(&self.connect_directly().await, &row).await.unwrap();
        let kind = ActorKind::User {
            id: id.clone(),
            name: role.as_str().to_owned(),
            session,
        };
        let actor = Actor {
            kind,
            role,
            address: None,
            request: None,
        };
        (id, actor)
    }

    /// Creates a bias profile with this name and default settings.
    pub async fn add_profile(&self, name: &str) -> ProfileId {
        let content = Content {
            name: name.to_owned(),
            ..Content::blank()
        };
        let form = ProfileForm::of(&content, 0);
        let outcome = self.services.profiles.create(&Actor::command_line(), &form).await;
        match outcome.unwrap() {
            ProfileOutcome::Saved { id, .. } => id,
            ProfileOutcome::Changed(newer) => panic!("{newer:?}"),
        }
    }

    /// The content of a key's screen, as an Owner sees it.
    pub async fn details(&self, id: &KeyId) -> KeyDetails {
        details(&self.services, id).await
    }

    pub async fn add_owner(&self) {
        let new = NewUser::new(EMAIL, None, Role::Owner).unwrap();
        self.services
            .accounts
            .create(&Actor::command_line(), new, PASSWORD.into())
            .await
            .unwrap();
    }
}

pub async fn open(
    database: &TestDatabase,
    clock: &Arc<ManualClock>,
    master_key: &str,
    seed: u64,
) -> backend::Result<Services> {
    open_with(database, clock, master_key, seed, Settings::default()).await
}

async fn open_with(
    database: &TestDatabase,
    clock: &Arc<ManualClock>,
    master_key: &str,
    seed: u64,
    settings: Settings,
) -> backend::Result<Services> {
    open_under(database, clock, (master_key, None), seed, settings).await
}

/// Opens the database with a master key and, perhaps, the previous master key.
pub async fn open_under(
    database: &TestDatabase,
    clock: &Arc<ManualClock>,
    (master_key, previous): (&str, Option<&str>),
    seed: u64,
    settings: Settings,
) -> backend::Result<Services> {
    open_at(database.location(), clock, (master_key, previous), seed, settings).await
}

async fn open_at(
    location: Location,
    clock: &Arc<ManualClock>,
    (master_key, previous): (&str, Option<&str>),
    seed: u64,
    settings: Settings,
) -> backend::Result<Services> {
    let options = Options {
        location,
        master_key: MasterKey::from_text(master_key).unwrap(),
        previous_master_key: previous.map(|text| MasterKey::from_text(text).unwrap()),
        clock: Arc::<ManualClock>::clone(clock),
        random: Arc::new(SeededRandom::new(seed)),
        hashing_cost: HashingCost::Least,
        settings: Settings {
            database_listen: database::listens(),
            ..settings
        },
    };
    Services::open(options).await.map(|(services, _)| services)
}

/// Starts a backend as a server does: loads the index, joins the nodes, starts the tasks.
pub async fn serve(services: &Arc<Services>) {
    services.cluster.load_index().await.unwrap();
    services.cluster.join().await.unwrap();
    let provisioner = Arc::clone(services);
    tokio::spawn(async move { provisioner.keys.provision().await });
    let follower = Arc::clone(services);
    tokio::spawn(async move { follower.cluster.follow_changes().await });
}

/// The content of a key's screen, as an Owner sees it on this node.
pub async fn details(services: &Services, id: &KeyId) -> KeyDetails {
    let nobody = UserId::from_random("0000000000");
    services
        .keys
        .details(
            &as_person(&nobody, Role::Owner),
            id,
            &ListQuery::default(),
            Range::Month,
            Separator::Comma,
        )
        .await
        .unwrap()
}

/// What is invalid in a form that was refused.
pub fn invalid<T: std::fmt::Debug>(outcome: backend::Result<T>) -> FormErrors {
    match outcome {
        Err(Error::Invalid(errors)) => errors,
        other => panic!("{other:?}"),
    }
}

/// The error of a refused form at a field; empty if there is none.
pub fn error_of<T: std::fmt::Debug>(outcome: backend::Result<T>, field: &str) -> String {
    invalid(outcome).of(field).unwrap_or_default()
}

/// A decision as owned data.
#[derive(Clone, Debug)]
pub struct Answer {
    pub code: Code,
    pub id: Option<KeyId>,
    pub name: Option<String>,
    pub expires_at: Option<Timestamp>,
    pub environment: Option<String>,
    pub endpoint: Option<String>,
    pub profile: Option<ProfileInForce>,
    pub limits: Option<RateLimitState>,
    /// The external ID of the key's customer.
    pub customer: Option<String>,
    pub metadata: Option<String>,
}

/// The verifier's decision about a request from an address. Counts as a request.
pub fn ask(services: &Services, token: &str, target: Target<'_>, from: Option<IpAddr>) -> Result<Answer, Unavailable> {
    let from = Origin::client(from);
    services.verifier().decide(token, target, from, |decision| {
        let key = decision.key.as_ref();
        Answer {
            code: decision.code,
            id: key.map(|key| KeyId::from_stored(key.id.to_owned())),
            name: key.map(|key| key.name.to_owned()),
            expires_at: key.and_then(|key| key.expires_at),
            environment: key.map(|key| key.environment.to_owned()),
            endpoint: decision.endpoint.map(str::to_owned),
            profile: key.and_then(|key| key.profile).cloned(),
            limits: decision.limits,
            customer: key
                .and_then(|key| key.customer)
                .map(|customer| customer.external_id.to_owned()),
            metadata: key.and_then(|key| key.metadata).map(|json| json.get().to_owned()),
        }
    })
}

/// The verifier's decision about a call of an endpoint from 192.0.2.1. Counts as a request.
pub fn decide(services: &Services, token: &str, endpoint: &str) -> Answer {
    decide_from(services, token, endpoint, "192.0.2.1")
}

pub fn decide_from(services: &Services, token: &str, endpoint: &str, from: &str) -> Answer {
    let from = Some(from.parse().unwrap());
    ask(services, token, Target::Endpoint(endpoint), from).unwrap()
}

pub fn code(services: &Services, token: &PlainToken, endpoint: &str) -> Code {
    decide(services, token.reveal(), endpoint).code
}

/// Waits until the verifier gives this code. Each attempt counts as a call of `chat`.
pub async fn until(services: &Services, token: &PlainToken, wanted: Code) {
    let in_time = tokio::time::timeout(Duration::from_secs(10), async {
        while code(services, token, "chat") != wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let last = || code(services, token, "chat");
    assert!(in_time.await.is_ok(), "never {wanted:?}, still {:?}", last());
}

pub fn new_key(name: &str, grant: Grant) -> NewKey {
    NewKey {
        name: name.to_owned(),
        description: String::new(),
        tags: Tags::default(),
        location: String::new(),
        environment: "default".to_owned(),
        grant,
        expires_at: None,
        profile: None,
        limits: Limits::NONE,
        addresses: AllowedAddresses::default(),
        customer: None,
        metadata: Metadata::default(),
        browser_skew: None,
    }
}

pub async fn create(services: &Services, new: &NewKey) -> NewKeyWithToken {
    create_as(services, &Actor::command_line(), new).await
}

/// Creates a key that belongs to this person.
pub async fn create_as(services: &Services, actor: &Actor, new: &NewKey) -> NewKeyWithToken {
    services.keys.create_many(actor, new, 1).await.unwrap().remove(0)
}

/// This person as the reader of a screen. The actor has no session, and tests use it only to read.
pub fn as_person(id: &UserId, role: Role) -> Actor {
    let kind = ActorKind::User {
        id: id.clone(),
        name: role.as_str().to_owned(),
        session: Vec::new(),
    };
    Actor {
        kind,
        role,
        address: None,
        request: None,
    }
}

/// Some person with this role as the reader of a screen.
pub fn as_role(role: Role) -> Actor {
    as_person(&UserId::from_stored("usr_0000000000".to_owned()), role)
}
