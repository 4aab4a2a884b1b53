//! The real binary, on a port that the system chooses, with its own data folder.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};

use latchkey_tower::{Code, Decision, Question, Target, Verifier};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_mins(1);

/// A server. Dropping it ends the process and deletes its data.
pub(crate) struct Server {
    pub(crate) url: String,
    child: Child,
    folder: TempDir,
}

impl Server {
    /// One server for all tests of this process, as long as one of them uses it.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: LazyLock<Mutex<Weak<Server>>> = LazyLock::new(Mutex::default);
        let mut shared = SHARED.lock().unwrap();
        shared.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::start());
            *shared = Arc::downgrade(&server);
            server
        })
    }

    /// Starts a server, and waits until it is ready.
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("server.log");
        let mut child = latchkey(&folder)
            .arg("serve")
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let began = Instant::now();
        let url = loop {
            let text = fs::read_to_string(&log).unwrap();
            let line = text.lines().find_map(|line| line.split_once("Latchkey is ready at "));
            if let (Some((_, url)), true) = (line, text.ends_with('\n')) {
                break url.trim().to_owned();
            }
            assert!(child.try_wait().unwrap().is_none() && began.elapsed() < LIMIT, "{text}");
            thread::sleep(Duration::from_millis(10));
        };
        Self { url, child, folder }
    }

    /// Creates a key on the command line, which waits until it is active, and then until this server knows it. Returns its token.
    pub(crate) async fn key(&self, arguments: &[&str]) -> String {
        let create = ["key", "create", "--environment", "default", "--name", "Shop"];
        let token = self.run(&[&create, arguments].concat()).trim().to_owned();
        let began = Instant::now();
        // This asks for an endpoint that does not exist, so it uses up no limit of the key.
        while matches!(self.code(&token, "none").await, Code::NotFound | Code::Provisioning) {
            assert!(began.elapsed() < LIMIT, "the key does not become active");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        token
    }

    /// Why a key is refused.
    pub(crate) async fn code(&self, key: &str, endpoint: &str) -> Code {
        let question = Question {
            key,
            target: Target::Endpoint { endpoint },
            ip: None,
            min_change: None,
        };
        match Verifier::new(&self.url).unwrap().verify(question).await.unwrap() {
            Decision::Refused(key) => key.code,
            Decision::Valid(key) => panic!("it is valid: {key:?}"),
        }
    }

    /// Runs another command on the same data. Returns what it prints to standard output.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = latchkey(&self.folder).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary with this data folder, and without the variables of whoever runs the tests.
fn latchkey(folder: &TempDir) -> Command {
    let program = std::env::var_os("LATCHKEY_BIN");
    let mut command =
        Command::new(program.expect("LATCHKEY_BIN names no binary: run `cargo xtask test --clients-only`"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LATCHKEY_")) {
        command.env_remove(name);
    }
    command
        .env("LATCHKEY_ADDR", "127.0.0.1:0")
        .env("LATCHKEY_DATA_DIR", folder.path())
        .stdin(Stdio::null());
    command
}
