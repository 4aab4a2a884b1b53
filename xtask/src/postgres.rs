//! A PostgreSQL server for one run of the tests: a cluster in a temporary folder, on a free port of this machine.
//!
//! It ends and its folder is removed when the run ends, however that ends: a shell between this program and the server waits
//! for the end of a pipe, which the system closes when this program is gone.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::command::{output_of, run, succeeds_within};
use crate::setup::apt::is_root;
use crate::setup::postgres::{self, Programs};

/// The role of the tests. It may create databases and is no superuser, so that it gives nobody on this machine more rights
/// than that.
pub(crate) const ROLE: &str = "latchkey";
const PREFIX: &str = "latchkey-postgres-";
const LOCK: &str = "lock";
/// Room that the databases of a run may need, in bytes.
const ROOM: u64 = 4 << 30;
/// How long the server may take to start and to stop.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// How often databases are dropped.
const DROP_INTERVAL: Duration = Duration::from_secs(5);

/// Runs the server, and ends it and removes its folder at the end of standard input. The shell is the leader of a process
/// group, so that Ctrl+C does not reach it before this program has ended.
const SUPERVISOR: &str = r#"
folder=$1; shift
"$@" </dev/null >"$folder/log" 2>&1 &
server=$!
read -r _
kill -QUIT "$server" 2>/dev/null
wait "$server"
cd /
rm -rf "$folder"
"#;

/// Nothing has to survive the run, and nobody else uses the server. The limits allow for many tests at once.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
max_connections = 500
shared_buffers = 256MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
checkpoint_timeout = 1h
autovacuum = off
jit = off
# In the folder, so that nothing stays in /dev/shm if the server is killed.
dynamic_shared_memory_type = mmap
ssl = on
ssl_key_file = 'server.key'
";

/// Only the owner of the folder reaches the socket in it.
const ACCESS: &str = "
local all all trust
host all latchkey 127.0.0.1/32 trust
";

/// A running server.
#[derive(Debug)]
pub(crate) struct Postgres {
    programs: Programs,
    folder: PathBuf,
    port: u16,
    supervisor: Child,
    /// Tells later runs that the folder is in use.
    _lock: File,
}

impl Postgres {
    /// Installs PostgreSQL where it is missing, and starts a server with an empty cluster.
    pub(crate) fn start() -> Result<Postgres> {
        let programs = postgres::ensure()?;
        let base = base();
        remove_stale_folders(&base);
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(&base)
            .with_context(|| format!("no folder can be created in {}", base.display()))?;
        let lock =
            File::create(folder.path().join(LOCK)).context("a file in the folder of PostgreSQL cannot be created")?;
        lock.lock().context("the folder of PostgreSQL cannot be locked")?;
        initialize(&programs, folder.path())?;
        let port = free_port()?;
        let supervisor = supervise(&programs, folder.path(), port)?;
        // From here on, the supervisor removes the folder.
        let server = Postgres {
            programs,
            folder: folder.keep(),
            port,
            supervisor,
            _lock: lock,
        };
        server.wait_until_ready()?;
        let role = format!("CREATE ROLE {ROLE} LOGIN CREATEDB");
        let database = format!("CREATE DATABASE {ROLE} OWNER {ROLE}");
        server.as_superuser([role.as_str(), &database])?;
        Ok(server)
    }

    /// The URL of a database in which the tests' role may create further databases. Connections of the tests do without TLS,
    /// which costs some processor time for each; the tests of TLS ask for it.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{ROLE}@127.0.0.1:{}/{ROLE}?sslmode=disable", self.port)
    }

    /// Runs tests, and meanwhile drops the databases of those that have ended. Each takes 10 MB, and a run makes hundreds.
    pub(crate) fn run_tests(&self, tests: &mut Command) -> Result<()> {
        let (running, ended) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                while ended.recv_timeout(DROP_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    // What is not dropped goes with the folder.
                    let _ = self.drop_databases_of_ended_processes();
                }
            });
            let result = run(tests);
            drop(running);
            result
        })
    }

    /// The names of the tests' databases begin with `test_` and the number of the process.
    fn drop_databases_of_ended_processes(&self) -> Result<()> {
        let processes = Path::new("/proc");
        if !processes.join("self").exists() {
            // This system does not tell which processes have ended.
            return Ok(());
        }
        let names = self.as_superuser(["SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'"])?;
        let ended = names.lines().filter(|name| {
            let process = name.split('_').nth(1).unwrap_or_default();
            !processes.join(process).exists()
        });
        let drops: Vec<String> = ended.map(|name| format!("DROP DATABASE {name} WITH (FORCE)")).collect();
        if !drops.is_empty() {
            self.as_superuser(drops.iter().map(String::as_str))?;
        }
        Ok(())
    }

    fn wait_until_ready(&self) -> Result<()> {
        let started = Instant::now();
        let mut ask = Command::new(self.programs.path("pg_isready"));
        ask.args(["--quiet", "--host"]).arg(&self.folder);
        ask.args(["--port", &self.port.to_string()]);
        while !ask.status().is_ok_and(|status| status.success()) {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            // It also refuses those who ask while it starts.
            let failed = |line: &str| line.contains("FATAL:") && !line.contains("starting up");
            if log.lines().any(failed) || started.elapsed() > PATIENCE {
                bail!("PostgreSQL did not start: {}", log.trim());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Runs statements over the socket, each in a transaction of its own. Returns what they print.
    fn as_superuser<'a>(&self, statements: impl IntoIterator<Item = &'a str>) -> Result<String> {
        output_of(
            as_server(&self.programs.path("psql"))
                .current_dir(&self.folder)
                .args([
                    "--no-psqlrc",
                    "--quiet",
                    "--tuples-only",
                    "--no-align",
                    "--set=ON_ERROR_STOP=1",
                ])
                .args(["--username=postgres", "--dbname=postgres"])
                .arg(format!("--host={}", self.folder.display()))
                .arg(format!("--port={}", self.port))
                .args(statements.into_iter().flat_map(|sql| ["--command", sql])),
        )
    }
}

/// `cargo xtask postgres`: a server for tests that are started by hand.
pub(crate) fn run_until_input_ends() -> Result<()> {
    let server = Postgres::start()?;
    eprintln!("LATCHKEY_TEST_DATABASE_URL={}", server.url());
    eprintln!("Enter or Ctrl+C ends the server and removes its data.");
    std::io::stdin()
        .read_line(&mut String::new())
        .context("standard input cannot be read")?;
    Ok(())
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let started = Instant::now();
        while let Ok(None) = self.supervisor.try_wait() {
            if started.elapsed() > PATIENCE {
                eprintln!(
                    "      PostgreSQL does not stop; its folder is {}",
                    self.folder.display()
                );
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The memory file system if it has room, or else the folder for temporary files.
fn base() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let free = |command: &mut Command| {
        let output = command.stderr(Stdio::null()).output().ok()?;
        String::from_utf8(output.stdout).ok()
    };
    let on_disk = free(
        Command::new("df")
            .args(["--output=avail", "--block-size=1"])
            .arg(memory),
    )
    .and_then(|text| text.lines().last()?.trim().parse::<u64>().ok());
    let in_memory = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
        let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kibibytes * 1024)
    });
    match (on_disk, in_memory) {
        // Compiling and the tests need memory, too.
        (Some(disk), Some(available)) if disk > ROOM && available > 2 * ROOM => memory.to_owned(),
        _ => std::env::temp_dir(),
    }
}

/// Removes what runs left behind whose supervisor was killed, too. The lock of a folder ends with the run.
fn remove_stale_folders(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if is_ours && File::open(entry.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok()) {
            // A folder of another user stays.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Creates the cluster and its certificates.
fn initialize(programs: &Programs, folder: &Path) -> Result<()> {
    let mut options = vec!["--no-sync"];
    if programs.version >= 15 {
        // Many servers sort as a language does, and texts have to come in one order there, too.
        options.extend(["--locale-provider=icu", "--icu-locale=en-US"]);
    }
    let data = folder.join("data");
    // The tests of TLS ask the server for this path, and find the authorities beside the certificate.
    let certificate = format!("ssl_cert_file = '{}'\n", data.join("server.pem").display());
    make_cluster(programs, folder, &options, &(SETTINGS.to_owned() + &certificate))?;
    make_certificates(&data)
}

/// Creates a cluster in the subfolder `data`. The options are those of initdb.
pub(crate) fn make_cluster(programs: &Programs, folder: &Path, options: &[&str], settings: &str) -> Result<()> {
    if is_root() {
        let owned = Command::new("chown").arg("postgres:postgres").arg(folder).status();
        if !owned.is_ok_and(|status| status.success()) {
            bail!("PostgreSQL does not run as root, and there is no user postgres: create one and run this again");
        }
    }
    let data = folder.join("data");
    let mut initdb = as_server(&programs.path("initdb"));
    initdb.current_dir(folder).arg("--pgdata").arg(&data);
    initdb
        .args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ])
        .args(options);
    if !succeeds_within(PATIENCE, &mut initdb) {
        bail!("initdb could not create a cluster in {}", data.display());
    }
    fs::write(data.join("pg_hba.conf"), ACCESS).context("pg_hba.conf cannot be written")?;
    fs::write(data.join("postgresql.conf"), settings).context("postgresql.conf cannot be written")
}

/// Makes a certificate for the name `localhost`, the authority (`ca.pem`) that signed it, and another one (`other-ca.pem`).
fn make_certificates(data: &Path) -> Result<()> {
    const AUTHORITY: &str = "basicConstraints=critical,CA:TRUE";
    // Without a configuration, OpenSSL would add extensions of its own.
    let config = data.join("openssl.cnf");
    fs::write(&config, "[req]\ndistinguished_name = name\n[name]\n").context("openssl.cnf cannot be written")?;
    let make = |name: &str, subject: &str, rest: &[&str]| {
        let mut openssl = as_server(Path::new("openssl"));
        openssl
            .current_dir(data)
            .args(["req", "-x509", "-config", "openssl.cnf", "-days", "2"]);
        openssl.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]);
        openssl.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")]);
        openssl.args(["-subj", subject]).args(rest);
        if succeeds_within(PATIENCE, &mut openssl) {
            return Ok(());
        }
        bail!("openssl could not make a certificate: version 3 or newer is needed")
    };
    make("ca", "/CN=Latchkey tests", &["-addext", AUTHORITY])?;
    make("other-ca", "/CN=Others", &["-addext", AUTHORITY])?;
    let extensions = ["basicConstraints=critical,CA:FALSE", "subjectAltName=DNS:localhost"];
    make(
        "server",
        "/CN=localhost",
        &[
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-addext",
            extensions[0],
            "-addext",
            extensions[1],
        ],
    )
}

/// Starts the supervisor, and under it the server.
fn supervise(programs: &Programs, folder: &Path, port: u16) -> Result<Child> {
    let server = as_server(&programs.path("postgres"));
    let mut shell = Command::new("sh");
    shell.args(["-c", SUPERVISOR, "supervisor"]).arg(folder);
    shell.arg(server.get_program()).args(server.get_args());
    shell.arg("-D").arg(folder.join("data"));
    shell.args(["-p", &port.to_string(), "-k"]).arg(folder);
    shell.current_dir(folder).stdin(Stdio::piped());
    own_process_group(&mut shell);
    shell.spawn().context("`sh` cannot be started")
}

/// A command that runs as a user other than root.
pub(crate) fn as_server(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"])
        .arg(program);
    command
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    Ok(listener.local_addr().context("no port is free")?.port())
}

#[cfg(unix)]
fn own_process_group(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;

    command.process_group(0);
}

#[cfg(not(unix))]
fn own_process_group(_: &mut Command) {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The role of a connection and whether it is a superuser, or nothing where the server refuses the connection.
    fn ask(server: &Postgres, url: &str) -> String {
        let mut psql = Command::new(server.programs.path("psql"));
        psql.args(["--no-psqlrc", "--tuples-only", "--no-align", url]);
        psql.args([
            "--command",
            "SELECT usename, usesuper FROM pg_user WHERE usename = current_user",
        ]);
        String::from_utf8(psql.output().unwrap().stdout).unwrap()
    }

    #[test]
    fn a_server_answers_a_role_without_rights_and_leaves_nothing_behind() {
        let server = Postgres::start().unwrap();
        let url = server.url();
        assert_eq!(ask(&server, &url).trim(), "latchkey|f");
        let superuser = url.replace("latchkey@", "postgres@");
        assert_eq!(ask(&server, &superuser), "");
        let folder = server.folder.clone();
        assert!(folder.is_dir());
        drop(server);
        assert!(!folder.exists());
    }

    #[test]
    fn a_folder_in_use_stays_and_one_of_a_dead_run_is_removed() {
        let base = tempfile::tempdir().unwrap();
        let [used, dead] = ["used", "dead"].map(|name| base.path().join(format!("{PREFIX}{name}")));
        for folder in [&used, &dead] {
            fs::create_dir(folder).unwrap();
            File::create(folder.join(LOCK)).unwrap();
        }
        let lock = File::open(used.join(LOCK)).unwrap();
        lock.lock().unwrap();
        remove_stale_folders(base.path());
        assert!(used.is_dir() && !dead.exists());
    }
}
