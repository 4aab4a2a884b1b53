//! A server with a data folder of its own. Dropping the value ends both.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

use super::process::{Running, agent, free_address};
use crate::log_in::log_in;

const EMAIL: &str = "owner@example.com";
const PASSWORD: &str = "measured-on-loopback-7431";
const VIEWER: &str = "viewer@example.com";
pub(crate) const VIEWER_PASSWORD: &str = "looked-at-on-loopback-9150";

/// The variable by which tokio lets anybody set the number of worker threads of a runtime.
pub(crate) const WORKER_THREADS: &str = "TOKIO_WORKER_THREADS";

/// A data folder for the binary, while no server runs.
#[derive(Debug)]
pub(crate) struct Data {
    folder: TempDir,
    program: PathBuf,
}

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) running: Running,
    agent: Agent,
    cookies: String,
    /// The last field, so that the process ends before its folder is removed.
    data: Data,
}

impl Server {
    /// The temporary folder of this server, for files beside its data.
    pub(crate) fn folder(&self) -> &Path {
        self.data.folder.path()
    }
}

impl Data {
    pub(crate) fn new(program: &Path) -> Result<Data> {
        let folder = tempfile::Builder::new().prefix("latchkey-bench-").tempdir();
        Ok(Data {
            folder: folder.context("no temporary folder can be created")?,
            program: program.to_owned(),
        })
    }

    /// A path for a file beside the data.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary with this data folder, without the variables that a developer has set for their own server.
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

    /// Runs a command of the binary and returns what it wrote to standard error.
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

    /// Runs a command of the binary that reads a line.
    pub(crate) fn run_with_line(&self, arguments: &[&str], line: &str) -> Result<()> {
        let typed = arguments.join(" ");
        let mut command = self.command();
        let mut process = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("`latchkey {typed}` cannot be started"))?;
        let mut input = process.stdin.take().context("it reads nothing")?;
        writeln!(input, "{line}").with_context(|| format!("`latchkey {typed}` reads nothing"))?;
        drop(input);
        let status = process.wait()?;
        ensure!(status.success(), "`latchkey {typed}` failed ({status})");
        Ok(())
    }

    /// Makes a service account with this role and returns its token.
    pub(crate) fn service_account(&self, role: &str) -> Result<String> {
        let file = self.file("service-token");
        let output = file.to_str().context("the temporary folder's name is not text")?;
        self.run(&[
            "service-account",
            "create",
            "--name",
            "bench",
            "--role",
            role,
            "--output",
            output,
        ])?;
        let token = std::fs::read_to_string(&file).context("the service token cannot be read")?;
        Ok(token.trim().to_owned())
    }

    /// Starts a server on this data folder and waits until it is ready. It has no owner, and nobody is logged in.
    pub(crate) fn serve(self) -> Result<Server> {
        let command = self.command();
        self.start(command)
    }

    /// Starts a server as [`Data::serve`] does, whose runtimes have one worker thread each.
    pub(crate) fn serve_on_one_thread(self) -> Result<Server> {
        let mut command = self.command();
        command.env(WORKER_THREADS, "1");
        self.start(command)
    }

    /// Starts a server, and logs in as its owner.
    pub(crate) fn serve_and_log_in(self) -> Result<Server> {
        let mut command = self.command();
        command
            .env("LATCHKEY_OWNER_EMAIL", EMAIL)
            .env("LATCHKEY_OWNER_PASSWORD", PASSWORD);
        let mut server = self.start(command)?;
        server.log_in(EMAIL, PASSWORD)?;
        Ok(server)
    }

    /// Starts a server, and logs in as a Viewer, who is its only person.
    pub(crate) fn serve_and_log_in_viewer(self) -> Result<Server> {
        let add = ["user", "add", "--role", "viewer", "--email", VIEWER];
        self.run_with_line(&add, VIEWER_PASSWORD)?;
        let mut server = self.serve()?;
        server.log_in(VIEWER, VIEWER_PASSWORD)?;
        Ok(server)
    }

    fn start(self, mut command: Command) -> Result<Server> {
        let (address, agent) = (free_address()?, agent());
        command.arg("serve").env("LATCHKEY_ADDR", &address);
        Ok(Server {
            running: Running::start(&mut command, (&address, "/readyz"), &self.file("server.log"), &agent)?,
            agent,
            cookies: String::new(),
            data: self,
        })
    }
}

impl Server {
    /// The cookies of the person who is logged in, as a browser sends them.
    pub(crate) fn cookies(&self) -> &str {
        &self.cookies
    }

    /// The body of the answer to a GET. Fails unless the status is 200.
    pub(crate) fn get(&self, path: &str) -> Result<String> {
        let request = self.agent.get(format!("{}{path}", self.running.url));
        let answer = request.header(header::COOKIE, &self.cookies).call();
        self.read(path, answer)
    }

    /// The body of the answer to a GET of the management API. Fails unless the status is 200.
    pub(crate) fn get_as_service(&self, token: &str, path: &str) -> Result<String> {
        let request = self.agent.get(format!("{}{path}", self.running.url));
        let answer = request.header(header::AUTHORIZATION, format!("Bearer {token}")).call();
        self.read(path, answer)
    }

    /// The body of the answer to a POST of JSON. Fails unless the status is 200.
    pub(crate) fn post(&self, path: &str, json: &str) -> Result<String> {
        let request = self.agent.post(format!("{}{path}", self.running.url));
        let answer = request
            .header(header::COOKIE, &self.cookies)
            .header(header::CONTENT_TYPE, "application/json")
            .send(json);
        self.read(path, answer)
    }

    /// A client with connections of its own.
    #[expect(clippy::unused_self, reason = "it is one for this server")]
    pub(crate) fn another_agent(&self) -> Agent {
        agent()
    }

    /// The status of the answer to a GET. Reads the whole body.
    pub(crate) fn status_of_get(&self, agent: &Agent, path: &str) -> Result<u16> {
        let request = agent.get(format!("{}{path}", self.running.url));
        self.status(path, request.header(header::COOKIE, &self.cookies).call())
    }

    /// The status of the answer to a POST of JSON.
    pub(crate) fn status_of_post(&self, agent: &Agent, path: &str, json: &str) -> Result<u16> {
        let request = agent.post(format!("{}{path}", self.running.url));
        let answer = request
            .header(header::COOKIE, &self.cookies)
            .header(header::CONTENT_TYPE, "application/json")
            .send(json);
        self.status(path, answer)
    }

    /// Kills the process, which has no chance to store anything, and returns its data.
    pub(crate) fn kill(self) -> Data {
        let Server { running, data, .. } = self;
        drop(running);
        data
    }

    /// A path for a file that is removed together with the server's data.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.data.file(name)
    }

    fn log_in(&mut self, email: &str, password: &str) -> Result<()> {
        self.cookies = log_in(&self.agent, &self.running.url, email, password)
            .with_context(|| format!("the server's log:\n{}", self.running.log()))?;
        Ok(())
    }

    fn status(&self, path: &str, answer: Result<Response<Body>, ureq::Error>) -> Result<u16> {
        let answer =
            answer.with_context(|| format!("the server did not answer {path}. Its log:\n{}", self.running.log()))?;
        let status = answer.status().as_u16();
        let body = answer.into_body().read_to_vec();
        body.with_context(|| format!("the answer to {path} broke off"))?;
        Ok(status)
    }

    fn read(&self, path: &str, answer: Result<Response<Body>, ureq::Error>) -> Result<String> {
        let answer =
            answer.with_context(|| format!("the server did not answer {path}. Its log:\n{}", self.running.log()))?;
        let status = answer.status();
        let body = answer.into_body().read_to_vec();
        let body = body.with_context(|| format!("the answer to {path} broke off"))?;
        let text = String::from_utf8(body).with_context(|| format!("the answer to {path} is not text"))?;
        ensure!(status == StatusCode::OK, "{path} was answered with {status}: {text}");
        Ok(text)
    }
}
