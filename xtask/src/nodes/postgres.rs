//! A PostgreSQL server of our own that keeps what it has acknowledged, and that can be killed and started again.
//!
//! The server for the tests (`crate::postgres`) is faster and keeps nothing.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use crate::bench::process::free_address;
use crate::postgres::{PATIENCE, ROLE, as_server, make_cluster};
use crate::setup::postgres::{self, Programs};

/// As Debian sets it, but for the memory. A commit is on the disk before it is acknowledged.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
max_connections = 100
shared_buffers = 128MB
jit = off
";

/// Ends the server when this program ends, however that is: a shell waits for the end of a pipe.
const SUPERVISOR: &str = r#"
"$@" </dev/null >>log 2>&1 &
server=$!
read -r _
kill -QUIT "$server" 2>/dev/null
wait "$server"
"#;

/// A cluster in a folder of its own. Dropping the value ends the server and removes the folder.
#[derive(Debug)]
pub(crate) struct Postgres {
    programs: Programs,
    port: u16,
    /// The supervisor of the server, while that runs.
    running: Option<Child>,
    /// The last field, so that the server ends before its folder is removed.
    folder: TempDir,
}

impl Postgres {
    /// Creates a cluster in the folder for temporary files, or in `place`, and starts the server.
    pub(crate) fn start(place: Option<&Path>) -> Result<Postgres> {
        let programs = postgres::ensure()?;
        let mut folder = tempfile::Builder::new();
        folder.prefix("latchkey-cluster-");
        let folder = match place {
            Some(place) => folder.tempdir_in(place),
            None => folder.tempdir(),
        };
        let folder = folder.context("no folder can be created for PostgreSQL")?;
        make_cluster(&programs, folder.path(), &[], SETTINGS)?;
        let (_, port) = free_address()?
            .rsplit_once(':')
            .map(|(host, port)| (host.to_owned(), port.to_owned()))
            .context("no port is free")?;
        let mut server = Postgres {
            programs,
            port: port.parse().context("a port is a number")?,
            running: None,
            folder,
        };
        server.start_again()?;
        server.query(&format!("CREATE ROLE {ROLE} LOGIN"))?;
        server.psql("postgres", &format!("CREATE DATABASE {ROLE} OWNER {ROLE}"))?;
        Ok(server)
    }

    /// The URL of the database behind a port: the server's own, or that of a proxy.
    pub(crate) fn url(port: u16) -> String {
        format!("postgres://{ROLE}@127.0.0.1:{port}/{ROLE}?sslmode=disable")
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends the server at once, without writing what it has in memory ("immediate shutdown").
    pub(crate) fn crash(&mut self) -> Result<()> {
        end(self.running.take().context("PostgreSQL does not run")?);
        Ok(())
    }

    /// Starts the server on its cluster and waits until it answers. After a crash it recovers first.
    pub(crate) fn start_again(&mut self) -> Result<()> {
        let folder = self.folder.path();
        let server = as_server(&self.programs.path("postgres"));
        let mut shell = Command::new("sh");
        shell
            .args(["-c", SUPERVISOR, "supervisor"])
            .arg(server.get_program())
            .args(server.get_args());
        shell
            .arg("-D")
            .arg(folder.join("data"))
            .args(["-p", &self.port.to_string(), "-k"])
            .arg(folder);
        shell.current_dir(folder).stdin(Stdio::piped()).process_group(0);
        self.running = Some(shell.spawn().context("`sh` cannot be started")?);
        let started = Instant::now();
        while self.psql("postgres", "SELECT 1").is_err() {
            ensure!(started.elapsed() < PATIENCE, "PostgreSQL did not start: {}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Whether the server accepts connections.
    pub(crate) fn answers(&self) -> bool {
        self.psql("postgres", "SELECT 1").is_ok()
    }

    /// Runs a statement as the superuser.
    pub(crate) fn query(&self, sql: &str) -> Result<String> {
        let database = if sql.starts_with("CREATE ROLE") {
            "postgres"
        } else {
            ROLE
        };
        self.psql(database, sql)
    }

    fn psql(&self, database: &str, sql: &str) -> Result<String> {
        let mut psql = as_server(&self.programs.path("psql"));
        psql.current_dir(self.folder.path())
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        psql.args([
            "--set=ON_ERROR_STOP=1",
            "--username=postgres",
            &format!("--dbname={database}"),
        ]);
        psql.arg(format!("--host={}", self.folder.path().display()));
        psql.args([&format!("--port={}", self.port), "--command", sql]);
        let output = psql.output().context("psql cannot be started")?;
        if !output.status.success() {
            bail!("psql failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        String::from_utf8(output.stdout).context("psql did not print text")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// Lets the supervisor end the server, and waits for both.
fn end(mut supervisor: Child) {
    drop(supervisor.stdin.take());
    // It cannot fail, since the process was started here.
    let _ = supervisor.wait();
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(server) = self.running.take() {
            end(server);
        }
    }
}
