//! The reason why a server function or a form failed: a code for programs, and a sentence for people. Technical causes go to the log.

#[cfg(feature = "ssr")]
mod backend_error;

use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use model::error_code::ErrorCode;
use model::form::FormErrors;
use serde::{Deserialize, Serialize};

use crate::json::JsonText;

#[cfg(feature = "ssr")]
pub use self::backend_error::{code_of, error_answer, form_answer, form_errors, page_sentence, status_of};

/// The error type of all server functions, and of the forms that the scripts of a page send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppError {
    pub code: ErrorCode,
    /// The sentence for the person.
    pub detail: String,
}

impl AppError {
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// There is no session, or it has ended.
    pub fn signed_out() -> Self {
        Self::new(
            ErrorCode::SignedOut,
            "Your session has ended. Log in again in another tab, then try once more: nothing you typed is lost.",
        )
    }

    /// The session now belongs to the person with this e-mail address, but the page belongs to another person.
    pub fn other_person(email: &str) -> Self {
        Self::new(
            ErrorCode::OtherPerson,
            format!("This browser is now logged in as {email}. Nothing was done. Reload the page to go on."),
        )
    }

    /// The request is not one that the scripts of this page send.
    pub fn not_understood() -> Self {
        Self::new(
            ErrorCode::BadRequest,
            "The server did not understand the request. Reload the page and try again.",
        )
    }

    fn internal() -> Self {
        Self::new(
            ErrorCode::Internal,
            "Something failed on the server. Nothing was changed. Its log says more.",
        )
    }

    /// The database is not available, and a person wanted to read something.
    #[cfg(feature = "ssr")]
    pub fn unreadable_database(outage: backend::error::Outage) -> Self {
        Self::new(ErrorCode::Unavailable, outage.sentence_for_reading())
    }

    pub(crate) fn unreachable() -> Self {
        Self::new(
            ErrorCode::Unreachable,
            "The server did not answer. Check the connection and try again.",
        )
    }

    /// The sentence for the person.
    pub fn message(&self) -> String {
        self.detail.clone()
    }

    /// Whether the person must first enter the password again.
    pub(crate) fn needs_password(&self) -> bool {
        self.code == ErrorCode::PasswordNeeded
    }

    /// Whether the query of a list or a report was refused, so that another one may help.
    pub(crate) const fn is_about_query(&self) -> bool {
        matches!(self.code, ErrorCode::InvalidQuery | ErrorCode::BadRequest)
    }

    /// Whether trying again may help.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(
            self.code,
            ErrorCode::Busy | ErrorCode::Unavailable | ErrorCode::Internal | ErrorCode::Unreachable
        )
    }
}

/// A form that was not sent, or not accepted, shows the reason above its fields.
impl From<AppError> for FormErrors {
    fn from(error: AppError) -> Self {
        Self::whole(error.detail)
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonText;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::unreachable(),
            // In the browser, this means that the answer did not come from our server. A proxy may have sent it.
            ServerFnErrorErr::Deserialization(_) if !cfg!(feature = "ssr") => Self::unreachable(),
            ServerFnErrorErr::Args(cause)
            | ServerFnErrorErr::MissingArg(cause)
            | ServerFnErrorErr::Deserialization(cause) => {
                #[cfg(feature = "ssr")]
                if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
                    response.set_status(http::StatusCode::BAD_REQUEST);
                }
                match model::bounded::too_many(&cause) {
                    Some(sentence) => Self::new(ErrorCode::BadRequest, sentence),
                    // The rest of the cause may contain what the person sent, so it is not logged.
                    None => Self::not_understood(),
                }
            }
            _ => Self::internal(),
        }
    }
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::{Decodes as _, Encodes as _};

    use super::*;

    /// Browser tests answer in place of the server, and programs read the code.
    #[test]
    fn an_error_is_sent_as_its_code_and_its_sentence() {
        let error = AppError::new(ErrorCode::NotFound, "There is no key key_0000000000.");
        let sent = JsonText::encode(&error).unwrap();
        assert_eq!(
            std::str::from_utf8(&sent).unwrap(),
            r#"{"code":"not_found","detail":"There is no key key_0000000000."}"#
        );
        assert_eq!(JsonText::decode(sent).ok(), Some(error));
    }
}
