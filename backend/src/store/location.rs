//! Where the data is: a SQLite file, or a PostgreSQL database.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;

use crate::error::{DATABASE_URL_MAX, InvalidDatabaseUrl};

/// The parameters that a URL may have, as in libpq
/// (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>).
const PARAMETERS: [&str; 11] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
];
const PARAMETER_NAMES: &str =
    "application_name, dbname, host, hostaddr, options, password, port, sslcert, sslkey, sslmode, sslrootcert and user";

/// Where the data is.
#[derive(Clone, Debug)]
pub enum Location {
    /// A SQLite file, made when it does not exist.
    Sqlite(PathBuf),
    /// A PostgreSQL database, which several nodes may share.
    Postgres(DatabaseUrl),
}

/// The URL of a PostgreSQL database. Its password appears in no text that this type writes.
#[derive(Clone)]
pub struct DatabaseUrl(SecretString);

impl DatabaseUrl {
    /// What a connection needs, with the password.
    pub(crate) fn options(&self) -> Result<PgConnectOptions, InvalidDatabaseUrl> {
        PgConnectOptions::from_str(self.0.expose_secret()).map_err(|_| InvalidDatabaseUrl::Unreadable)
    }
}

/// Reads a URL such as `postgres://latchkey@db.example.com/latchkey?sslmode=verify-full`.
impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > DATABASE_URL_MAX {
            return Err(InvalidDatabaseUrl::TooLong);
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(InvalidDatabaseUrl::Scheme);
        }
        // The part after a number sign would be ignored, and with it the rest of a password.
        if !text
            .chars()
            .all(|character| character.is_ascii_graphic() && character != '#')
        {
            return Err(InvalidDatabaseUrl::Character);
        }
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        // A slash in a password ends the host, and what follows would be shown as the name of the database.
        let path = address.splitn(4, '/').nth(3);
        if path.is_some_and(|path| path.contains(['@', '/'])) {
            return Err(InvalidDatabaseUrl::Unreadable);
        }
        // sqlx ignores unknown parameters and writes them to the log.
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let name = parameter.split_once('=').map_or(parameter, |(name, _)| name);
            if name != "user" && !PARAMETERS.contains(&name) {
                return Err(InvalidDatabaseUrl::Parameter(PARAMETER_NAMES));
            }
        }
        let url = Self(text.into());
        url.options()?;
        Ok(url)
    }
}

/// User, host and database.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(options) = self.options() else {
            return formatter.write_str("postgres://");
        };
        let database = options.get_database().unwrap_or_else(|| options.get_username());
        let user = options.get_username();
        match options.get_socket() {
            Some(socket) => write!(formatter, "postgres://{user}@/{database}?host={}", socket.display()),
            None => write!(
                formatter,
                "postgres://{user}@{}:{}/{database}",
                options.get_host(),
                options.get_port()
            ),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<DatabaseUrl, InvalidDatabaseUrl> {
        text.parse()
    }

    #[test]
    fn no_text_shows_the_password() {
        for text in [
            "postgres://ada:hunter2@db.example.com:6432/keys?sslmode=require",
            "postgresql://ada@db.example.com:6432/keys?password=hunter2",
        ] {
            let url = read(text).unwrap();
            assert_eq!(url.to_string(), "postgres://ada@db.example.com:6432/keys");
            assert_eq!(
                format!("{:?}", Location::Postgres(url)),
                "Postgres(DatabaseUrl(postgres://ada@db.example.com:6432/keys))"
            );
        }
    }

    #[test]
    fn a_url_that_cannot_be_used_is_refused_without_a_word_of_it() {
        let long = format!("postgres://ada:hunter2@host/{}", "x".repeat(DATABASE_URL_MAX));
        for (text, why) in [
            ("mysql://ada:hunter2@host/keys", InvalidDatabaseUrl::Scheme),
            ("postgres://ada:hunter2 @host/keys", InvalidDatabaseUrl::Character),
            ("postgres://ada:hunter2#x@host/keys", InvalidDatabaseUrl::Character),
            ("postgres://ada:hunter2ä@host/keys", InvalidDatabaseUrl::Character),
            (
                "postgres://ada:x?hunter2@host/keys",
                InvalidDatabaseUrl::Parameter(PARAMETER_NAMES),
            ),
            (
                "postgres://host/keys?sslmod=verify-full",
                InvalidDatabaseUrl::Parameter(PARAMETER_NAMES),
            ),
            ("postgres://host/keys?sslmode=hunter2", InvalidDatabaseUrl::Unreadable),
            ("postgres://ada:x/hunter2@host/keys", InvalidDatabaseUrl::Unreadable),
            ("postgres://ada:5/hunter2@host", InvalidDatabaseUrl::Unreadable),
            ("postgres://ada:5/hunter2/keys", InvalidDatabaseUrl::Unreadable),
            (long.as_str(), InvalidDatabaseUrl::TooLong),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error, why, "{text}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        for name in PARAMETERS {
            assert!(PARAMETER_NAMES.contains(name), "{name}");
        }
    }
}
