//! What the system knows about this process. Other systems than Linux do not say all of it.

/// Under the names that all Prometheus clients use.
#[derive(Debug)]
pub(super) struct Process {
    /// The memory in use, in bytes.
    pub(super) resident_memory: Option<u64>,
    /// The processor time of all threads, in seconds.
    pub(super) processor_time: Option<f64>,
    pub(super) open_files: Option<usize>,
    /// The limit of open files.
    pub(super) most_open_files: Option<u64>,
}

impl Process {
    pub(super) fn read() -> Self {
        Self {
            resident_memory: resident_memory(),
            processor_time: processor_time(),
            open_files: open_files(),
            most_open_files: rustix::process::getrlimit(rustix::process::Resource::Nofile).current,
        }
    }
}

/// Reads `VmRSS` (proc(5)).
fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(target_os = "linux")]
#[expect(clippy::unnecessary_wraps, reason = "other systems do not know it")]
#[expect(clippy::cast_precision_loss, reason = "microseconds are exact for 285 years")]
fn processor_time() -> Option<f64> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Some(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
}

#[cfg(not(target_os = "linux"))]
const fn processor_time() -> Option<f64> {
    None
}

fn open_files() -> Option<usize> {
    // One of the files is the folder that is being read.
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1))
}
