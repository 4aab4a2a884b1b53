//! A server with a data folder of its own. Both end with the value that stands for them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;
use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

const EMAIL: &str = "owner@example.com";
const PASSWORD: &str = "measured-on-loopback-7431";
/// How long a server may take until it is ready.
const PATIENCE: Duration = Duration::from_mins(2);
/// Lines of a server's log that are shown where it fails.
const LOG_LINES: usize = 50;

/// What the binary works on while no server runs.
#[derive(Debug)]
pub(crate) struct Data {
    folder: TempDir,
    program: PathBuf,
}

#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    url: String,
    agent: Agent,
    cookies: String,
    pub(crate) ready_after: Duration,
    /// Last, so that the process is gone before its folder.
    data: Data,
}

impl Data {
    pub(crate) fn new(program: &Path) -> Result<Data> {
        let folder = tempfile::Builder::new().prefix("latchkey-bench-").tempdir();
        Ok(Data {
            folder: folder.context("no temporary folder can be made")?,
            program: program.to_owned(),
        })
    }

    /// A place for a file beside the data.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary on these data, without what a developer has set for their own server.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("LATCHKEY_") {
                command.env_remove(name);
            }
        }
        command.env("LATCHKEY_DATA_DIR", self.file("data")).stdin(Stdio::null());
        command
    }

    /// Runs one of the binary's commands and returns what it wrote to its standard error.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<String> {
        let typed = arguments.join(" ");
        let output = self
            .command()
            .args(arguments)
            .output()
            .with_context(|| format!("`latchkey {typed}` cannot be started"))?;
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(
            output.status.success(),
            "`latchkey {typed}` failed ({}): {messages}",
            output.status
        );
        Ok(messages)
    }

    /// Starts a server on these data, waits until it is ready and logs in as its owner.
    pub(crate) fn serve(self) -> Result<Server> {
        let address = free_address()?;
        let log = File::create(self.file("server.log")).context("the server's log cannot be created")?;
        let started = Instant::now();
        let process = self
            .command()
            .arg("serve")
            .env("LATCHKEY_ADDR", &address)
            .env("LATCHKEY_OWNER_EMAIL", EMAIL)
            .env("LATCHKEY_OWNER_PASSWORD", PASSWORD)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("the server cannot be started")?;
        let mut server = Server {
            process,
            url: format!("http://{address}"),
            agent: agent(),
            cookies: String::new(),
            ready_after: Duration::ZERO,
            data: self,
        };
        server.wait_until_ready(started)?;
        server.log_in()?;
        Ok(server)
    }
}

impl Server {
    /// The body of the answer to a GET, which has to be 200.
    pub(crate) fn get(&self, path: &str) -> Result<String> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let answer = request.header(header::COOKIE, &self.cookies).call();
        self.read(path, answer)
    }

    /// The body of the answer to a POST of JSON, which has to be 200.
    pub(crate) fn post(&self, path: &str, json: &str) -> Result<String> {
        let request = self.agent.post(format!("{}{path}", self.url));
        let answer = request
            .header(header::COOKIE, &self.cookies)
            .header(header::CONTENT_TYPE, "application/json")
            .send(json);
        self.read(path, answer)
    }

    /// Bytes of its data that are in memory now, where the system says so.
    pub(crate) fn resident_bytes(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kibibytes * 1024)
    }

    fn wait_until_ready(&mut self, started: Instant) -> Result<()> {
        let url = format!("{}/readyz", self.url);
        loop {
            // Until it listens, there is no answer at all.
            if let Ok(answer) = self.agent.get(&url).call()
                && answer.status() == StatusCode::OK
            {
                self.ready_after = started.elapsed();
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                bail!(
                    "the server ended before it was ready ({status}). Its log:\n{}",
                    self.log()
                );
            }
            ensure!(
                started.elapsed() < PATIENCE,
                "the server was not ready after {} s. Its log:\n{}",
                PATIENCE.as_secs(),
                self.log()
            );
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn log_in(&mut self) -> Result<()> {
        let form = format!("email={}&password={PASSWORD}", EMAIL.replace('@', "%40"));
        let answer = self
            .agent
            .post(format!("{}/login", self.url))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .send(form)
            .context("the server did not answer /login")?;
        let status = answer.status();
        let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
        let cookies: Vec<&str> = cookies
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .collect();
        ensure!(
            status == StatusCode::SEE_OTHER && !cookies.is_empty(),
            "the owner was not let in ({status}). The server's log:\n{}",
            self.log()
        );
        self.cookies = cookies.join("; ");
        Ok(())
    }

    fn read(&self, path: &str, answer: Result<Response<Body>, ureq::Error>) -> Result<String> {
        let answer = answer.with_context(|| format!("the server did not answer {path}. Its log:\n{}", self.log()))?;
        let status = answer.status();
        let body = answer.into_body().read_to_vec();
        let body = body.with_context(|| format!("the answer to {path} broke off"))?;
        let text = String::from_utf8(body).with_context(|| format!("the answer to {path} is not text"))?;
        ensure!(status == StatusCode::OK, "{path} was answered with {status}: {text}");
        Ok(text)
    }

    /// The end of what the server wrote.
    fn log(&self) -> String {
        let log = fs::read_to_string(self.data.file("server.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing that it has not stored yet is wanted. Where it is gone already, that is as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Keeps connections open, as a browser does, and answers as they come.
fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        // The server is on this machine, whatever the environment says about others.
        .proxy(None)
        .timeout_global(Some(Duration::from_mins(1)))
        .build()
        .into()
}

/// An address of this machine that nothing listens on.
fn free_address() -> Result<String> {
    let probe = std::net::TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(probe.local_addr()?.to_string())
}
