//! The two tokio runtimes of a server: one answers gateways, and the other does everything else. The threads of the second runtime
//! have a lower priority, so that a busy console does not slow down a gateway.

use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

use super::{Failure, serve};
use crate::config::ServeArgs;

/// The increment of the nice value of the console's threads. If both runtimes compete for a processor, the console gets about a
/// quarter of it. With a higher value, other programs on the machine would starve the console.
#[cfg(target_os = "linux")]
const NICE_INCREMENT: i32 = 5;
/// The number of threads for blocking work, such as hashing passwords and reading files. Each thread may hold some memory.
const MAX_BLOCKING_THREADS: usize = 16;
/// How long the threads of both runtimes together may take to end at shutdown.
const SHUTDOWN_LIMIT: Duration = Duration::from_millis(400);

/// Serves until a signal stops the server.
pub(super) fn serve(config: ServeArgs) -> Result<(), Failure> {
    // Threads inherit the priority of the thread that starts them. The threads of the verifier are started first and keep the
    // priority of the process. All other threads, including those of the database, get the lower priority.
    let verifier = start_runtime("verifier")?;
    yield_to_gateways();
    let console = start_runtime("console")?;
    let outcome = console.block_on(serve::serve(config, verifier.handle()));
    console.shutdown_timeout(SHUTDOWN_LIMIT / 2);
    verifier.shutdown_timeout(SHUTDOWN_LIMIT / 2);
    outcome
}

/// Runs the work of a command on a new runtime.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    start_runtime("command")?.block_on(work)
}

fn start_runtime(name: &str) -> Result<Runtime, Failure> {
    Builder::new_multi_thread()
        .enable_all()
        .thread_name(name)
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .build()
        .map_err(|error| Failure(format!("cannot start the {name} threads: {error}")))
}

/// Lowers the priority of this thread and of the threads that it starts. If there are several processors, these threads do not use
/// one of them. On Linux, each thread has its own priority and processor affinity. The priority alone is not enough: a running
/// thread keeps its processor for a time slice of up to 3 ms, and gateways would wait that long.
#[cfg(target_os = "linux")]
fn yield_to_gateways() {
    if let Err(error) = rustix::process::nice(NICE_INCREMENT) {
        tracing::warn!(%error, "cannot lower the priority of the console's threads");
    }
    if let Err(error) = leave_one_processor_free() {
        tracing::warn!(%error, "cannot keep a processor free of the console's threads");
    }
}

#[cfg(target_os = "linux")]
fn leave_one_processor_free() -> rustix::io::Result<()> {
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

/// Runs a future on another runtime, and waits for it here.
pub(super) async fn run_on<T: Send + 'static>(
    runtime: &Handle,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Failure> {
    let work = runtime.spawn(work);
    work.await.map_err(|error| Failure(format!("a task failed: {error}")))
}
