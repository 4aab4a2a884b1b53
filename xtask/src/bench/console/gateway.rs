//! A gateway with a few connections. It asks at a steady rate, since the bench measures how long a request waits, not how many are
//! answered.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};

use super::Waits;
use crate::bench::numbers::Spread;
use crate::bench::verifier::question::Question;

const CONNECTIONS: u32 = 4;
/// The time between two requests of one connection. All connections together send 800 requests a second.
const EVERY: Duration = Duration::from_millis(5);
/// A later answer counts as a failure.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Asks for the given number of seconds, and returns how long the answers took.
pub(super) fn ask(host: &str, token: &str, seconds: u32) -> Result<Waits> {
    let each = thread::scope(|scope| {
        let asking: Vec<_> = (0..CONNECTIONS)
            .map(|index| scope.spawn(move || ask_on_one(host, token, seconds, EVERY * index / CONNECTIONS)))
            .collect();
        let joined = asking.into_iter().map(|asking| {
            asking
                .join()
                .map_err(|_| anyhow!("a connection of the gateway failed"))?
        });
        joined.collect::<Result<Vec<_>>>()
    })?;
    let seconds: Vec<Vec<f64>> = (0..seconds as usize)
        .map(|second| each.iter().flat_map(|waits| waits[second].iter().copied()).collect())
        .collect();
    Ok(Waits {
        requests: seconds.iter().map(Vec::len).sum(),
        p50: over_all(&seconds, 50),
        p99: over_all(&seconds, 99),
    })
}

/// The times of the answers in milliseconds, by the second in which the request was sent.
fn ask_on_one(host: &str, token: &str, seconds: u32, after: Duration) -> Result<Vec<Vec<f64>>> {
    let size = Question::Authorize.ask(host, token)?;
    ensure!(size.allows(Question::Authorize), "the gateway's key is refused");
    let [before, rest] = Question::Authorize.around(host, token.len());
    let request = format!("{before}{token}{rest}");
    let mut answer = vec![0; usize::try_from(size.size)?];
    let mut stream = TcpStream::connect(host).context("the server cannot be reached")?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    let begun = Instant::now() + after;
    let mut waits = Vec::new();
    for second in 0..seconds {
        let mut of_second = Vec::new();
        let mut due = begun + Duration::from_secs(second.into());
        let end = due + Duration::from_secs(1);
        while due < end {
            // A request that is sent late counts from the time at which it was due, since its client waited that long.
            let asked_at = match due.checked_duration_since(Instant::now()) {
                Some(early) => {
                    thread::sleep(early);
                    Instant::now()
                }
                None => due,
            };
            stream
                .write_all(request.as_bytes())
                .context("the server closed the connection")?;
            stream.read_exact(&mut answer).context("the server gave no answer")?;
            ensure!(answer.starts_with(b"HTTP/1.1 200"), "the gateway's key is refused");
            of_second.push(asked_at.elapsed().as_secs_f64() * 1_000.0);
            due += EVERY;
        }
        waits.push(of_second);
    }
    Ok(waits)
}

/// A percentile of all times, with the lowest and the highest of the single seconds.
fn over_all(seconds: &[Vec<f64>], percent: usize) -> Spread {
    let all: Vec<f64> = seconds.iter().flatten().copied().collect();
    let of_seconds = seconds.iter().map(|waits| percentile(waits, percent));
    Spread {
        middle: percentile(&all, percent),
        ..Spread::of(of_seconds)
    }
}

/// The percentile of sorted times. NaN if nothing was measured.
fn percentile(waits: &[f64], percent: usize) -> f64 {
    let mut waits = waits.to_vec();
    waits.sort_unstable_by(f64::total_cmp);
    let rank = (waits.len() * percent).div_ceil(100).max(1);
    waits.get(rank - 1).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_those_measured() {
        let waits: Vec<f64> = (1..=200_u32).rev().map(f64::from).collect();
        assert!((percentile(&waits, 99) - 198.0).abs() < 1e-9);
        assert!((percentile(&waits, 50) - 100.0).abs() < 1e-9);
        assert!((percentile(&[7.0], 99) - 7.0).abs() < 1e-9);
        assert!(percentile(&[], 99).is_nan());
    }
}
