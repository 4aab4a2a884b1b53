//! Reports progress to the person who waits: the present step, the remaining ones, and how long each took.

use std::time::{Duration, Instant};

use anyhow::Result;

pub(crate) struct Report {
    steps: usize,
    finished: Vec<(&'static str, Duration)>,
    started: Instant,
}

impl Report {
    /// A report for a command with `steps` steps.
    pub(crate) fn new(steps: usize) -> Report {
        Report {
            steps,
            finished: Vec::new(),
            started: Instant::now(),
        }
    }

    /// Announces and runs one step. `hint` says what to expect, such as how long the first run takes.
    pub(crate) fn step<T>(&mut self, name: &'static str, hint: &str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        let number = self.finished.len() + 1;
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
            Ok(_) => eprintln!("      done in {}", in_words(took)),
            Err(_) => eprintln!("      failed after {}", in_words(took)),
        }
        self.finished.push((name, took));
        result
    }

    pub(crate) fn summary(&self, what: &str) {
        eprintln!();
        for (name, took) in &self.finished {
            eprintln!("  {:>12}  {name}", in_words(*took));
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
