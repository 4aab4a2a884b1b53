//! Measures the verifier with one worker thread, beside both floors. With several threads, waking another thread costs the floors as
//! much as the verifier, and hides what a decision costs.

use std::path::Path;

use anyhow::{Result, anyhow};

use super::floor::{self, Floor};
use super::question::Question;
use super::rows::{self, Place, Row};
use super::stream::Run;
use super::tokens::Rotation;
use super::{Loaded, let_it_store};

/// The rows of one kind of request, with one worker thread.
#[derive(Debug)]
pub(crate) struct OneThread {
    pub(crate) plain: Row,
    pub(crate) floor: Row,
    pub(crate) few: Row,
}

impl OneThread {
    pub(crate) fn rows(&self) -> [&Row; 3] {
        [&self.plain, &self.floor, &self.few]
    }

    /// The processor time of the verifier by that of the plain floor.
    pub(crate) fn by_plain(&self) -> f64 {
        self.few.cost().middle / self.plain.cost().middle
    }
}

/// Measures one kind of request. All keys are in rotation, so storing their uses is included.
pub(super) fn measure(question: Question, program: &Path, few: &Loaded, all_rounds: Run) -> Result<OneThread> {
    let rotation = Rotation::new(few.server.file("rotation"), &few.tokens, few.tokens.len())?;
    let start = |floor| floor::start_on_one_thread(program, &few.server, &rotation.some, floor);
    let (plain, constant) = (start(Floor::Plain)?, start(Floor::Constant)?);
    let keys = format!("one thread, {}", few.in_words());
    let place = |what, running| Place {
        what,
        running,
        rotation: &rotation,
    };
    let places = [
        place("one thread, plain axum::serve", &plain),
        place("one thread, floor", &constant),
        place(&keys, &few.server.running),
    ];
    let rows = rows::in_turns(&places, question, all_rounds)?;
    let_it_store();
    let [plain, floor, few] = rows.try_into().map_err(|_| anyhow!("a row is missing"))?;
    Ok(OneThread { plain, floor, few })
}
