//! Every code of a refused request under `/v1`, for the description of the API. A test compares them with what the verifier answers.

/// A code of the verifier.
#[derive(Clone, Copy, Debug)]
pub(super) struct VerifierCode {
    pub(super) code: &'static str,
    /// The HTTP status (RFC 9110, section 15).
    pub(super) status: u16,
    /// What it means, and what to do.
    pub(super) meaning: &'static str,
    /// An example of a sentence in `detail`.
    pub(super) detail: &'static str,
}

const fn code(code: &'static str, status: u16, meaning: &'static str, detail: &'static str) -> VerifierCode {
    VerifierCode {
        code,
        status,
        meaning,
        detail,
    }
}

pub(super) const VERIFIER_CODES: &[VerifierCode] = &[
    code(
        "ERR_BAD_REQUEST",
        400,
        "The request is malformed: it names no endpoint, cannot be read, or has two different keys.",
        "Say what the key is used for: either “endpoint”, or “method” and “path”.",
    ),
    code(
        "ERR_API_KEY_MISSING",
        401,
        "The request has no key, neither in `Authorization` nor in `X-Api-Key`.",
        "Send an API key in the header Authorization: Bearer or X-Api-Key.",
    ),
    code(
        "ERR_INVALID_KEY",
        401,
        "There is no such key: it is mistyped, was never made, was deleted or rotated.",
        "There is no such API key.",
    ),
    code(
        "ERR_KEY_PROVISIONING",
        401,
        "The key was made a moment ago, and not every node knows it yet.",
        "This key is being provisioned. Try again shortly.",
    ),
    code(
        "ERR_KEY_INACTIVE",
        401,
        "The key is disabled. It can be enabled again in the console or over the management API.",
        "This key is disabled.",
    ),
    code(
        "ERR_KEY_EXPIRED",
        401,
        "The key has reached its end date. That is final: create another one.",
        "This key has reached its end date.",
    ),
    code(
        "ERR_KEY_FAILED",
        401,
        "The key could not be made and never became active. That is final: create another one.",
        "This key failed to provision and will never work.",
    ),
    code(
        "ERR_NO_PERMISSION",
        403,
        "The endpoint was not granted to the key, the path belongs to no endpoint, or the path was refused as it is.",
        "Access to image endpoint is denied for this key.",
    ),
    code(
        "ERR_CUSTOMER_SUSPENDED",
        403,
        "The customer to whom the key belongs is suspended. Its keys work again once the customer is resumed.",
        "The customer of this key is suspended.",
    ),
    code(
        "ERR_ADDRESS_NOT_ALLOWED",
        403,
        "The key may not be used from this address.",
        "This key may not be used from this address.",
    ),
    code(
        "ERR_NOT_FOUND",
        404,
        "There is nothing at this path of the verifier.",
        "There is nothing at this path.",
    ),
    code(
        "ERR_METHOD_NOT_ALLOWED",
        405,
        "`/v1/keys/verify` takes POST only.",
        "Send a POST request to this path.",
    ),
    code(
        "ERR_TIMEOUT",
        408,
        "The body of the request did not arrive within 10 seconds.",
        "The request did not arrive within 10 seconds.",
    ),
    code(
        "ERR_TOO_LARGE",
        413,
        "The body of the request is larger than 16 KiB.",
        "The request is larger than 16 KiB.",
    ),
    code(
        "ERR_TOO_MANY_REQUESTS",
        429,
        "A limit of the key is reached. `Retry-After` says after how many seconds the key may be used again.",
        "This key has reached its rate limit. Try again later.",
    ),
    code(
        "ERR_BEHIND",
        503,
        "This node has not applied `minChange` yet. `Retry-After` says when to ask again, or ask another node.",
        "This node has not applied change 412 yet.",
    ),
    code(
        "ERR_UNAVAILABLE",
        503,
        "This node has not heard from its database for longer than the stale limit, so it does not answer by what it remembers.",
        "This node has not heard from its database for too long to answer from memory.",
    ),
];
