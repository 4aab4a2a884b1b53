//! The configuration. A flag takes precedence over its environment variable.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use ipnet::IpNet;
use secrecy::SecretString;

/// The options of every command that opens the database.
#[derive(Args, Clone, Debug)]
pub struct StoreArgs {
    /// Folder that holds the SQLite file and the master key file
    #[arg(
        long,
        env = "LATCHKEY_DATA_DIR",
        default_value = "./latchkey-data",
        value_name = "FOLDER"
    )]
    pub data_dir: PathBuf,
    /// Database, as sqlite:PATH or postgres://… [default: latchkey.db in the data folder]
    #[arg(long, env = "LATCHKEY_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<SecretString>,
    /// Most connections to PostgreSQL that this process holds
    #[arg(
        long,
        env = "LATCHKEY_DATABASE_CONNECTIONS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u32).range(4..=1_000),
        value_name = "NUMBER"
    )]
    pub database_connections: u32,
    /// Whether PostgreSQL tells this process of changes; off where a connection pooler does not pass on LISTEN
    #[arg(long, env = "LATCHKEY_DATABASE_LISTEN", default_value = "on", value_name = "on|off")]
    pub database_listen: Switch,
    /// Master key, 32 characters or more [default: the file master.key in the data folder]
    #[arg(long, env = "LATCHKEY_MASTER_KEY", hide_env_values = true, value_name = "KEY")]
    pub master_key: Option<SecretString>,
    /// Previous master key, needed only while the master key is being changed [default: the file master.key.previous in
    /// the data folder]
    #[arg(
        long,
        env = "LATCHKEY_MASTER_KEY_PREVIOUS",
        hide_env_values = true,
        value_name = "KEY"
    )]
    pub master_key_previous: Option<SecretString>,
}

/// Something that can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

/// The options that say at which address people reach the console. Links are built from them.
#[derive(Args, Clone, Debug)]
pub struct AddressArgs {
    /// Address to listen on
    #[arg(
        long,
        env = "LATCHKEY_ADDR",
        default_value = "127.0.0.1:3000",
        value_name = "HOST:PORT"
    )]
    pub addr: String,
    /// URL at which browsers reach the console; with https, cookies are Secure
    #[arg(long, env = "LATCHKEY_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,
}

/// The options of `latchkey serve`.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    #[command(flatten)]
    pub store: StoreArgs,
    #[command(flatten)]
    pub address: AddressArgs,
    /// Address on which to serve /v1, apart from the console [default: the console's address]
    #[arg(long, env = "LATCHKEY_VERIFIER_ADDR", value_name = "HOST:PORT")]
    pub verifier_addr: Option<String>,
    /// E-mail address of the owner to create when there is no user yet
    #[arg(
        long,
        env = "LATCHKEY_OWNER_EMAIL",
        value_name = "EMAIL",
        requires = "owner_password"
    )]
    pub owner_email: Option<String>,
    /// Password of the owner to create
    #[arg(
        long,
        env = "LATCHKEY_OWNER_PASSWORD",
        hide_env_values = true,
        value_name = "PASSWORD",
        requires = "owner_email"
    )]
    pub owner_password: Option<SecretString>,
    /// Networks of the proxies whose X-Forwarded-For and Forwarded headers are trusted, separated by commas
    #[arg(long, env = "LATCHKEY_TRUSTED_PROXIES", value_delimiter = ',', value_name = "CIDR")]
    pub trusted_proxies: Vec<IpNet>,
    /// Shortest time that a key stays in Provisioning
    #[arg(long, env = "LATCHKEY_PROVISIONING_MIN", default_value = "0s", value_parser = duration, value_name = "TIME")]
    pub provisioning_min: Duration,
    /// How far two clocks may differ before provisioning fails
    #[arg(long, env = "LATCHKEY_CLOCK_TOLERANCE", default_value = "60s", value_parser = duration, value_name = "TIME")]
    pub clock_tolerance: Duration,
    /// How long this node may answer from memory while the database does not answer
    #[arg(long, env = "LATCHKEY_STALE_LIMIT", default_value = "5m", value_parser = duration, value_name = "TIME")]
    pub stale_limit: Duration,
    /// Address on which to serve Prometheus metrics at /metrics [default: none]
    #[arg(long, env = "LATCHKEY_METRICS_ADDR", value_name = "HOST:PORT")]
    pub metrics_addr: Option<String>,
    /// Format of the log: lines for people, or one JSON object per line
    #[arg(long, env = "LATCHKEY_LOG_FORMAT", default_value = "text", value_name = "FORMAT")]
    pub log_format: LogFormat,
    /// Name of this node on screens [default: host name]
    #[arg(long, env = "LATCHKEY_NODE_NAME", value_name = "NAME")]
    pub node_name: Option<String>,
}

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object per line
    Json,
}

impl AddressArgs {
    /// The beginning of every link: scheme and host, without a slash at the end.
    pub fn base_url(&self, bound: Option<SocketAddr>) -> String {
        match (&self.public_url, bound) {
            (Some(url), _) => url.clone(),
            // A server that listens on all addresses has no address that could stand in a link.
            (None, Some(bound)) if bound.ip().is_unspecified() => format!("http://localhost:{}", bound.port()),
            (None, Some(bound)) => format!("http://{bound}"),
            (None, None) => format!("http://{}", self.addr),
        }
    }
}

/// Parses a duration, such as `90d`, `12h`, `30s` or `0s`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 30s, 5m or 90d"))
}

/// A duration in milliseconds, the unit of the model.
pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn public_url(text: &str) -> Result<String, String> {
    let url: ::http::Uri = text.parse().map_err(|error| format!("{error}"))?;
    match (url.scheme_str(), url.authority(), url.path()) {
        (Some(scheme @ ("http" | "https")), Some(host), "" | "/") if url.query().is_none() => {
            Ok(format!("{scheme}://{host}"))
        }
        _ => Err("write it like https://keys.example.com, without a path".to_owned()),
    }
}
