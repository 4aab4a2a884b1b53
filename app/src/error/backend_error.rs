//! The one mapping of the backend's errors: to a code and with it an HTTP status, to the sentence for people, and to the fields of
//! a form. Pages, forms and server functions use it.

use backend::Error;
use backend::error::RefusedLogin;
use http::StatusCode;
use model::error_code::ErrorCode;
use model::form::{FormAnswer, FormErrors};

use super::AppError;

/// The code of an error, for programs.
pub const fn code_of(error: &Error) -> ErrorCode {
    match error {
        Error::Invalid(_) => ErrorCode::Invalid,
        Error::NotFound(_) => ErrorCode::NotFound,
        Error::Forbidden(_) => ErrorCode::Forbidden,
        Error::SignedOut => ErrorCode::SignedOut,
        Error::PasswordNeeded => ErrorCode::PasswordNeeded,
        Error::RefusedLogin(RefusedLogin::TooManyAttempts { .. }) => ErrorCode::TooManyAttempts,
        Error::RefusedLogin(_) => ErrorCode::LoginRefused,
        Error::Conflict(_) | Error::RefusedRequest(_) => ErrorCode::Conflict,
        Error::InvalidQuery(_) => ErrorCode::InvalidQuery,
        Error::Busy(_) => ErrorCode::Busy,
        Error::Outage { .. } => ErrorCode::Unavailable,
        // A request meets a refused start only where the database was exchanged under a running server.
        Error::RefusedStart(_) | Error::Database(_) | Error::Internal(_) => ErrorCode::Internal,
    }
}

/// The status that answers an error.
pub fn status_of(error: &Error) -> StatusCode {
    http_status(code_of(error))
}

/// The sentence on a page without scripts. The cause of our own failures is for the log only.
pub fn page_sentence(error: &Error) -> String {
    match code_of(error) {
        ErrorCode::Internal => "Something failed on the server. Nothing was changed. Try again.".to_owned(),
        _ => sentence(error),
    }
}

/// The sentence for people, of an error that has one.
fn sentence(error: &Error) -> String {
    error
        .outage()
        .map_or_else(|| error.to_string(), |outage| outage.to_string())
}

/// The errors in a form on a page without scripts: what is invalid at its fields, everything else above them.
pub fn form_errors(error: &Error) -> FormErrors {
    match error {
        Error::Invalid(errors) => errors.clone(),
        error => FormErrors::whole(page_sentence(error)),
    }
}

/// The answer to a form that the scripts of a page have sent. A form that is invalid is no failure, see [`FormAnswer`].
///
/// # Errors
/// All errors except [`Error::Invalid`].
pub fn form_answer<T>(outcome: backend::Result<T>) -> backend::Result<FormAnswer<T>> {
    match outcome {
        Ok(done) => Ok(FormAnswer::Done(done)),
        Err(Error::Invalid(errors)) => Ok(FormAnswer::Invalid(errors)),
        Err(error) => Err(error),
    }
}

/// The answer to the scripts of a page. Logs the cause of our own failures.
pub fn error_answer(error: &Error) -> AppError {
    let answer = AppError::from(error);
    if matches!(answer.code, ErrorCode::Internal | ErrorCode::Unavailable) {
        tracing::error!(code = answer.code.as_str(), cause = %error, "a request of the scripts of a page failed");
    }
    answer
}

impl AppError {
    /// The status of an answer with this error.
    pub fn status(&self) -> StatusCode {
        http_status(self.code)
    }
}

fn http_status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl From<&Error> for AppError {
    fn from(error: &Error) -> Self {
        match code_of(error) {
            // The cause is for the log only.
            ErrorCode::Internal => Self::internal(),
            ErrorCode::SignedOut => Self::signed_out(),
            code => Self::new(code, sentence(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use backend::error::{Busy, Conflict, Forbidden, InvalidQuery, NotFound, RefusedRequest, RefusedStart};

    use super::*;

    /// One error of each variant, in the order of [`Error`], and two of `RefusedLogin`, which has two codes. There is none of
    /// `Database` and of `Outage`, since this crate cannot make one. The tests of the server have them.
    fn errors() -> Vec<Error> {
        vec![
            FormErrors::at("name", "Give the key a name.").into(),
            NotFound::Endpoint.into(),
            Forbidden::SpentLink.into(),
            Error::SignedOut,
            Error::PasswordNeeded,
            RefusedLogin::WrongCredentials.into(),
            RefusedLogin::TooManyAttempts { seconds: 30 }.into(),
            Conflict::NoSecondFactor.into(),
            InvalidQuery::Range.into(),
            Busy::Passwords.into(),
            RefusedStart::DamagedBackup.into(),
            RefusedRequest::ConditionFailed.into(),
            Error::Internal("secret".to_owned()),
        ]
    }

    /// The place of a variant in `errors`. A new variant does not compile without one.
    const fn place(error: &Error) -> usize {
        match error {
            Error::Invalid(_) => 0,
            Error::NotFound(_) => 1,
            Error::Forbidden(_) => 2,
            Error::SignedOut => 3,
            Error::PasswordNeeded => 4,
            Error::RefusedLogin(RefusedLogin::TooManyAttempts { .. }) => 6,
            Error::RefusedLogin(_) => 5,
            Error::Conflict(_) => 7,
            Error::InvalidQuery(_) => 8,
            Error::Busy(_) => 9,
            Error::RefusedStart(_) => 10,
            Error::RefusedRequest(_) => 11,
            Error::Database(_) | Error::Internal(_) => 12,
            Error::Outage { .. } => 13,
        }
    }

    #[test]
    fn each_error_has_its_code_and_status() {
        let answers = errors().into_iter().enumerate().map(|(index, error)| {
            assert_eq!(place(&error), index, "{error:?}");
            let answer = AppError::from(&error);
            assert_eq!(answer.status(), status_of(&error));
            (answer.code.as_str(), answer.status().as_u16())
        });
        assert_eq!(
            answers.collect::<Vec<_>>(),
            [
                ("invalid", 422),
                ("not_found", 404),
                ("forbidden", 403),
                ("signed_out", 401),
                ("password_needed", 401),
                ("login_refused", 401),
                ("too_many_attempts", 429),
                ("conflict", 409),
                ("invalid_query", 409),
                ("busy", 503),
                ("internal", 500),
                ("conflict", 409),
                ("internal", 500),
            ]
        );
    }

    #[test]
    fn a_cause_stays_in_the_log() {
        for error in errors() {
            let answer = AppError::from(&error);
            for sentence in [answer.detail, page_sentence(&error)] {
                assert!(sentence.ends_with('.'), "{sentence}");
                assert!(!sentence.contains("secret"), "{sentence}");
            }
        }
    }

    #[test]
    fn only_what_is_invalid_has_a_field() {
        for error in errors() {
            let expected = match &error {
                Error::Invalid(errors) => errors.clone(),
                error => FormErrors::whole(page_sentence(error)),
            };
            assert_eq!(form_errors(&error), expected);
        }
    }

    #[test]
    fn a_form_of_scripts_that_is_invalid_is_no_failure() {
        for error in errors() {
            match (place(&error), form_answer::<()>(Err(error))) {
                (0, Ok(FormAnswer::Invalid(errors))) => assert!(errors.of("name").is_some()),
                (0, other) => panic!("{other:?}"),
                (_, answer) => assert!(answer.is_err(), "{answer:?}"),
            }
        }
        assert_eq!(form_answer(Ok(7)).unwrap(), FormAnswer::Done(7));
    }
}
