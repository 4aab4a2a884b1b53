//! Errors of the management API: problem+json (RFC 9457) with a stable code, and what is wrong in which field.

use axum::response::{IntoResponse, Response};
use backend::Error;
use backend::error::{Forbidden, InvalidQuery, RefusedRequest};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use model::form::FormErrors;
use serde::Serialize;
use utoipa::ToSchema;

use super::fields::field_errors;
use crate::http::log_limit::log_limited;

/// Declares each code: its name, its word, its HTTP status, and what it means.
macro_rules! codes {
    ($($name:ident $word:literal $status:literal $meaning:literal,)+) => {
        /// Why a request was refused, as a word for programs. The words never change, and each belongs to one HTTP status.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ProblemCode {
            $(#[doc = $meaning] $name,)+
        }

        impl ProblemCode {
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The word in the problem's `code`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }

            /// The HTTP status (RFC 9110, section 15).
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$name => $status,)+
                }
            }

            /// What it means, and what to do.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => $meaning,)+
                }
            }
        }
    };
}

codes! {
    BadRequest "ERR_BAD_REQUEST" 400
        "The request cannot be read, or a parameter or header is wrong. `errors` names it.",
    Unauthenticated "ERR_UNAUTHENTICATED" 401
        "The request has no token of a service account, or the token is unknown, ended or used from elsewhere.",
    Forbidden "ERR_FORBIDDEN" 403
        "The role does not allow this, or not for this object.",
    PasswordNeeded "ERR_PASSWORD_NEEDED" 403
        "This needs a password that was entered a short while ago, so only a person can do it, in the console.",
    NotFound "ERR_NOT_FOUND" 404
        "There is nothing with this ID or at this path. It may have been deleted.",
    MethodNotAllowed "ERR_METHOD_NOT_ALLOWED" 405
        "The path does not have this method. The header `Allow` lists those that it has.",
    Timeout "ERR_TIMEOUT" 408
        "The body of the request did not arrive in time.",
    Conflict "ERR_CONFLICT" 409
        "The request does not fit the present state, which `detail` tells.",
    PreconditionFailed "ERR_PRECONDITION_FAILED" 412
        "The object is not the one that `If-Match` names: it was changed meanwhile. Nothing was done. Read it again.",
    TooLarge "ERR_TOO_LARGE" 413
        "The body of the request is larger than 1 MiB.",
    UnsupportedMediaType "ERR_UNSUPPORTED_MEDIA_TYPE" 415
        "The body of the request is not said to be `application/json`.",
    Invalid "ERR_INVALID" 422
        "A field has a wrong type or value, is missing, or does not exist. `errors` names each such field.",
    IdempotencyKeyReused "ERR_IDEMPOTENCY_KEY_REUSED" 422
        "Another request was sent with this `Idempotency-Key` in the last 24 hours.",
    TooManyRequests "ERR_TOO_MANY_REQUESTS" 429
        "The limit is reached. `Retry-After` says after how many seconds to try again.",
    Internal "ERR_INTERNAL" 500
        "The server itself has failed. Its log says why.",
    Unavailable "ERR_UNAVAILABLE" 503
        "The database is away, full or busy. `Retry-After` says when to try again; with the same `Idempotency-Key` nothing is done twice.",
}

/// What is wrong with one field or parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FieldError {
    /// The field of the body, the parameter or the header.
    #[schema(example = "rateLimit.second")]
    pub(super) field: String,
    /// A sentence for people.
    #[schema(example = "Give the key a name.")]
    pub(super) message: String,
}

/// A refused request (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemBody {
    /// Always `about:blank`: the code says what is wrong.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// The phrase of the HTTP status.
    #[schema(example = "Unprocessable Entity")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// Stable, for programs.
    #[schema(example = "ERR_INVALID")]
    code: &'static str,
    /// A sentence for people.
    #[schema(example = "Give the key a name.")]
    detail: String,
    /// What is wrong in which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) code: ProblemCode,
    pub(super) detail: String,
    pub(super) errors: Vec<FieldError>,
    /// Seconds after which it is worth asking again.
    pub(super) retry_after: Option<i64>,
}

impl Problem {
    pub(super) fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// A problem with one field, parameter or header.
    pub(super) fn at(code: ProblemCode, field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut problem = Self::new(code, message.clone());
        problem.errors.push(FieldError {
            field: field.to_owned(),
            message,
        });
        problem
    }

    /// A parameter or header has a wrong value.
    pub(super) fn parameter(name: &str, message: impl Into<String>) -> Self {
        Self::at(ProblemCode::BadRequest, name, message)
    }

    /// A field of the body has a wrong value.
    pub(super) fn field(name: &str, message: impl Into<String>) -> Self {
        Self::at(ProblemCode::Invalid, name, message)
    }

    /// The ID in the path has not the form of such an ID.
    pub(super) fn malformed_id(what: &str, prefix: &str) -> Self {
        let message = format!("This is not the ID of {what}; it looks like {prefix}8fQ2nLw0Zz.");
        Self::at(ProblemCode::NotFound, "id", message)
    }

    pub(super) fn internal() -> Self {
        Self::new(
            ProblemCode::Internal,
            "Something failed on the server. Its log says more.",
        )
    }

    pub(super) fn unavailable(detail: impl Into<String>, seconds: i64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::new(ProblemCode::Unavailable, detail)
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let mut problem = match &error {
            Error::Invalid(errors) => invalid(errors),
            Error::NotFound(why) => Self::new(ProblemCode::NotFound, why.to_string()),
            Error::Forbidden(why @ Forbidden::NeedsPerson) => Self::new(ProblemCode::PasswordNeeded, why.to_string()),
            Error::Forbidden(why) => Self::new(ProblemCode::Forbidden, why.to_string()),
            Error::SignedOut | Error::RefusedLogin(_) => Self::new(
                ProblemCode::Unauthenticated,
                "The token or the session has ended, or may not be used from here.",
            ),
            Error::PasswordNeeded => Self::new(ProblemCode::PasswordNeeded, ProblemCode::PasswordNeeded.meaning()),
            Error::Conflict(why) => Self::new(ProblemCode::Conflict, why.to_string()),
            Error::RefusedRequest(why) => refused(*why),
            Error::InvalidQuery(why) => invalid_query(why),
            Error::Busy(why) => Self::new(ProblemCode::Unavailable, why.to_string()),
            Error::Outage { outage, cause } => {
                log_limited!(error, %cause, "a request to the management API failed");
                Self::new(ProblemCode::Unavailable, outage.to_string())
            }
            Error::RefusedStart(_) | Error::Database(_) | Error::Internal(_) => {
                log_limited!(error, cause = %error, "a request to the management API failed");
                Self::internal()
            }
        };
        problem.retry_after = error.retry_after();
        problem
    }
}

fn invalid(errors: &FormErrors) -> Problem {
    let detail = errors.form.clone().unwrap_or_else(|| errors.to_string());
    let mut problem = Problem::new(ProblemCode::Invalid, detail);
    problem.errors = field_errors(errors);
    problem
}

fn refused(why: RefusedRequest) -> Problem {
    match why {
        RefusedRequest::ConditionFailed => Problem::new(ProblemCode::PreconditionFailed, why.to_string()),
        RefusedRequest::OtherRequest => {
            Problem::at(ProblemCode::IdempotencyKeyReused, "Idempotency-Key", why.to_string())
        }
        // Whoever changes something answers this itself.
        RefusedRequest::AnsweredBefore => Problem::internal(),
    }
}

fn invalid_query(why: &InvalidQuery) -> Problem {
    let message = why.to_string();
    match why {
        InvalidQuery::Token | InvalidQuery::NulCharacter => Problem::new(ProblemCode::BadRequest, message),
        InvalidQuery::Day { field: "From" }
        | InvalidQuery::FromAfterTo
        | InvalidQuery::NotYet
        | InvalidQuery::TooOld(_) => Problem::parameter("from", message),
        InvalidQuery::Day { .. } => Problem::parameter("to", message),
        InvalidQuery::AuditPage => Problem::parameter("cursor", message),
        InvalidQuery::Range => Problem::parameter("range", message),
        InvalidQuery::KeyId | InvalidQuery::UnknownKeyName(_) | InvalidQuery::AmbiguousKeyName(_) => {
            Problem::parameter("key", message)
        }
        InvalidQuery::UnknownCustomer(_) | InvalidQuery::KeyAndCustomer => Problem::parameter("customer", message),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = ProblemBody {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: self.code.as_str(),
            detail: self.detail,
            errors: self.errors,
        };
        let mut response = (status, serde_json::to_string(&body).unwrap_or_default()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"latchkey\""));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_one_word_with_one_status() {
        for code in ProblemCode::ALL {
            assert!(code.as_str().starts_with("ERR_"), "{code:?}");
            assert!((400..600).contains(&code.status()), "{code:?}");
            assert!(code.meaning().ends_with('.'), "{code:?}");
            let same = ProblemCode::ALL.iter().filter(|other| other.as_str() == code.as_str());
            assert_eq!(same.count(), 1, "{code:?}");
        }
    }

    #[test]
    fn a_forms_errors_are_told_by_the_fields_of_the_json() {
        let mut errors = FormErrors::at("limit_second", "Too high.");
        errors.add("name", "Give the key a name.");
        let problem = Problem::from(Error::Invalid(errors));
        let fields: Vec<&str> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["rateLimit.second", "name"]);
    }
}
