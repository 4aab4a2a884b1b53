//! What can go wrong behind the screens, as types. The sentences for people stand beside them, in this folder. Only what is
//! invalid in a form has its sentences where the rules are, in `model`. `app::error` maps each error to a status and a code, once,
//! for pages, forms and server functions.

mod busy;
mod conflict;
mod database;
mod forbidden;
mod invalid_database_url;
mod invalid_query;
mod not_found;
mod outage;
mod refused_login;
mod refused_request;
mod refused_start;

use model::form::FormErrors;
use sea_orm::{DbErr, RuntimeErr};

pub use busy::Busy;
pub use conflict::Conflict;
pub use database::{DatabaseFailure, database_errors};
pub use forbidden::Forbidden;
pub(crate) use invalid_database_url::DATABASE_URL_MAX;
pub use invalid_database_url::InvalidDatabaseUrl;
pub use invalid_query::InvalidQuery;
pub use not_found::NotFound;
pub use outage::Outage;
pub use refused_login::RefusedLogin;
pub use refused_request::RefusedRequest;
pub use refused_start::RefusedStart;

/// Why the backend did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A form is invalid: in which fields, and why. Nothing was done.
    #[error(transparent)]
    Invalid(#[from] FormErrors),
    /// The thing does not exist, or no longer exists.
    #[error(transparent)]
    NotFound(#[from] NotFound),
    /// The person may not do that.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The session has ended, or its account is disabled.
    #[error("Your session has ended. Log in again.")]
    SignedOut,
    /// The action needs a recently entered password (like the step-up of RFC 9470).
    #[error("Confirm your password first.")]
    PasswordNeeded,
    /// A password or a code is wrong, or came too often. Only logging in answers so.
    #[error(transparent)]
    RefusedLogin(#[from] RefusedLogin),
    /// A change does not fit the present state.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// What a program's request says besides the change does not fit. Nothing was done.
    #[error(transparent)]
    RefusedRequest(#[from] RefusedRequest),
    /// The query of a list, a report or an export is wrong.
    #[error(transparent)]
    InvalidQuery(#[from] InvalidQuery),
    /// Too many requests ask for this now. Nothing was done, and waiting helps.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// An operator's files or master key do not belong together.
    #[error(transparent)]
    RefusedStart(#[from] RefusedStart),
    /// The database is away, full, read-only or busy. The cause is for the log only.
    #[error("the database is not available: {cause}")]
    Outage { outage: Outage, cause: DbErr },
    /// The database refused a statement, or gave an unexpected answer. The text is for the log only.
    #[error("the database failed: {0}")]
    Database(#[source] sea_orm::DbErr),
    /// Something failed in Latchkey itself. The text is for the log only.
    #[error("{0}")]
    Internal(String),
}

/// PostgreSQL's code for a character that no text can have: NUL
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
const CHARACTER_NOT_IN_REPERTOIRE: &str = "22021";

impl From<DbErr> for Error {
    /// Every failure of the database passes here on its way to whoever has to know of it, so it is counted here.
    fn from(error: DbErr) -> Self {
        if let DbErr::Query(RuntimeErr::SqlxError(cause)) | DbErr::Exec(RuntimeErr::SqlxError(cause)) = &error {
            let code = cause.as_database_error().and_then(sqlx::error::DatabaseError::code);
            if code.as_deref() == Some(CHARACTER_NOT_IN_REPERTOIRE) {
                return InvalidQuery::NulCharacter.into();
            }
        }
        let outage = Outage::of(&error);
        DatabaseFailure::of(outage).count();
        match outage {
            Some(outage) => Self::Outage { outage, cause: error },
            None => Self::Database(error),
        }
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whole seconds after which it is worth asking again, where waiting helps.
    pub const fn retry_after(&self) -> Option<i64> {
        match self {
            Self::Busy(busy) => Some(busy.retry_after()),
            Self::RefusedLogin(refused) => refused.retry_after(),
            Self::Outage { .. } => Some(Outage::RETRY_AFTER),
            _ => None,
        }
    }

    /// In what way the database is not available, if this is why the request failed.
    pub const fn outage(&self) -> Option<Outage> {
        match self {
            Self::Outage { outage, .. } => Some(*outage),
            _ => None,
        }
    }

    /// This error as the error of a commit. Where the connection broke, the database may have carried out the commit.
    pub(crate) fn at_commit(self) -> Self {
        match self {
            Self::Outage {
                outage: Outage::Unreachable,
                cause,
            } => Self::Outage {
                outage: Outage::OutcomeUnknown,
                cause,
            },
            error => error,
        }
    }

    /// An error about a turn to write that did not come in time.
    pub(crate) fn no_turn(limit: std::time::Duration) -> Self {
        let text = format!("no turn to write within {} seconds", limit.as_secs());
        DatabaseFailure::Statement.count();
        Self::Outage {
            outage: Outage::Busy,
            cause: DbErr::Custom(text),
        }
    }

    /// An error about a database that did not answer in time.
    pub(crate) fn silent_database(limit: std::time::Duration) -> Self {
        let text = format!("no answer within {} seconds", limit.as_secs());
        DatabaseFailure::Connection.count();
        Self::Outage {
            outage: Outage::Unreachable,
            cause: DbErr::Custom(text),
        }
    }

    /// An error about a value in a column that no version of Latchkey writes.
    pub(crate) fn stored(what: &str, value: &str) -> Self {
        Self::Internal(format!("the database holds an unknown {what}: {value:?}"))
    }
}
