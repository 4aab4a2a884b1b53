//! Refusals because of what a program's request says besides the change that it asks for.

/// Why a request of a program is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedRequest {
    /// The condition of the request does not hold (RFC 9110, section 13.1.1).
    #[error(
        "It was changed meanwhile, so nothing was done. Read it again, and send the request with its present ETag."
    )]
    ConditionFailed,
    #[error(
        "This Idempotency-Key belongs to another request of the last 24 hours. Choose a new one for a new request."
    )]
    OtherRequest,
    /// The very request was carried out before, and its answer is known.
    #[error("This request was carried out before.")]
    AnsweredBefore,
}
