//! Reports progress to the person who waits: the present step, the remaining ones, and how long each took.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;

/// Two threads may run steps side by side.
pub(crate) struct Report {
    steps: usize,
    /// The steps in the order in which they began, with their times once they have ended.
    begun: Mutex<Vec<(&'static str, Option<Duration>)>>,
    started: Instant,
}

impl Report {
    /// A report for a command with `steps` steps.
    pub(crate) fn new(steps: usize) -> Report {
        Report {
            steps,
            begun: Mutex::default(),
            started: Instant::now(),
        }
    }

    /// Announces and runs one step. `hint` says what to expect, such as how long the first run takes.
    pub(crate) fn step<T>(&self, name: &'static str, hint: &str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        let number = {
            let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            begun.push((name, None));
            begun.len()
        };
        let hint = if hint.is_empty() {
            String::new()
        } else {
            format!(" ({hint})")
        };
        eprintln!("[{number}/{}] {name}{hint}…", self.steps);
        let started = Instant::now();
        let result = step();
        let took = started.elapsed();
        match &result {
            Ok(_) => eprintln!("[{number}/{}] done in {}", self.steps, in_words(took)),
            Err(_) => eprintln!("[{number}/{}] failed after {}", self.steps, in_words(took)),
        }
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, ended)) = begun.get_mut(number - 1) {
            *ended = Some(took);
        }
        result
    }

    pub(crate) fn summary(&self, what: &str) {
        eprintln!();
        for (name, took) in self.begun.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let took = took.map(in_words).unwrap_or_default();
            eprintln!("  {took:>12}  {name}");
        }
        eprintln!("\n{what} in {}.", in_words(self.started.elapsed()));
    }
}

pub(crate) fn in_words(took: Duration) -> String {
    let seconds = took.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", took.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}
