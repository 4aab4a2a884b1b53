//! Counts an answer of the verifier, for the metrics.

use std::time::Instant;

use backend::verifier::{AnswerResult, Route};
use http::StatusCode;
use model::verify::Code;

use super::VerifierState;
use super::arrival::Arrival;
use super::problem::Answer;

/// An answer that is being made.
pub(super) struct CountedAnswer {
    route: Route,
    began: Instant,
    /// The decision, once there is one.
    pub(super) decision: Option<Code>,
}

impl CountedAnswer {
    pub(super) fn begin(route: Route, arrival: Option<Arrival>) -> Self {
        Self {
            route,
            began: arrival.map_or_else(Instant::now, |arrival| arrival.at),
            decision: None,
        }
    }

    /// Counts the answer. An answer that nobody waits for any more is not counted.
    pub(super) fn finish(self, state: &VerifierState, answer: &Answer) {
        let result = self
            .decision
            .map_or_else(|| undecided(answer.status()), AnswerResult::Decided);
        let answers = state.services.verifier().answers();
        answers.count(self.route, result, self.began.elapsed());
    }
}

/// The result of a request that was not decided.
fn undecided(status: StatusCode) -> AnswerResult {
    match status {
        StatusCode::UNAUTHORIZED => AnswerResult::KeyMissing,
        StatusCode::SERVICE_UNAVAILABLE => AnswerResult::Unavailable,
        status if status.is_server_error() => AnswerResult::Failed,
        _ => AnswerResult::BadRequest,
    }
}
