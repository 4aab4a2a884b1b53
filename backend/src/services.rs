//! Composes all services: the only place that knows every one of them.

use std::sync::Arc;

use model::time::Timestamp;

use crate::accounts::Accounts;
use crate::audit::Audit;
use crate::backup::Backups;
use crate::change_request::{ChangeRequest, KeptAnswer};
use crate::cluster::Cluster;
use crate::crypto::master_key::MasterKey;
use crate::crypto::random::Random;
use crate::customers::Customers;
use crate::endpoints::Endpoints;
use crate::environments::Environments;
use crate::error::Result;
use crate::finder::Finder;
use crate::home::Home;
use crate::keys::Keys;
use crate::profiles::Profiles;
use crate::receipts::Receipts;
use crate::rekey::change_master_key;
use crate::service_accounts::ServiceAccounts;
use crate::store::{Applied, BringIntoForce, Opened, Options, Store};
use crate::suggest::Suggestions;
use crate::usage::Usage;
use crate::verifier::Verifier;

/// What handlers, server functions and the command line hold.
#[derive(Debug)]
pub struct Services {
    pub accounts: Arc<Accounts>,
    pub audit: Arc<Audit>,
    pub backups: Backups,
    pub cluster: Arc<Cluster>,
    pub customers: Arc<Customers>,
    pub endpoints: Arc<Endpoints>,
    pub environments: Arc<Environments>,
    pub finder: Finder,
    pub home: Home,
    pub keys: Arc<Keys>,
    pub profiles: Arc<Profiles>,
    pub receipts: Receipts,
    pub service_accounts: ServiceAccounts,
    pub suggestions: Suggestions,
    pub usage: Arc<Usage>,
    verifier: Arc<Verifier>,
    pub(crate) store: Arc<Store>,
}

impl Services {
    /// Opens the database, brings its schema up to date and seeds an empty one. Also answers with what was done.
    pub async fn open(options: Options) -> Result<(Self, Applied)> {
        let Opened {
            store,
            applied,
            master_key,
            previous,
        } = Store::open(options).await?;
        let services = Self::compose(store, &master_key)?;
        if let Some(previous) = previous {
            change_master_key(&services.store, &previous, &master_key).await?;
            tracing::info!("the database is under the new master key; the previous one is not needed any more");
        }
        services.environments.give_missing_keys().await?;
        Ok((services, applied))
    }

    fn compose(store: Store, master_key: &MasterKey) -> Result<Self> {
        let store = Arc::new(store);
        let verifier = Arc::new(Verifier::new(
            Arc::clone(&store.clock),
            store.settings.stale_limit,
            store.tokens.clone(),
        ));
        let audit = Arc::new(Audit::new(Arc::clone(&store)));
        let accounts = Arc::new(Accounts::new(Arc::clone(&store), Arc::clone(&audit), master_key)?);
        let usage = Arc::new(Usage::new(Arc::clone(&store), Arc::clone(&verifier)));
        let environments = Arc::new(Environments::new(Arc::clone(&store), Arc::clone(&usage)));
        let endpoints = Arc::new(Endpoints::new(Arc::clone(&store)));
        let profiles = Arc::new(Profiles::new(Arc::clone(&store)));
        let cluster = Arc::new(Cluster::new(Arc::clone(&store), Arc::clone(&verifier)));
        let in_force: Arc<dyn BringIntoForce> = Arc::<Cluster>::clone(&cluster);
        store.set_in_force(Arc::downgrade(&in_force));
        let customers = Arc::new(Customers {
            audit: Arc::clone(&audit),
            cluster: Arc::clone(&cluster),
            usage: Arc::clone(&usage),
            store: Arc::clone(&store),
        });
        let keys = Arc::new(Keys {
            audit: Arc::clone(&audit),
            cluster: Arc::clone(&cluster),
            endpoints: Arc::clone(&endpoints),
            environments: Arc::clone(&environments),
            profiles: Arc::clone(&profiles),
            usage: Arc::clone(&usage),
            store: Arc::clone(&store),
            verifier: Arc::clone(&verifier),
        });
        Ok(Self {
            backups: Backups::new(Arc::clone(&store)),
            home: Home {
                audit: Arc::clone(&audit),
                cluster: Arc::clone(&cluster),
                endpoints: Arc::clone(&endpoints),
                keys: Arc::clone(&keys),
                usage: Arc::clone(&usage),
                store: Arc::clone(&store),
            },
            receipts: Receipts::new(Arc::clone(&store), Arc::clone(&cluster)),
            service_accounts: ServiceAccounts::new(Arc::clone(&store)),
            finder: Finder::new(Arc::clone(&store), Arc::clone(&keys), Arc::clone(&customers)),
            suggestions: Suggestions::new(
                Arc::clone(&store),
                Arc::clone(&keys),
                Arc::clone(&profiles),
                Arc::clone(&customers),
            ),
            accounts,
            audit,
            cluster,
            customers,
            endpoints,
            environments,
            keys,
            profiles,
            usage,
            verifier,
            store,
        })
    }

    /// The verifier, which answers gateways.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Looks for the answer to the very same request of a program before, and gives it to the request. Answers whether there is
    /// one. What the answer tells of is then in force on this node, as it was when the answer was first given, or was to be.
    pub async fn find_kept_answer(&self, request: &ChangeRequest) -> Result<bool> {
        let found = self.store.find_kept_answer(request).await?;
        if found {
            self.cluster.last_change_in_force().await?;
        }
        Ok(found)
    }

    /// Gives a request that changes nothing its answer, and keeps the answer.
    pub async fn keep_answer(&self, request: &Arc<ChangeRequest>, answer: KeptAnswer) -> Result<()> {
        self.store.keep_answer(request, answer).await
    }

    /// The ID of this database. It is not a secret.
    pub fn instance(&self) -> &str {
        &self.store.instance
    }

    pub fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// Milliseconds on a clock that nobody sets, see [`crate::clock::Clock::elapsed`].
    pub fn elapsed(&self) -> i64 {
        self.store.clock.elapsed()
    }

    pub fn random(&self) -> &dyn Random {
        self.store.random()
    }

    /// Closes the database. Then the database file has everything that was in the write-ahead log.
    pub async fn close(&self) -> Result<()> {
        self.store.close().await
    }
}
