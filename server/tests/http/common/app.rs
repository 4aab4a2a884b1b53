//! A whole Latchkey: the real router with its own database. The test moves its clock, and its random numbers are repeatable, so
//! that tests can compare whole answers.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use axum::Router;
use backend::accounts::NewUser;
use backend::audit::Actor;
use backend::clock::ManualClock;
use backend::crypto::master_key::MasterKey;
use backend::crypto::random::SeededRandom;
use backend::keys::NewKey;
use backend::verifier::{Decision, Origin, Target};
use backend::{HashingCost, Options, Services, Settings};
use http::Method;
use ipnet::IpNet;
use model::audit::AuditQuery;
use model::endpoint::Grant;
use model::explain::Unmatched;
use model::role::Role;
use model::time::Timestamp;
use model::verify::Code;
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};
use server::http::Console;
use tokio::task::JoinSet;

use super::database::{TestDatabase, listens};
use super::proxy::{Line, Proxy};
use super::{Call, new_key};

pub const PASSWORD: &str = "correct horse battery";
/// The address from which requests come.
pub const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
const START: Timestamp = Timestamp(1_795_326_180_000); // 2026-11-22T05:43:00Z

pub struct TestApp {
    pub services: Arc<Services>,
    pub(super) router: Router,
    pub(super) cookies: Mutex<Cookies>,
    clock: Arc<ManualClock>,
    holds_keys: bool,
    somebody: tokio::sync::Mutex<Option<String>>,
    stop: Mutex<Option<tokio::sync::watch::Sender<()>>>,
    database: Arc<TestDatabase>,
    proxy: Option<Proxy>,
    /// The server's tasks end with it, since each holds connections to the database, and some tests make hundreds of servers.
    _tasks: JoinSet<()>,
}

/// The cookies of a browser: the value of each name.
pub type Cookies = BTreeMap<String, String>;

/// The settings with which a server is started.
pub struct Setup {
    pub public_url: Option<&'static str>,
    pub settings: Settings,
    /// The trusted proxies.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether the index is loaded.
    pub loaded: bool,
    pub hashing_cost: HashingCost,
    /// The seed of its random numbers. Another seed makes another instance ID.
    pub seed: u64,
    /// Whether PostgreSQL is behind a proxy, which the test can cut.
    pub behind_proxy: bool,
}

/// A key, and the only copy of its token.
pub struct Key {
    pub id: String,
    pub token: String,
}

impl Default for Setup {
    fn default() -> Self {
        let settings = Settings {
            // The test's clock differs from the database's.
            clock_tolerance: i64::MAX,
            ..Settings::default()
        };
        Self {
            public_url: None,
            settings,
            trusted_proxies: Vec::new(),
            loaded: true,
            seed: 1,
            behind_proxy: false,
            hashing_cost: HashingCost::Least,
        }
    }
}

impl TestApp {
    pub async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    /// A server on which a new key stays in Provisioning for at least the given milliseconds.
    pub async fn holding_keys_for(milliseconds: i64) -> Self {
        let mut setup = Setup::default();
        setup.settings.provisioning_min = milliseconds;
        Self::with(setup).await
    }

    pub async fn with(setup: Setup) -> Self {
        let database = Arc::new(TestDatabase::new().await);
        Self::on(database, Arc::new(ManualClock::new(START)), setup).await
    }

    /// Another node on the same database, as if in another process. It learns of the changes of this one only when it has to.
    pub async fn another_node(&self) -> Self {
        let setup = Setup {
            seed: 2,
            ..Setup::default()
        };
        Self::on(Arc::clone(&self.database), self.clock(), setup).await
    }

    async fn on(database: Arc<TestDatabase>, clock: Arc<ManualClock>, setup: Setup) -> Self {
        let holds_keys = setup.settings.provisioning_min > 0;
        let proxy = if setup.behind_proxy {
            Some(Proxy::start(database.server_address()).await)
        } else {
            None
        };
        let location = proxy
            .as_ref()
            .map_or_else(|| database.location(), |proxy| database.location_at(proxy.address));
        let options = Options {
            location,
            master_key: MasterKey::from_text("a master key for tests, 32 or more").unwrap(),
            previous_master_key: None,
            clock: Arc::<ManualClock>::clone(&clock),
            random: Arc::new(SeededRandom::new(setup.seed)),
            hashing_cost: setup.hashing_cost,
            settings: Settings {
                database_listen: listens(),
                ..setup.settings
            },
        };
        let services = Arc::new(Services::open(options).await.unwrap().0);
        if setup.loaded {
            services.cluster.load_index().await.unwrap();
            services.cluster.join().await.unwrap();
        }
        let provisioner = Arc::clone(&services);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { provisioner.keys.provision().await });
        let (stop, stopped) = tokio::sync::watch::channel(());
        let public_url = setup.public_url.map(str::to_owned);
        let proxies = setup.trusted_proxies;
        let console = Console::new(Arc::clone(&services), public_url, proxies.clone(), stopped);
        let router = server::http::console(&console)
            .unwrap()
            .merge(server::http::verifier(&services, proxies));
        Self {
            services,
            router,
            cookies: Mutex::default(),
            clock,
            holds_keys,
            somebody: tokio::sync::Mutex::default(),
            stop: Mutex::new(Some(stop)),
            database,
            proxy,
            _tasks: tasks,
        }
    }

    /// Logs in as the owner.
    pub async fn with_owner(self) -> Self {
        self.with_user(Role::Owner).await
    }

    /// Logs in as a person with this role.
    pub async fn with_user(self, role: Role) -> Self {
        self.add_user(role).await;
        self.log_in(role).await;
        self
    }

    pub async fn add_user(&self, role: Role) {
        let new = NewUser::new(&email(role), None, role).unwrap();
        self.services
            .accounts
            .create(&Actor::command_line(), new, PASSWORD.into())
            .await
            .unwrap();
    }

    /// Adds an owner with this e-mail address.
    pub async fn add_owner(&self, email: &str) {
        let new = NewUser::new(email, None, Role::Owner).unwrap();
        self.services
            .accounts
            .create(&Actor::command_line(), new, PASSWORD.into())
            .await
            .unwrap();
    }

    pub async fn log_in(&self, role: Role) {
        let answer = self
            .post_form("/login", &[("email", &email(role)), ("password", PASSWORD)])
            .await;
        assert_eq!(answer.status, 303, "{}", answer.body);
    }

    /// Adds a Developer who never logs in. Returns their ID.
    pub async fn somebody(&self) -> String {
        let mut somebody = self.somebody.lock().await;
        if let Some(id) = &*somebody {
            return id.clone();
        }
        let new = NewUser::new("somebody@example.org", None, Role::Developer).unwrap();
        let id = self
            .services
            .accounts
            .create(&Actor::command_line(), new, PASSWORD.into())
            .await
            .unwrap();
        somebody.insert(id.to_string()).clone()
    }

    /// Whether the owner can log in with this password.
    pub async fn log_in_again(&self, password: &str) -> bool {
        self.forget_cookies();
        let address = email(Role::Owner);
        let answer = self
            .post_form("/login", &[("email", &address), ("password", password)])
            .await;
        answer.status == 303
    }

    /// The number of events in the audit log.
    pub async fn audit_events(&self) -> i64 {
        let page = self
            .services
            .audit
            .list(&Actor::command_line(), &AuditQuery::default())
            .await
            .unwrap();
        page.events.first().map_or(0, |event| event.number)
    }

    /// The browser's cookies.
    pub fn cookies(&self) -> Cookies {
        self.cookies.lock().unwrap().clone()
    }

    /// The value of the browser's session cookie.
    pub fn session_token(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        let session = cookies.iter().find(|(name, _)| name.contains("session"));
        session.unwrap().1.clone()
    }

    /// The server's clock.
    pub fn clock(&self) -> Arc<ManualClock> {
        Arc::clone(&self.clock)
    }

    /// The full name of a cookie, with the ID of the instance.
    pub fn cookie(&self, name: &str) -> String {
        format!("{name}_{}", self.services.instance())
    }

    /// Switches to the cookies of another browser.
    pub fn use_cookies(&self, cookies: Cookies) {
        *self.cookies.lock().unwrap() = cookies;
    }

    /// Switches to a browser without cookies.
    pub fn forget_cookies(&self) {
        self.use_cookies(Cookies::new());
    }

    pub fn get(&self, path: &str) -> Call<'_> {
        Call::new(self, &Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Call<'_> {
        Call::new(self, &Method::POST, path)
    }

    pub fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Call<'_> {
        self.post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(serde_html_form::to_string(fields).unwrap())
    }

    pub fn post_json(&self, path: &str, body: &Value) -> Call<'_> {
        self.post(path)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    pub fn verify(&self, body: &Value) -> Call<'_> {
        self.post_json("/v1/keys/verify", body)
    }

    /// The verifier's code for a call of an endpoint.
    pub async fn code(&self, token: &str, endpoint: &str) -> String {
        let answer = self.verify(&json!({ "key": token, "endpoint": endpoint })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["code"].as_str().unwrap().to_owned()
    }

    /// The request of a gateway that describes the original request in `X-Forwarded-Method` and `X-Forwarded-Uri`.
    pub fn authorize(&self, token: &str, method: &str, uri: &str) -> Call<'_> {
        self.get("/v1/authorize")
            .header("authorization", &format!("Bearer {token}"))
            .header("x-forwarded-method", method)
            .header("x-forwarded-uri", uri)
    }

    /// Creates a key on the command line. It belongs to no person.
    pub async fn create_key(&self, grant: Grant) -> Key {
        self.create(&new_key(grant)).await
    }

    pub async fn create(&self, new: &NewKey) -> Key {
        let new_key = self
            .services
            .keys
            .create_many(&Actor::command_line(), new, 1)
            .await
            .unwrap()
            .remove(0);
        let token = new_key.token.reveal().to_owned();
        if new_key.provisioning && !self.holds_keys {
            self.provisioned(&token).await;
        }
        Key {
            id: new_key.id.to_string(),
            token,
        }
    }

    /// Creates a key with the form. It belongs to the person who is logged in.
    pub async fn create_own_key(&self, name: &str) -> Key {
        let fields = [
            ("name", name),
            ("environment", "default"),
            ("endpoints", "all"),
            ("expires", "never"),
        ];
        let page = self.post_form("/keys/new", &fields).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let token = page.shown_token();
        self.provisioned(&token).await;
        let id = self.decide(&token, |decision| decision.key.map(|key| key.id.to_owned()));
        Key { id: id.unwrap(), token }
    }

    /// A direct connection to the database, which avoids all rules of the backend.
    pub async fn connect_directly(&self) -> DatabaseConnection {
        self.database.connect().await
    }

    /// Waits until the background task has ended the provisioning of a key.
    pub async fn provisioned(&self, token: &str) {
        while self.decide(token, |decision| decision.code) == Code::Provisioning {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }

    /// The router, for requests that a test builds itself.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    fn decide<A>(&self, token: &str, answer: impl FnOnce(&Decision<'_>) -> A) -> A {
        let verifier = self.services.verifier();
        verifier
            .decide(
                token,
                Target::Ambiguous(Unmatched::Unsaid),
                Origin::client(None),
                answer,
            )
            .unwrap()
    }

    /// Lets time pass, and then hears from the database, so that the verifier keeps answering.
    pub async fn pass(&self, milliseconds: i64) {
        self.pass_in_silence(milliseconds);
        self.services.cluster.load_index().await.unwrap();
    }

    /// Cuts the line to the database, or mends it. The server has to be behind a proxy.
    pub fn cut(&self, line: Line) {
        self.proxy.as_ref().unwrap().set(line);
    }

    /// Tells the server to stop.
    pub fn stop(&self) {
        self.stop.lock().unwrap().take();
    }

    /// Lets time pass while the database does not answer.
    pub fn pass_in_silence(&self, milliseconds: i64) {
        self.clock.advance(milliseconds);
    }
}

/// The e-mail address of the person with this role.
pub fn email(role: Role) -> String {
    format!("{}@example.com", role.as_str())
}
