//! Why a request was refused, as a word for programs.

use serde::{Deserialize, Serialize};

/// The words never change, and each belongs to one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request cannot be read, or exceeds a limit.
    BadRequest,
    /// A form is invalid. Its fields say why.
    Invalid,
    /// A list, a report or an export cannot be read as it was asked for.
    InvalidQuery,
    /// There is no session, or it has ended.
    SignedOut,
    /// The person must first enter the password again.
    PasswordNeeded,
    /// The password or the code of a login is wrong, or was entered too long ago.
    LoginRefused,
    /// Passwords or codes were wrong too often. Waiting helps.
    TooManyAttempts,
    Forbidden,
    /// The session now belongs to another person than the page.
    OtherPerson,
    NotFound,
    /// The request does not fit the current state.
    Conflict,
    /// Too many requests need this work at the moment. Waiting helps.
    Busy,
    /// The database is away, full or busy. Waiting helps.
    Unavailable,
    /// The server itself has failed. Its log says why.
    Internal,
    /// The server did not answer. Only the browser says so.
    Unreachable,
}

impl ErrorCode {
    pub const ALL: [Self; 15] = [
        Self::BadRequest,
        Self::Invalid,
        Self::InvalidQuery,
        Self::SignedOut,
        Self::PasswordNeeded,
        Self::LoginRefused,
        Self::TooManyAttempts,
        Self::Forbidden,
        Self::OtherPerson,
        Self::NotFound,
        Self::Conflict,
        Self::Busy,
        Self::Unavailable,
        Self::Internal,
        Self::Unreachable,
    ];

    /// The word, as JSON and the log have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::Invalid => "invalid",
            Self::InvalidQuery => "invalid_query",
            Self::SignedOut => "signed_out",
            Self::PasswordNeeded => "password_needed",
            Self::LoginRefused => "login_refused",
            Self::TooManyAttempts => "too_many_attempts",
            Self::Forbidden => "forbidden",
            Self::OtherPerson => "other_person",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
            Self::Unreachable => "unreachable",
        }
    }

    /// The HTTP status (RFC 9110, section 15).
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::SignedOut | Self::PasswordNeeded | Self::LoginRefused => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::InvalidQuery => 409,
            // The request's header with the page's person is a condition that does not hold.
            Self::OtherPerson => 412,
            Self::Invalid => 422,
            Self::TooManyAttempts => 429,
            Self::Internal => 500,
            Self::Busy | Self::Unavailable | Self::Unreachable => 503,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_one_word_wherever_it_stands() {
        for code in ErrorCode::ALL {
            let json = serde_json::to_string(&code).unwrap();
            assert_eq!(json, format!("\"{}\"", code.as_str()));
            assert_eq!(serde_json::from_str::<ErrorCode>(&json).unwrap(), code);
            assert!((400..600).contains(&code.status()), "{code:?}");
        }
    }

    /// A browser that gets this status covers the page, whatever else the answer says.
    #[test]
    fn only_another_person_has_the_status_of_another_person() {
        let status = ErrorCode::OtherPerson.status();
        let same = ErrorCode::ALL.into_iter().filter(|code| code.status() == status);
        assert_eq!(same.collect::<Vec<_>>(), [ErrorCode::OtherPerson]);
    }
}
