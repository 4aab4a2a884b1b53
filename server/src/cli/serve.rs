//! `latchkey serve`

use std::sync::Arc;
use std::time::Duration;

use backend::accounts::NewUser;
use backend::audit::Actor;
use backend::verifier::Unflushed;
use backend::{Services, Settings};
use model::name;
use model::role::Role;
use model::status::PROVISIONING_LIMIT;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::{Failure, open_files, runtimes, store};
use crate::config::{ServeArgs, milliseconds};
use crate::http::listener::{self, ConnectionLimits, Routes};
use crate::http::{self, Console, VerifierRoutes};
use crate::telemetry;

/// How long open requests may take to end at shutdown.
const DRAIN_LIMIT: Duration = Duration::from_secs(6);
/// When the steps of the shutdown end, after it began. The whole takes at most ten seconds.
const FLUSH_END: Duration = Duration::from_millis(7_500);
const LEAVE_END: Duration = Duration::from_millis(8_700);
const CLOSE_END: Duration = Duration::from_millis(9_500);

/// The longest name of a node, in characters.
const NODE_NAME_MAX: usize = 100;

/// Serves until a signal stops the server. Runs on the console's runtime. `gateways` is the verifier's runtime.
pub(super) async fn serve(config: ServeArgs, gateways: &Handle) -> Result<(), Failure> {
    if milliseconds(config.provisioning_min) >= PROVISIONING_LIMIT {
        return Err(Failure(
            "LATCHKEY_PROVISIONING_MIN must be shorter than the 3 minutes after which provisioning fails".to_owned(),
        ));
    }
    let settings = Settings {
        provisioning_min: milliseconds(config.provisioning_min),
        clock_tolerance: milliseconds(config.clock_tolerance),
        stale_limit: milliseconds(config.stale_limit),
        node_name: node_name(config.node_name.as_deref())?,
        ..Settings::default()
    };
    // The server listens for signals before it answers any request, since a script may stop it as soon as it is ready.
    let mut signals = StopSignals::listen()?;
    let (services, applied) = store::open(&config.store, settings).await?;
    if !applied.is_empty() {
        tracing::info!(changes = applied.len(), "brought the schema up to date");
    }
    let services = Arc::new(services);
    let console = Handle::current();
    // A connection is served on the runtime of its listener. Gateways connect to the verifier's runtime.
    let (listener, verifier_listener) = match config.verifier_addr.clone() {
        Some(addr) => (
            listen(&console, config.address.addr.clone()).await?,
            Some(listen(gateways, addr).await?),
        ),
        None => (listen(gateways, config.address.addr.clone()).await?, None),
    };
    let metrics_listener = match config.metrics_addr.clone() {
        Some(addr) => Some(listen(&console, addr).await?),
        None => None,
    };
    let base = config.address.base_url(listener.local_addr().ok());
    create_first_owner(&services, &config, &base).await?;
    services.cluster.join().await?;
    services.cluster.load_index().await?;
    services.cluster.join().await?;
    // From the first request on, this node takes no more than its share of limits.
    services.cluster.exchange_limits().await?;
    let mut tasks = start_tasks(&services);

    let (stop, stopped) = watch::channel(());
    let proxies = config.trusted_proxies;
    let pages = Console::new(
        Arc::clone(&services),
        config.address.public_url,
        proxies.clone(),
        stopped.clone(),
    );
    let pages = http::console(&pages).map_err(Failure)?;
    let listeners = if verifier_listener.is_some() { 2 } else { 1 };
    let limits = ConnectionLimits::new(open_files::raise_open_file_limit(), listeners, proxies.clone().into());
    let verifier = VerifierRoutes::new(&services, proxies);
    let mut servers = JoinSet::new();
    if let Some(metrics_listener) = metrics_listener {
        if let Ok(addr) = metrics_listener.local_addr() {
            tracing::info!("the metrics are at http://{addr}/metrics");
        }
        let metrics = Routes::One(http::metrics(&services));
        servers.spawn(listener::serve(
            metrics_listener,
            metrics,
            ConnectionLimits::for_metrics(),
            stopped.clone(),
        ));
    }
    if let Some(verifier_listener) = verifier_listener {
        let verifier = Routes::Verifier(verifier);
        servers.spawn_on(
            listener::serve(verifier_listener, verifier, limits.clone(), stopped.clone()),
            gateways,
        );
        servers.spawn(listener::serve(listener, Routes::One(pages), limits, stopped));
    } else {
        let shared = Routes::Shared {
            verifier,
            console: pages,
            runtime: console,
        };
        servers.spawn_on(listener::serve(listener, shared, limits, stopped), gateways);
    }
    tracing::info!("Latchkey is ready at {base}");
    let ended_early = tokio::select! {
        () = signals.received() => None,
        // Tasks and listeners run as long as the server. If one of them ends, it has failed, so the server stops, too.
        _ = tasks.join_next() => Some(Failure("a background task failed, see the log".to_owned())),
        _ = servers.join_next() => Some(Failure("a listener failed, see the log".to_owned())),
    };
    tracing::info!("stopping");
    drop(stop);
    let stored = shut_down(&services, servers, tasks).await;
    ended_early.map_or(stored, Err)
}

/// Ends the open requests and stores what is in memory. Each step has a limit of time, so that the whole ends even while the
/// database does not answer.
async fn shut_down(services: &Services, mut servers: JoinSet<()>, mut tasks: JoinSet<()>) -> Result<(), Failure> {
    let began = Instant::now();
    let drained = async {
        let ended = async { while servers.join_next().await.is_some() {} };
        if timeout_at(began + DRAIN_LIMIT, ended).await.is_err() {
            tracing::warn!("some requests did not end in time");
        }
    };
    // Uses are stored meanwhile, since there may be many.
    let (_, ()) = tokio::join!(services.usage.flush_until(began + FLUSH_END), drained);
    tasks.shutdown().await;
    if let Some(anchor) = services.audit.anchor() {
        tracing::info!("audit anchor {anchor}");
    }
    // The last requests were counted after the others were stored.
    let stored = services.usage.flush_until(began + FLUSH_END).await;
    let outcome = stored.map_err(|cause| {
        let Unflushed { keys, requests } = services.usage.count_unflushed();
        tracing::error!(keys, requests, %cause, "counted uses were not stored in time and are lost");
        Failure("some counted uses were not stored, see the log".to_owned())
    });
    match timeout_at(began + LEAVE_END, services.cluster.leave()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "cannot take this node off the list of nodes"),
        Err(_) => tracing::error!("cannot take this node off the list of nodes in time"),
    }
    match timeout_at(began + CLOSE_END, services.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "cannot close the database"),
        Err(_) => tracing::error!("cannot close the database in time"),
    }
    outcome
}

async fn listen(runtime: &Handle, addr: String) -> Result<TcpListener, Failure> {
    runtimes::run_on(runtime, async move {
        TcpListener::bind(&addr)
            .await
            .map_err(|error| Failure(format!("cannot listen on {addr}: {error}")))
    })
    .await?
}

/// Creates the owner from the configuration, or prints the link by which a person creates the owner.
async fn create_first_owner(services: &Services, config: &ServeArgs, base: &str) -> Result<(), Failure> {
    if services.accounts.has_any().await? {
        return Ok(());
    }
    if let (Some(email), Some(password)) = (&config.owner_email, &config.owner_password) {
        let created = match NewUser::new(email, None, Role::Owner) {
            Ok(new) => services
                .accounts
                .create(&Actor::command_line(), new, password.clone())
                .await
                .map(drop),
            Err(errors) => Err(errors.into()),
        };
        if created.is_err() && services.accounts.has_any().await? {
            // Another node has started at the same time.
            return Ok(());
        }
        created.map_err(|error| Failure(format!("cannot create the owner: {error}")))?;
        tracing::info!("created the owner {email}; log in at {base}/login");
        return Ok(());
    }
    let link = services.accounts.issue_setup_link().await?;
    // The link is the only way to log in. It is printed directly, since a filter of the log could hide it.
    telemetry::print(&format!(
        "Nobody can log in yet. Create the owner at {base}/setup?link={} (works once, until {})",
        link.secret(),
        link.expires_at.exact()
    ));
    Ok(())
}

fn start_tasks(services: &Arc<Services>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let own = || Arc::clone(services);
    let (changes, heart, provisioning, usage, keeper, anchors) = (own(), own(), own(), own(), own(), own());
    let (limits, refusals, names) = (own(), own(), own());
    tasks.spawn(async move { changes.cluster.follow_changes().await });
    tasks.spawn(async move { heart.cluster.send_heartbeats().await });
    tasks.spawn(async move { limits.cluster.exchange_limits_regularly().await });
    tasks.spawn(async move { refusals.cluster.answer_refusals_regularly().await });
    tasks.spawn(async move { provisioning.keys.provision().await });
    tasks.spawn(async move { names.keys.index_names_regularly().await });
    tasks.spawn(async move { usage.usage.flush_regularly().await });
    tasks.spawn(async move { keeper.usage.run_retention().await });
    tasks.spawn(async move { anchors.audit.log_anchors().await });
    tasks
}

/// The two signals that stop the server.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn listen() -> Result<Self, Failure> {
        let listen =
            |kind| signal(kind).map_err(|error| Failure(format!("cannot wait for the signal to stop: {error}")));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The node's name on screens: the configured one, or else the host name, or else "node".
fn node_name(configured: Option<&str>) -> Result<String, Failure> {
    let read = |text: &str| name::line(text, "The name of a node", NODE_NAME_MAX);
    let configured =
        read(configured.unwrap_or_default()).map_err(|sentence| Failure(format!("LATCHKEY_NODE_NAME: {sentence}")))?;
    if !configured.is_empty() {
        return Ok(configured);
    }
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    Ok(read(&host)
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "node".to_owned()))
}
