//! The real binary as a process: its addresses, its log, and how it stops.

mod customer;
mod json_log;
mod key_import;
mod killed;
mod log_full;
mod metrics_address;
mod move_database;
mod shutdown;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_mins(1);

/// A server with a data folder of its own. Dropping it kills the process.
struct Server {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
}

impl Server {
    /// Starts `latchkey serve` with these variables, and waits until it is ready.
    fn start(variables: &[(&str, &str)]) -> Self {
        let mut server = Self::spawn(variables);
        server.wait_for("Latchkey is ready at");
        server
    }

    fn spawn(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = latchkey(&folder)
            .arg("serve")
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::default());
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let to = Arc::clone(&log);
        thread::spawn(move || {
            for line in lines {
                let mut log = to.lock().unwrap();
                let log: &mut Vec<String> = &mut log;
                log.push(line.unwrap());
            }
        });
        Self { child, log, folder }
    }

    /// Waits for a line of the log that contains this text.
    fn wait_for(&mut self, text: &str) -> String {
        let began = Instant::now();
        loop {
            let ended = self.child.try_wait().unwrap();
            if let Some(line) = self.log().into_iter().find(|line| line.contains(text)) {
                return line;
            }
            // A process that has ended may still have lines on their way.
            assert!(
                ended.is_none() || began.elapsed() < Duration::from_secs(1),
                "no {text} in {:#?}",
                self.log()
            );
            assert!(began.elapsed() < LIMIT, "no {text} in {:#?}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// The address after this text in the log, such as `127.0.0.1:3000`.
    fn address(&mut self, text: &str) -> String {
        let line = self.wait_for(text);
        let (_, rest) = line.split_once(&format!("{text} http://")).unwrap();
        let end = rest.find(['/', '"', ' ']).unwrap_or(rest.len());
        rest[..end].to_owned()
    }

    /// The address of the console.
    fn console(&mut self) -> String {
        self.address("Latchkey is ready at")
    }

    /// Runs another command on the same data. Returns what it prints to standard output.
    fn run(&self, arguments: &[&str]) -> String {
        let output = latchkey(&self.folder).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("latchkey.db")
    }

    /// Stops the server as a service manager does, and waits until it has ended.
    fn stop(&mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let status = self.wait();
        (status, began.elapsed())
    }

    fn wait(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // The rest of its log arrives a moment later.
                thread::sleep(Duration::from_millis(100));
                return status;
            }
            assert!(began.elapsed() < LIMIT, "it does not end: {:#?}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary with this data folder, and without the variables of whoever runs the tests.
fn latchkey(folder: &(impl AsRef<Path> + ?Sized)) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LATCHKEY_")) {
        command.env_remove(name);
    }
    command
        .env("LATCHKEY_ADDR", "127.0.0.1:0")
        .env("LATCHKEY_DATA_DIR", folder.as_ref())
        .stdin(Stdio::null());
    command
}

/// Sends a request and returns the whole answer.
fn ask(address: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request(address, head, body).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The text of a request.
fn request(address: &str, head: &str, body: &str) -> String {
    let length = body.len();
    format!("{head}\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// The value of a header in an answer.
fn header<'a>(answer: &'a str, name: &str) -> &'a str {
    let (head, _) = answer.split_once("\r\n\r\n").unwrap();
    let found = head.lines().find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then_some(value)
    });
    found.unwrap_or_else(|| panic!("no {name} in {head}"))
}
