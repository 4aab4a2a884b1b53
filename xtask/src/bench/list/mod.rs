//! Measures the list of keys, with few keys and with many.

pub(crate) mod keys;
mod queries;
mod times;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

pub(crate) use self::keys::MIN_KEYS;
use self::keys::Made;
use self::queries::Measured;
use self::times::Times;
use super::Outcome;
use super::numbers::grouped;
use super::server::Server;
use crate::report::Report;

/// The two numbers of keys.
pub(crate) const SIZES: [u32; 2] = [1_000, 100_000];
/// The highest ratio of the time with many keys to the time with few.
const PROMISED: f64 = 1.5;
/// Twice the interval at which a server stores uses.
const FLUSH_TIME: Duration = Duration::from_secs(10);

pub(crate) fn measure(program: &Path, sizes: [u32; 2], report: &Report) -> Result<Outcome> {
    let made = report.step("Making keys for the list", "100,000 take some seconds", || {
        let [few, many] = sizes;
        Ok([keys::make(program, few)?, keys::make(program, many)?])
    })?;
    let speeds = made.each_ref().map(Made::keys_per_second);
    let (servers, tokens, service_tokens) = report.step(
        "Starting the servers and using some keys",
        "10 seconds and more",
        || {
            let [few, many] = made;
            let servers = [few.data.serve_and_log_in()?, many.data.serve_and_log_in()?];
            let tokens = [few.tokens, many.tokens];
            for (server, tokens) in servers.iter().zip(&tokens) {
                keys::use_some(server, tokens)?;
            }
            std::thread::sleep(FLUSH_TIME);
            Ok((servers, tokens, [few.service_token, many.service_token]))
        },
    )?;
    let all = report.step("Measuring the list", "about a minute", || {
        let [few, many] = &servers;
        let measured = |server, which: usize| queries::Subject {
            server,
            tokens: &tokens[which],
            service_token: &service_tokens[which],
        };
        queries::measure([measured(few, 0), measured(many, 1)])
    })?;
    Ok(Outcome {
        tables: format!("{}\n{}", list_table(sizes, &all), server_table(sizes, &servers, speeds)),
        broken: broken(sizes, &all),
    })
}

/// The table, with one line per query.
fn list_table(sizes: [u32; 2], all: &[Measured]) -> String {
    let [few, many] = sizes.map(|size| grouped(size.into()));
    let mut lines = vec![
        format!("| list | rows | {few} keys: median, p95 | {many} keys: median, p95 | ratio of medians |"),
        "|---|---:|---:|---:|---:|".to_owned(),
    ];
    for measured in all {
        let [few, many] = measured.times.map(in_milliseconds);
        let rows = match measured.rows {
            [one, other] if one == other => one.to_string(),
            [one, other] => format!("{one}, {other}"),
        };
        let ratio = measured.ratio();
        lines.push(format!("| {} | {rows} | {few} | {many} | {ratio:.2} |", measured.query));
    }
    lines.join("\n") + "\n"
}

fn server_table(sizes: [u32; 2], servers: &[Server; 2], speeds: [f64; 2]) -> String {
    let line = |what: &str, [few, many]: [String; 2]| format!("| {what} | {few} | {many} |\n");
    let memory = |server: &Server| match server.running.memory() {
        Some(memory) => format!("{} MiB", memory.resident / (1024 * 1024)),
        None => "unknown".to_owned(),
    };
    let ready = |server: &Server| format!("{} ms", server.running.ready_after.as_millis());
    [
        line("server", sizes.map(|size| format!("{} keys", grouped(size.into())))),
        "|---|---:|---:|\n".to_owned(),
        line("resident memory after the measurements", servers.each_ref().map(memory)),
        line("from start to ready", servers.each_ref().map(ready)),
        line("keys made in a second", speeds.map(|speed| format!("{speed:.0}"))),
    ]
    .concat()
}

/// The queries that take longer with many keys than promised.
fn broken(sizes: [u32; 2], all: &[Measured]) -> Vec<String> {
    let [few, many] = sizes.map(|size| grouped(size.into()));
    let slow = all.iter().filter(|measured| measured.ratio() > PROMISED);
    slow.map(|measured| {
        let (query, ratio) = (&measured.query, measured.ratio());
        format!("the list, “{query}”: {ratio:.2} times as long with {many} keys as with {few}, not {PROMISED}")
    })
    .collect()
}

fn in_milliseconds(times: Times) -> String {
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1000.0;
    format!("{:.1}, {:.1} ms", milliseconds(times.median), milliseconds(times.p95))
}
