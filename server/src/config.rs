//! What an operator sets: flags first, then the environment.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;
use secrecy::SecretString;

/// Where the data is. Every command that opens the database takes these.
#[derive(Args, Clone, Debug)]
pub struct Store {
    /// Folder of the SQLite file and the master key file
    #[arg(
        long,
        env = "LATCHKEY_DATA_DIR",
        default_value = "./latchkey-data",
        value_name = "FOLDER"
    )]
    pub data_dir: PathBuf,
    /// Database, when it is not the SQLite file in the data folder: sqlite:PATH
    #[arg(long, env = "LATCHKEY_DATABASE_URL", value_name = "URL")]
    pub database_url: Option<String>,
    /// Master key of 32 characters or more, when it is not the file in the data folder
    #[arg(long, env = "LATCHKEY_MASTER_KEY", hide_env_values = true, value_name = "KEY")]
    pub master_key: Option<SecretString>,
    /// The master key from before, while it is being changed, when it is not the file master.key.previous
    #[arg(
        long,
        env = "LATCHKEY_MASTER_KEY_PREVIOUS",
        hide_env_values = true,
        value_name = "KEY"
    )]
    pub master_key_previous: Option<SecretString>,
}

/// Under which address people reach the console. Links are made from these.
#[derive(Args, Clone, Debug)]
pub struct Address {
    /// Address to listen on
    #[arg(
        long,
        env = "LATCHKEY_ADDR",
        default_value = "127.0.0.1:3000",
        value_name = "HOST:PORT"
    )]
    pub addr: String,
    /// The console's address as browsers see it; https makes cookies Secure
    #[arg(long, env = "LATCHKEY_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,
}

/// What `latchkey serve` takes.
#[derive(Args, Clone, Debug)]
pub struct Serve {
    #[command(flatten)]
    pub store: Store,
    #[command(flatten)]
    pub address: Address,
    /// Serve /v1 on this address instead, away from the console
    #[arg(long, env = "LATCHKEY_VERIFIER_ADDR", value_name = "HOST:PORT")]
    pub verifier_addr: Option<String>,
    /// Creates the owner at the first start, while there is no user
    #[arg(
        long,
        env = "LATCHKEY_OWNER_EMAIL",
        value_name = "EMAIL",
        requires = "owner_password"
    )]
    pub owner_email: Option<String>,
    /// Password of that owner
    #[arg(
        long,
        env = "LATCHKEY_OWNER_PASSWORD",
        hide_env_values = true,
        value_name = "PASSWORD",
        requires = "owner_email"
    )]
    pub owner_password: Option<SecretString>,
    /// Proxies whose X-Forwarded-For and Forwarded are believed, as CIDRs
    #[arg(long, env = "LATCHKEY_TRUSTED_PROXIES", value_delimiter = ',', value_name = "CIDR")]
    pub trusted_proxies: Vec<IpNet>,
    /// Shortest time a key stays in Provisioning
    #[arg(long, env = "LATCHKEY_PROVISIONING_MIN", default_value = "0s", value_parser = duration, value_name = "TIME")]
    pub provisioning_min: Duration,
    /// How far two clocks may differ
    #[arg(long, env = "LATCHKEY_CLOCK_TOLERANCE", default_value = "60s", value_parser = duration, value_name = "TIME")]
    pub clock_tolerance: Duration,
    /// How long this node may answer from memory after it last heard from the database
    #[arg(long, env = "LATCHKEY_STALE_LIMIT", default_value = "5m", value_parser = duration, value_name = "TIME")]
    pub stale_limit: Duration,
    /// This node's name on screens [default: host name]
    #[arg(long, env = "LATCHKEY_NODE_NAME", value_name = "NAME")]
    pub node_name: Option<String>,
}

impl Address {
    /// Scheme and host for links, without a slash at the end.
    pub fn base(&self, bound: Option<SocketAddr>) -> String {
        match (&self.public_url, bound) {
            (Some(url), _) => url.clone(),
            // Bound to every address, it has none of its own to put into a link.
            (None, Some(bound)) if bound.ip().is_unspecified() => format!("http://localhost:{}", bound.port()),
            (None, Some(bound)) => format!("http://{bound}"),
            (None, None) => format!("http://{}", self.addr),
        }
    }
}

/// `90d`, `12h`, `30s`, `0s`…
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 30s, 5m or 90d"))
}

/// Milliseconds, as the model counts.
pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn public_url(text: &str) -> Result<String, String> {
    let url: ::http::Uri = text.parse().map_err(|error| format!("{error}"))?;
    match (url.scheme_str(), url.authority(), url.path()) {
        (Some(scheme @ ("http" | "https")), Some(host), "" | "/") if url.query().is_none() => {
            Ok(format!("{scheme}://{host}"))
        }
        _ => Err("write it like https://keys.example.com, without a path".to_owned()),
    }
}
