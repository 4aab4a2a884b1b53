//! `cargo xtask bench`: the only place where speed is measured. It prints tables in Markdown for docs/PERFORMANCE.md.

mod keys;
mod list;
mod server;
mod times;

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use self::keys::{FEWEST, Made};
use self::list::Measured;
use self::server::Server;
use self::times::Times;
use crate::report::Report;
use crate::serve::{compile_server, set_up_and_make_site};

/// How many times as long the list may take with many keys.
const PROMISED: f64 = 1.5;
/// Twice the time after which a server stores what was used.
const STORED_AFTER: Duration = Duration::from_secs(10);

pub(crate) fn bench(root: &Path, arguments: &[String]) -> Result<()> {
    let sizes = sizes(arguments)?;
    let mut report = Report::new(7);
    let (compiler, target) = set_up_and_make_site(root, &mut report)?;
    let program = compile_server(root, &mut report, &compiler, &target)?;
    // Measuring takes a while, and other checkouts may build meanwhile.
    drop(target);
    measure(&program, sizes, &mut report)
}

fn measure(program: &Path, sizes: [u32; 2], report: &mut Report) -> Result<()> {
    let made = report.step("Making keys", "100,000 take some seconds", || {
        let [few, many] = sizes;
        Ok([keys::make(program, few)?, keys::make(program, many)?])
    })?;
    let speeds = made.each_ref().map(Made::keys_per_second);
    let (servers, tokens) = report.step(
        "Starting the servers and using some keys",
        "10 seconds and more",
        || {
            let [few, many] = made;
            let servers = [few.data.serve()?, many.data.serve()?];
            let tokens = [few.tokens, many.tokens];
            for (server, tokens) in servers.iter().zip(&tokens) {
                keys::use_some(server, tokens)?;
            }
            std::thread::sleep(STORED_AFTER);
            Ok((servers, tokens))
        },
    )?;
    let all = report.step("Measuring the list", "about a minute", || {
        let ([few, many], [few_tokens, many_tokens]) = (&servers, &tokens);
        list::measure([(few, few_tokens), (many, many_tokens)])
    })?;
    report.summary("Measured");
    let tables = format!("{}\n{}", list_table(sizes, &all), server_table(sizes, &servers, speeds));
    writeln!(std::io::stdout(), "\n{tables}").context("the tables cannot be printed")?;
    keep_promise(sizes, &all)
}

fn sizes(arguments: &[String]) -> Result<[u32; 2]> {
    let sizes = match arguments {
        [] => [1_000, 100_000],
        [flag, few, many] if flag == "--keys" => {
            let size = |text: &String| text.parse().with_context(|| format!("`{text}` is no number of keys"));
            [size(few)?, size(many)?]
        }
        _ => bail!("`cargo xtask bench` takes nothing but --keys and two numbers"),
    };
    ensure!(
        sizes.iter().all(|size| *size >= FEWEST),
        "the list is measured with {} keys or more",
        grouped(FEWEST)
    );
    Ok(sizes)
}

/// One line a query, for each number of keys.
fn list_table([few, many]: [u32; 2], all: &[Measured]) -> String {
    let (few, many) = (grouped(few), grouped(many));
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

fn server_table([few, many]: [u32; 2], servers: &[Server; 2], speeds: [f64; 2]) -> String {
    let line = |what: &str, [few, many]: [String; 2]| format!("| {what} | {few} | {many} |\n");
    let memory = |server: &Server| match server.resident_bytes() {
        Some(bytes) => format!("{} MiB", bytes / (1024 * 1024)),
        None => "unknown".to_owned(),
    };
    let ready = |server: &Server| format!("{} ms", server.ready_after.as_millis());
    [
        line("server", [few, many].map(|size| format!("{} keys", grouped(size)))),
        "|---|---:|---:|\n".to_owned(),
        line("resident memory after the measurements", servers.each_ref().map(memory)),
        line("from start to ready", servers.each_ref().map(ready)),
        line("keys made in a second", speeds.map(|speed| format!("{speed:.0}"))),
    ]
    .concat()
}

fn keep_promise([few, many]: [u32; 2], all: &[Measured]) -> Result<()> {
    let slow = all.iter().filter(|measured| measured.ratio() > PROMISED);
    let slow: Vec<String> = slow
        .map(|measured| format!("“{}” ({:.2} times)", measured.query, measured.ratio()))
        .collect();
    ensure!(
        slow.is_empty(),
        "with {} keys these take more than {PROMISED} times as long as with {}: {}",
        grouped(many),
        grouped(few),
        slow.join(", ")
    );
    Ok(())
}

fn in_milliseconds(times: Times) -> String {
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1000.0;
    format!("{:.1}, {:.1} ms", milliseconds(times.median), milliseconds(times.p95))
}

/// `100,000`
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
