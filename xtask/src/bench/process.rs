//! A program that answers HTTP on this machine, and the resources that it takes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use ureq::Agent;
use ureq::http::StatusCode;

use crate::command::{output_of, run};

/// How long a program may take to become ready.
const START_TIMEOUT: Duration = Duration::from_mins(2);
/// Lines of its log that are shown if it fails.
const LOG_LINES: usize = 50;

/// A running program. Dropping the value stops it.
#[derive(Debug)]
pub(crate) struct Running {
    process: Child,
    log: PathBuf,
    pub(crate) url: String,
    pub(crate) ready_after: Duration,
}

/// Memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Memory {
    pub(crate) resident: u64,
    /// The highest resident size so far.
    pub(crate) peak: u64,
}

impl Running {
    /// Starts a program that listens on `address`, and waits until `path` is answered with 200.
    pub(crate) fn start(
        command: &mut Command,
        (address, path): (&str, &str),
        log: &Path,
        agent: &Agent,
    ) -> Result<Running> {
        let file = File::create(log).context("the server's log cannot be created")?;
        let started = Instant::now();
        let process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .context("the server cannot be started")?;
        let mut running = Running {
            process,
            log: log.to_owned(),
            url: format!("http://{address}"),
            ready_after: Duration::ZERO,
        };
        running.wait_until_ready(path, started, agent)?;
        Ok(running)
    }

    /// The address on which it listens, without the scheme.
    pub(crate) fn host(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Its memory now, if the system reports it.
    pub(crate) fn memory(&self) -> Option<Memory> {
        Memory::in_status(&self.tells("status")?)
    }

    /// Its resident size now, in bytes.
    pub(crate) fn resident(&self) -> Result<u64> {
        let memory = self.memory();
        let memory = memory.context("the system does not say how much memory the server takes: /proc is needed")?;
        Ok(memory.resident)
    }

    /// The processor time of all its threads, including those that have ended.
    pub(crate) fn cpu_time(&self) -> Result<Duration> {
        let ticks = self.tells("stat").as_deref().and_then(ticks_in_stat);
        let ticks =
            ticks.context("the system does not say how much processor time the server took: /proc is needed")?;
        let per_second = output_of(Command::new("getconf").arg("CLK_TCK"))?;
        let per_second: u64 = per_second
            .trim()
            .parse()
            .context("`getconf CLK_TCK` printed no number")?;
        Ok(Duration::from_micros(ticks * 1_000_000 / per_second))
    }

    /// The last lines of its log.
    pub(crate) fn log(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }

    /// Sends it a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        run(Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.process.id().to_string()))
    }

    /// Whether all its threads stand still after SIGSTOP. The signal reaches them one after the other.
    pub(crate) fn stands_still(&self) -> Result<bool> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.process.id())).context("/proc is needed")?;
        for task in tasks {
            let stat = fs::read_to_string(task?.path().join("stat"))?;
            if state_in_stat(&stat) != Some('T') {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn tells(&self, file: &str) -> Option<String> {
        fs::read_to_string(format!("/proc/{}/{file}", self.process.id())).ok()
    }

    fn wait_until_ready(&mut self, path: &str, started: Instant, agent: &Agent) -> Result<()> {
        let url = format!("{}{path}", self.url);
        loop {
            // There is no answer until it listens.
            if let Ok(answer) = agent.get(&url).call()
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
                started.elapsed() < START_TIMEOUT,
                "the server was not ready after {} s. Its log:\n{}",
                START_TIMEOUT.as_secs(),
                self.log()
            );
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Killed, since nothing that it has not stored yet is needed. It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Memory {
    /// Reads `/proc/PID/status` (see `man proc_pid_status`).
    fn in_status(status: &str) -> Option<Memory> {
        let bytes = |name: &str| {
            let value = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
            Some(kibibytes * 1024)
        };
        Some(Memory {
            resident: bytes("VmRSS:")?,
            peak: bytes("VmHWM:")?,
        })
    }
}

/// The state of a thread in `/proc/PID/task/TID/stat`: the third field, as in `/proc/PID/stat`.
fn state_in_stat(stat: &str) -> Option<char> {
    stat.rsplit_once(") ")?.1.chars().next()
}

/// User and system time in `/proc/PID/stat`: the 14th and 15th field (see `man proc_pid_stat`).
fn ticks_in_stat(stat: &str) -> Option<u64> {
    // The second field is the program's name in brackets. It may itself contain spaces and brackets.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user + system)
}

/// An address of this machine on which nothing listens.
pub(crate) fn free_address() -> Result<String> {
    let probe = std::net::TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(probe.local_addr()?.to_string())
}

/// A client that keeps connections open, as a browser does, and treats every status as an answer.
pub(crate) fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        // The server is on this machine, so no proxy is used, whatever the environment says.
        .proxy(None)
        .timeout_global(Some(Duration::from_mins(1)))
        .build()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_that_of_user_and_system() {
        let stat = "4711 (latchkey) S 1 4711 4711 0 -1 4194560 9217 0 3 0 1234 766 0 0 20 0 5 0 57792 31331 360 18";
        assert_eq!(ticks_in_stat(stat), Some(2000));
    }

    #[test]
    fn a_name_with_brackets_and_numbers_shifts_nothing() {
        let stat = "1 (a) R 9 (b) S 1 4711 4711 0 -1 4194560 9217 0 3 0 20 7 0 0 20 0 5 0 57792 31331";
        assert_eq!(ticks_in_stat(stat), Some(27));
        assert_eq!(ticks_in_stat("1 (latchkey) S 1 2 3"), None);
    }

    #[test]
    fn a_stopped_thread_is_told_from_one_that_runs() {
        assert_eq!(state_in_stat("1 (a) R 9 (b) T 1 4711 4711"), Some('T'));
        assert_eq!(state_in_stat("4711 (latchkey) S 1 4711 4711"), Some('S'));
        assert_eq!(state_in_stat("4711"), None);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tlatchkey\nVmPeak:\t  999999 kB\nVmHWM:\t    5120 kB\nVmRSS:\t    4096 kB\nThreads:\t5\n";
        assert_eq!(
            Memory::in_status(status),
            Some(Memory {
                resident: 4 * 1024 * 1024,
                peak: 5 * 1024 * 1024,
            })
        );
        assert_eq!(Memory::in_status("Name:\tkthreadd\n"), None);
    }
}
