//! `latchkey serve`

use std::sync::Arc;
use std::time::Duration;

use backend::accounts::NewUser;
use backend::audit::Actor;
use backend::{Backend, Settings};
use model::name;
use model::role::Role;
use model::status::PROVISIONING_LIMIT;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Failure, files, runtimes, store};
use crate::config::{Serve, milliseconds};
use crate::http::listener::{self, Bounds, Routes};
use crate::http::{self, Console};

/// How long open requests may take to end at shutdown.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// The longest name of a node, in characters.
const NODE_NAME_MAX: usize = 100;

/// Runs on the console's runtime; the other one is the verifier's.
pub(super) async fn serve(config: Serve, gateways: &Handle) -> Result<(), Failure> {
    if milliseconds(config.provisioning_min) >= PROVISIONING_LIMIT {
        return Err(Failure(
            "LATCHKEY_PROVISIONING_MIN has to be shorter than the 3 minutes after which provisioning fails".to_owned(),
        ));
    }
    let settings = Settings {
        provisioning_min: milliseconds(config.provisioning_min),
        clock_tolerance: milliseconds(config.clock_tolerance),
        stale_limit: milliseconds(config.stale_limit),
        node_name: node_name(config.node_name.as_deref())?,
        anchors: None,
    };
    // Before anything answers: who is told that the server is ready may stop it at once.
    let mut signals = StopSignals::listen()?;
    let (backend, applied) = store::open(&config.store, settings).await?;
    if !applied.is_empty() {
        tracing::info!(changes = applied.len(), "brought the schema up to date");
    }
    let backend = Arc::new(backend);
    let console = Handle::current();
    // Connections live where their listener does: those of gateways on the verifier's runtime.
    let (listener, apart) = match config.verifier_addr.clone() {
        Some(addr) => (
            listen(&console, config.address.addr.clone()).await?,
            Some(listen(gateways, addr).await?),
        ),
        None => (listen(gateways, config.address.addr.clone()).await?, None),
    };
    let base = config.address.base(listener.local_addr().ok());
    first_owner(&backend, &config, &base).await?;
    backend.load_index().await?;
    backend.join().await?;
    let mut tasks = start_tasks(&backend);

    let (stop, stopped) = watch::channel(());
    let proxies = config.trusted_proxies;
    let pages = Console::new(
        Arc::clone(&backend),
        config.address.public_url,
        proxies.clone(),
        stopped.clone(),
    );
    let pages = http::console(&pages).map_err(Failure)?;
    let listeners = if apart.is_some() { 2 } else { 1 };
    let bounds = Bounds::new(files::raise_limit(), listeners, proxies.clone().into());
    let verifier = http::verifier_alone(&backend, proxies);
    let mut servers = JoinSet::new();
    if let Some(apart) = apart {
        let verifier = Routes::One(verifier);
        servers.spawn_on(
            listener::serve(apart, verifier, bounds.clone(), stopped.clone()),
            gateways,
        );
        servers.spawn(listener::serve(listener, Routes::One(pages), bounds, stopped));
    } else {
        let shared = Routes::Shared {
            verifier,
            console: pages,
            runtime: console,
        };
        servers.spawn_on(listener::serve(listener, shared, bounds, stopped), gateways);
    }
    tracing::info!("Latchkey is ready at {base}");
    let ended_early = tokio::select! {
        () = signals.received() => None,
        // They run for as long as the server does: one that ends has failed, and nobody should think that all is well.
        _ = tasks.join_next() => Some(Failure("a task of the server ended by itself, see the log".to_owned())),
        _ = servers.join_next() => Some(Failure("a listener ended by itself, see the log".to_owned())),
    };
    tracing::info!("stopping");
    drop(stop);
    let ended = async { while servers.join_next().await.is_some() {} };
    if tokio::time::timeout(LAST_WORDS, ended).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
    tasks.shutdown().await;
    if let Some(anchor) = backend.audit_anchor() {
        tracing::info!("audit anchor {anchor}");
    }
    let stored = backend.flush_usage().await;
    backend.leave().await?;
    backend.close().await?;
    stored?;
    ended_early.map_or(Ok(()), Err)
}

async fn listen(runtime: &Handle, addr: String) -> Result<TcpListener, Failure> {
    runtimes::on(runtime, async move {
        TcpListener::bind(&addr)
            .await
            .map_err(|error| Failure(format!("cannot listen on {addr}: {error}")))
    })
    .await?
}

/// Creates the owner from the configuration, or prints the link with which a person does.
async fn first_owner(backend: &Backend, config: &Serve, base: &str) -> Result<(), Failure> {
    if backend.has_users().await? {
        return Ok(());
    }
    if let (Some(email), Some(password)) = (&config.owner_email, &config.owner_password) {
        let created = match NewUser::new(email, None, Role::Owner) {
            Ok(new) => backend
                .add_user(&Actor::command_line(), new, password.clone())
                .await
                .map(drop),
            Err(error) => Err(error),
        };
        created.map_err(|error| Failure(format!("cannot create the owner: {error}")))?;
        tracing::info!("created the owner {email}; log in at {base}/login");
        return Ok(());
    }
    let link = backend.issue_setup_link().await?;
    // Not through the log's filter: it is the only way in.
    eprintln!(
        "Nobody can log in yet. Create the owner at {base}/setup?link={} (works once, until {})",
        link.secret(),
        link.expires_at.exact()
    );
    Ok(())
}

fn start_tasks(backend: &Arc<Backend>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let own = || Arc::clone(backend);
    let (changes, heart, provisioning, usage, keeper, anchors) = (own(), own(), own(), own(), own(), own());
    tasks.spawn(async move { changes.follow_changes().await });
    tasks.spawn(async move { heart.beat().await });
    tasks.spawn(async move { provisioning.provision().await });
    tasks.spawn(async move { usage.flush_usage_regularly().await });
    tasks.spawn(async move { keeper.keep_usage().await });
    tasks.spawn(async move { anchors.log_anchors().await });
    tasks
}

/// The two ways in which somebody asks the server to stop.
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

/// What this node is called on screens: what was set, or the machine's name where it has told it.
fn node_name(set: Option<&str>) -> Result<String, Failure> {
    let read = |text: &str| name::line(text, "The name of a node", NODE_NAME_MAX);
    let set = read(set.unwrap_or_default()).map_err(|sentence| Failure(format!("LATCHKEY_NODE_NAME: {sentence}")))?;
    if !set.is_empty() {
        return Ok(set);
    }
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    Ok(read(&host)
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "node".to_owned()))
}
