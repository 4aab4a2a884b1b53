//! The reason why a server function failed, as a sentence for people. Technical causes go to the log.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// The error type of all server functions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppError {
    /// There is no session, or it has ended.
    SignedOut,
    /// The person must first enter the password again.
    PasswordNeeded,
    Forbidden(String),
    /// The session now belongs to the person with this e-mail address, but the page belongs to another person.
    OtherPerson(String),
    NotFound(String),
    /// The request does not fit the current state.
    Refused(String),
    /// Too many requests need this work at the moment. Waiting helps.
    Busy(String),
    /// The server itself failed.
    Failed,
    /// The server did not answer.
    Unreachable,
}

impl AppError {
    /// The sentence for the person.
    pub fn message(&self) -> String {
        match self {
            Self::SignedOut => {
                "Your session has ended. Log in again in another tab, then try once more: nothing you typed is lost."
                    .to_owned()
            }
            Self::PasswordNeeded => "Confirm your password first.".to_owned(),
            Self::OtherPerson(email) => {
                format!("This browser is now logged in as {email}. Nothing was done. Reload the page to go on.")
            }
            Self::Forbidden(message) | Self::NotFound(message) | Self::Refused(message) | Self::Busy(message) => {
                message.clone()
            }
            Self::Failed => "Something failed on the server. Nothing was changed. Its log says more.".to_owned(),
            Self::Unreachable => "The server did not answer. Check the connection and try again.".to_owned(),
        }
    }
}

impl AppError {
    /// Whether trying again may help.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Failed | Self::Unreachable)
    }
}

/// The status that answers an error of the backend: one mapping for pages, forms and server functions.
#[cfg(feature = "ssr")]
pub fn status_of(error: &backend::Error) -> http::StatusCode {
    use backend::Error;
    use http::StatusCode;
    match error {
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::SignedOut | Error::PasswordNeeded => StatusCode::UNAUTHORIZED,
        Error::Conflict(_) | Error::InvalidQuery(_) => StatusCode::CONFLICT,
        Error::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
        // A request meets a refused start only if the database was exchanged under a running server.
        Error::RefusedStart(_) | Error::Database(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What the browser learns about an error of the backend.
#[cfg(feature = "ssr")]
impl From<&backend::Error> for AppError {
    fn from(error: &backend::Error) -> Self {
        use backend::Error;
        match error {
            Error::NotFound(error) => Self::NotFound(error.to_string()),
            Error::Forbidden(error) => Self::Forbidden(error.to_string()),
            Error::SignedOut => Self::SignedOut,
            Error::PasswordNeeded => Self::PasswordNeeded,
            Error::Conflict(error) => Self::Refused(error.to_string()),
            Error::InvalidQuery(error) => Self::Refused(error.to_string()),
            Error::Busy(error) => Self::Busy(error.to_string()),
            Error::RefusedStart(_) | Error::Database(_) | Error::Internal(_) => Self::Failed,
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            // In the browser, this means that the answer did not come from our server. A proxy may have sent it.
            ServerFnErrorErr::Deserialization(_) if !cfg!(feature = "ssr") => Self::Unreachable,
            ServerFnErrorErr::Args(cause)
            | ServerFnErrorErr::MissingArg(cause)
            | ServerFnErrorErr::Deserialization(cause) => {
                #[cfg(feature = "ssr")]
                if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
                    response.set_status(http::StatusCode::BAD_REQUEST);
                }
                Self::Refused(match model::bounded::too_many(&cause) {
                    Some(sentence) => sentence,
                    // The rest of the cause may contain what the person sent, so it is not logged.
                    None => "The server did not understand the request. Reload the page and try again.".to_owned(),
                })
            }
            _ => Self::Failed,
        }
    }
}
