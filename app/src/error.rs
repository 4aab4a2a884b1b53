//! Why a server function failed, as a sentence for people. Causes go to the log.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// The one error of all server functions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppError {
    /// There is no session, or it has ended.
    SignedOut,
    /// The person has to enter the password again first.
    PasswordNeeded,
    Forbidden(String),
    /// The session belongs to this person now, and the page to another one.
    OtherPerson(String),
    NotFound(String),
    /// The request does not fit the current state.
    Refused(String),
    /// Too many people ask for this now. Waiting helps.
    Busy(String),
    /// Our own failure.
    Failed,
    /// The server did not answer.
    Unreachable,
}

impl AppError {
    /// What to tell the person.
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
    /// Whether asking again may help.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Failed | Self::Unreachable)
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            // In the browser: the answer did not come from our server. A proxy may have sent it.
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
                    // The rest of the cause may hold what the person sent.
                    None => "The server did not understand the request. Reload the page and try again.".to_owned(),
                })
            }
            _ => Self::Failed,
        }
    }
}
