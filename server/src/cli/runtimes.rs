//! The threads of a server: those that answer gateways, and those that do everything else. The second kind yields to the
//! first, so that a busy console slows no gateway down.

use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

use super::{Failure, serve};
use crate::config::Serve;

/// What is added to the nice value of the console's threads: where both kinds want a processor, they get a quarter of it.
/// With more, other programs on the machine would starve the console.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;
/// Blocking work at once: hashing, and reading what is no database. The system may keep memory for each such thread.
const BLOCKING: usize = 16;
/// How long what is left of the verifier's work may take at the end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Serves until told to stop.
pub(super) fn serve(config: Serve) -> Result<(), Failure> {
    // The first one's threads keep the priority with which the process began; what this thread starts from then on has
    // its own, the threads of the database among it.
    let verifier = start("verifier")?;
    yield_to_gateways();
    let outcome = start("console")?.block_on(serve::serve(config, verifier.handle()));
    verifier.shutdown_timeout(LAST_WORDS);
    outcome
}

/// Does what a command does, on a runtime of its own.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    start("command")?.block_on(work)
}

fn start(name: &str) -> Result<Runtime, Failure> {
    Builder::new_multi_thread()
        .enable_all()
        .thread_name(name)
        .max_blocking_threads(BLOCKING)
        .build()
        .map_err(|error| Failure(format!("cannot start: {error}")))
}

/// Lowers the priority of this thread, and of those that it starts, and keeps them off one processor where there are
/// several. On Linux each thread has a priority and processors of its own. The priority alone is not enough: a thread that
/// is at work keeps its processor for up to a slice of 3 ms, in which gateways would wait.
#[cfg(target_os = "linux")]
fn yield_to_gateways() {
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::warn!(%error, "cannot lower the priority of the console's threads");
    }
    if let Err(error) = leave_one_processor() {
        tracing::warn!(%error, "cannot keep a processor free of the console's threads");
    }
}

#[cfg(target_os = "linux")]
fn leave_one_processor() -> rustix::io::Result<()> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let mut processors = sched_getaffinity(None)?;
    let first = (0..CpuSet::MAX_CPU).find(|number| processors.is_set(*number));
    match first {
        Some(first) if processors.count() > 1 => {
            processors.unset(first);
            sched_setaffinity(None, &processors)
        }
        _ => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
const fn yield_to_gateways() {}

/// Runs something on another runtime, and waits for it here.
pub(super) async fn on<T: Send + 'static>(
    runtime: &Handle,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Failure> {
    let work = runtime.spawn(work);
    work.await.map_err(|error| Failure(format!("a task ended: {error}")))
}
