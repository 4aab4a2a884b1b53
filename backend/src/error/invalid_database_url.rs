/// The longest URL of a database, in bytes.
pub(crate) const DATABASE_URL_MAX: usize = 2_000;

/// Why a URL of a PostgreSQL database cannot be used. The sentences repeat nothing of the URL, since any part of it may
/// belong to a password that was not encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDatabaseUrl {
    #[error("the database URL is longer than {} bytes", DATABASE_URL_MAX)]
    TooLong,
    #[error("the database URL begins neither with postgres:// nor with postgresql://")]
    Scheme,
    #[error("the database URL has a character that must be written with a percent sign, such as %20 for a space")]
    Character,
    #[error(
        "the database URL has a parameter that Latchkey does not know; it knows {0}. A question mark or & in a password is written %3F or %26"
    )]
    Parameter(&'static str),
    #[error(
        "the database URL cannot be read: write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special characters \
         of the password as %3A (:), %2F (/), %40 (@), %25 (%), and sslmode as disable, allow, prefer, require, verify-ca \
         or verify-full"
    )]
    Unreadable,
}
