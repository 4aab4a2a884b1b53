//! Measures how long requests take on two servers that take turns.

use std::time::{Duration, Instant};

use anyhow::Result;

/// Requests whose time does not count: they fill caches and open connections.
const WARM_UP: usize = 10;
const MEASURED: usize = 100;

/// Statistics of many measurements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Times {
    pub(crate) median: Duration,
    /// The 95th percentile.
    pub(crate) p95: Duration,
}

impl Times {
    fn of(mut measured: Vec<Duration>) -> Times {
        measured.sort_unstable();
        let count = measured.len();
        let at = |index: usize| measured.get(index).copied().unwrap_or_default();
        Times {
            median: (at(count.saturating_sub(1) / 2) + at(count / 2)) / 2,
            p95: at((count * 95).div_ceil(100).saturating_sub(1)),
        }
    }
}

/// Measures `ask` for the first (0) and the second (1) server in turns, so that other work of the machine affects both alike.
pub(crate) fn in_turns(mut ask: impl FnMut(usize) -> Result<()>) -> Result<[Times; 2]> {
    let mut measured = [Vec::with_capacity(MEASURED), Vec::with_capacity(MEASURED)];
    for round in 0..WARM_UP + MEASURED {
        for (which, measured) in measured.iter_mut().enumerate() {
            let started = Instant::now();
            ask(which)?;
            let took = started.elapsed();
            if round >= WARM_UP {
                measured.push(took);
            }
        }
    }
    Ok(measured.map(Times::of))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Times;

    #[test]
    fn the_median_and_the_95th_of_a_hundred() {
        let times = Times::of((1..=100).rev().map(Duration::from_secs).collect());
        assert_eq!(times.median, Duration::from_millis(50_500));
        assert_eq!(times.p95, Duration::from_secs(95));
    }

    #[test]
    fn one_measurement_is_its_own_median() {
        let times = Times::of(vec![Duration::from_secs(7)]);
        assert_eq!(
            (times.median, times.p95),
            (Duration::from_secs(7), Duration::from_secs(7))
        );
    }
}
