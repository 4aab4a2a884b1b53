//! Several servers on one database, all on this machine: for `cargo xtask faults` and `cargo xtask bench nodes`.

pub(crate) mod console;
pub(crate) mod database;
pub(crate) mod postgres;
pub(crate) mod wire;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use self::console::{Console, EMAIL, PASSWORD};
use self::database::Database;
use crate::bench::process::{Running, agent, free_address};

/// How long a command of the binary may take.
const COMMAND_LIMIT: Duration = Duration::from_mins(1);
/// How long a node may take to stand still after SIGSTOP.
const STOP_LIMIT: Duration = Duration::from_secs(5);
const NAMES: [&str; 3] = ["node-a", "node-b", "node-c"];

/// Three nodes on one database. Dropping the value ends all.
#[derive(Debug)]
pub(crate) struct Nodes {
    members: Vec<Node>,
    /// Variables of every process.
    variables: Vec<(&'static str, OsString)>,
    program: PathBuf,
    pub(crate) database: Database,
    /// The last field, so that all processes end before their folder is removed.
    folder: TempDir,
}

/// One of the nodes, which may run or not.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) name: &'static str,
    pub(crate) address: String,
    /// Variables of this node alone.
    pub(crate) variables: Vec<(&'static str, OsString)>,
    pub(crate) running: Option<Running>,
}

/// What a command of the binary printed, and whether it succeeded.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) succeeded: bool,
    pub(crate) output: String,
    pub(crate) messages: String,
}

/// Runs commands of the binary on the database of the nodes, from any thread.
#[derive(Clone, Debug)]
pub(crate) struct Commands {
    program: PathBuf,
    variables: Vec<(&'static str, OsString)>,
}

impl Nodes {
    /// Prepares three nodes. None runs yet, so that variables can be added. The folder for data is `data`, or else a new one.
    pub(crate) fn new(program: &Path, database: Database, data: Option<&Path>) -> Result<Nodes> {
        let folder = tempfile::Builder::new().prefix("latchkey-nodes-").tempdir();
        let folder = folder.context("no temporary folder can be created")?;
        let data = data.map_or_else(|| folder.path().join("data"), Path::to_owned);
        let mut variables = vec![
            ("LATCHKEY_DATA_DIR", data.into_os_string()),
            ("LATCHKEY_OWNER_EMAIL", EMAIL.into()),
            ("LATCHKEY_OWNER_PASSWORD", PASSWORD.into()),
        ];
        if let Some(url) = database.url() {
            variables.push(("LATCHKEY_DATABASE_URL", url.into()));
        }
        let node = |name| {
            Ok(Node {
                name,
                address: free_address()?,
                variables: Vec::new(),
                running: None,
            })
        };
        Ok(Nodes {
            members: NAMES.into_iter().map(node).collect::<Result<_>>()?,
            variables,
            program: program.to_owned(),
            database,
            folder,
        })
    }

    /// Sets a variable of every process that starts from now on.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.variables.push((name, value.into()));
    }

    /// Starts all nodes, one after the other, since the first one creates the schema and the owner.
    pub(crate) fn start(&mut self) -> Result<()> {
        for index in 0..self.members.len() {
            self.start_node(index)?;
        }
        Ok(())
    }

    /// Starts a node and waits until it is ready.
    pub(crate) fn start_node(&mut self, index: usize) -> Result<()> {
        let node = &self.members[index];
        let mut command = clean_command(&self.program);
        command.arg("serve").envs(self.variables.iter().cloned());
        command
            .env("LATCHKEY_ADDR", &node.address)
            .env("LATCHKEY_NODE_NAME", node.name);
        command.envs(node.variables.iter().cloned());
        let log = self.folder.path().join(format!("{}.log", node.name));
        let running = Running::start(&mut command, (&node.address, "/readyz"), &log, &agent());
        self.members[index].running = Some(running.with_context(|| format!("{} does not serve", node.name))?);
        Ok(())
    }

    /// Kills a node with SIGKILL.
    pub(crate) fn kill(&mut self, index: usize) {
        self.members[index].running = None;
    }

    pub(crate) fn count(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn node(&self, index: usize) -> &Node {
        &self.members[index]
    }

    pub(crate) fn node_mut(&mut self, index: usize) -> &mut Node {
        &mut self.members[index]
    }

    pub(crate) fn addresses(&self) -> Vec<String> {
        self.members.iter().map(|node| node.address.clone()).collect()
    }

    /// A path for a file beside the data.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn commands(&self) -> Commands {
        Commands {
            program: self.program.clone(),
            variables: self.variables.clone(),
        }
    }

    /// Logs in as the owner. The session holds on every node.
    pub(crate) fn log_in(&self) -> Result<Console> {
        Console::log_in(&self.members[0].address)
    }

    /// The last lines of the logs of all nodes.
    pub(crate) fn logs(&self) -> String {
        let logs = self.members.iter().map(|node| {
            let log = fs::read_to_string(self.folder.path().join(format!("{}.log", node.name))).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines[lines.len().saturating_sub(15)..].join("\n");
            format!("--- {}\n{last}\n", node.name)
        });
        logs.collect()
    }
}

impl Node {
    /// Sends a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        self.running()?.signal(name)
    }

    /// Stops all threads of the node (SIGSTOP), and waits until none runs any more.
    pub(crate) fn stop(&self) -> Result<()> {
        self.signal("STOP")?;
        let begin = Instant::now();
        while !self.running()?.stands_still()? {
            ensure!(begin.elapsed() < STOP_LIMIT, "{} does not stop", self.name);
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn running(&self) -> Result<&Running> {
        let running = self.running.as_ref();
        running.with_context(|| format!("{} does not run", self.name))
    }
}

impl Commands {
    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Printed> {
        let typed = arguments.join(" ");
        // A command that waits for a database that is gone would wait long.
        let mut command = Command::new("timeout");
        command
            .arg(COMMAND_LIMIT.as_secs().to_string())
            .arg(&self.program)
            .args(arguments);
        remove_variables(&mut command);
        command.envs(self.variables.iter().cloned()).stdin(Stdio::null());
        let output = command.output();
        let output = output.with_context(|| format!("`latchkey {typed}` cannot be started"))?;
        Ok(Printed {
            succeeded: output.status.success(),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            messages: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Makes keys with one command and returns their tokens.
    pub(crate) fn create_keys(&self, count: usize, file: &Path) -> Result<Vec<String>> {
        let path = file.to_str().context("the temporary folder's name is not text")?;
        let number = count.to_string();
        let mut command = clean_command(&self.program);
        command.envs(self.variables.iter().cloned()).stdin(Stdio::null());
        command.args(["key", "create", "--environment", "default", "--name", "Made at once"]);
        command.args(["--count", &number, "--output", path]);
        crate::command::run(command.stderr(Stdio::null()))?;
        let tokens = fs::read_to_string(file).context("the new tokens cannot be read")?;
        fs::remove_file(file).context("the new tokens cannot be removed")?;
        let tokens: Vec<String> = tokens.lines().map(str::to_owned).collect();
        ensure!(tokens.len() == count, "{} keys were made, not {count}", tokens.len());
        Ok(tokens)
    }
}

/// The binary without the variables that a developer has set for their own server.
fn clean_command(program: &Path) -> Command {
    let mut command = Command::new(program);
    remove_variables(&mut command);
    command
}

fn remove_variables(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LATCHKEY_") {
            command.env_remove(name);
        }
    }
}
