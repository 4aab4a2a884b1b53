//! The cookies: the session, the known browser, a login that waits for its code, the screen to show after the login, the
//! environment that was chosen last, the language of the requests in the API Reference, and how a person wants to see the console.

use std::sync::Arc;

use app::preferences::{Preferences, Theme, Times};
use http::header::{ACCEPT_LANGUAGE, COOKIE};
use http::{HeaderMap, HeaderValue};
use model::number::Separator;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str};

use super::return_path::ReturnPath;

/// The characters that the value of a cookie cannot contain (RFC 6265, section 4.1.1), and the escape character.
const NOT_IN_COOKIES: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%').add(b',').add(b';').add(b'\\');

/// Seven days, the longest life of a session (RFC 6265bis `Max-Age`, in seconds).
const SESSION_AGE: u32 = 7 * 86_400;
/// Five minutes, the time to enter a code after the password.
const LOGIN_AGE: u32 = 300;
/// Half an hour, for which the screen that a person requested before logging in is remembered.
const NEXT_AGE: u32 = 1_800;
const ONE_YEAR: u32 = 365 * 86_400;

const SESSION: &str = "latchkey_session";
const DEVICE: &str = "latchkey_device";
const LOGIN: &str = "latchkey_login";
const NEXT: &str = "latchkey_next";
/// Scripts read and write this cookie, too (`app::cookie`). It holds a name and no secret.
const ENVIRONMENT: &str = "latchkey_environment";
/// Scripts write this cookie.
const LANGUAGE: &str = "latchkey_language";
/// Scripts write these cookies, too. They hold words of `app::preferences`.
const THEME: &str = "latchkey_theme";
const TIMES: &str = "latchkey_times";
/// Scripts set this cookie while a person uses the page. It proves nothing.
const ACTIVE: &str = "latchkey_active";

/// The cookies of this instance. Their names contain the ID of the instance, because browsers store cookies for a host and ignore
/// the port (RFC 6265, section 8.5). So two instances on one host do not log out each other's people.
#[derive(Clone, Debug)]
pub(crate) struct Cookies {
    instance: Arc<str>,
    /// Whether browsers reach the console by https.
    secure: bool,
}

impl Cookies {
    pub(super) fn new(instance: &str, secure: bool) -> Self {
        Self {
            instance: instance.into(),
            secure,
        }
    }

    /// Whether a person used the page in the last minute.
    pub(super) fn is_person_active(&self, headers: &HeaderMap) -> bool {
        read_cookie(headers, &self.script_readable_name(ACTIVE)).is_some()
    }

    /// The session token that a browser sent.
    pub(super) fn session(&self, headers: &HeaderMap) -> Option<String> {
        read_cookie(headers, &self.name(SESSION))
    }

    pub(super) fn device(&self, headers: &HeaderMap) -> Option<String> {
        read_cookie(headers, &self.name(DEVICE))
    }

    /// The ticket of a person who has entered the right password, but no code yet.
    pub(super) fn login(&self, headers: &HeaderMap) -> Option<String> {
        read_cookie(headers, &self.name(LOGIN))
    }

    /// The environment that was chosen last, or empty for all environments.
    pub(super) fn environment(&self, headers: &HeaderMap) -> String {
        let value = read_cookie(headers, &self.script_readable_name(ENVIRONMENT)).unwrap_or_default();
        percent_decode_str(&value).decode_utf8_lossy().into_owned()
    }

    /// The language in which the person read the API Reference last, or empty.
    pub(super) fn language(&self, headers: &HeaderMap) -> String {
        read_cookie(headers, &self.script_readable_name(LANGUAGE)).unwrap_or_default()
    }

    /// How the person wants to see the console: what was chosen in this browser, and the separators of its languages. A word that is
    /// unknown counts as none, and so do languages that are not ASCII.
    pub(super) fn preferences(&self, headers: &HeaderMap) -> Preferences {
        let word = |base| read_cookie(headers, &self.script_readable_name(base));
        let languages = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|languages| languages.to_str().ok());
        Preferences {
            theme: word(THEME).and_then(|word| Theme::parse(&word)).unwrap_or_default(),
            times: word(TIMES).and_then(|word| Times::parse(&word)).unwrap_or_default(),
            numbers: languages.map(Separator::of_languages).unwrap_or_default(),
        }
    }

    pub(super) fn set_theme(&self, theme: Theme) -> Option<HeaderValue> {
        self.set_script_readable(THEME, theme.word())
    }

    pub(super) fn set_times(&self, times: Times) -> Option<HeaderValue> {
        self.set_script_readable(TIMES, times.word())
    }

    pub(super) fn set_session(&self, token: &str) -> Option<HeaderValue> {
        self.set(SESSION, token, SESSION_AGE)
    }

    pub(super) fn set_device(&self, value: &str) -> Option<HeaderValue> {
        self.set(DEVICE, value, ONE_YEAR)
    }

    pub(super) fn set_login(&self, ticket: &str) -> Option<HeaderValue> {
        self.set(LOGIN, ticket, LOGIN_AGE)
    }

    pub(super) fn end_login(&self) -> Option<HeaderValue> {
        self.set(LOGIN, "", 0)
    }

    /// The screen that a person requested before logging in, or `None` if it is not on this site.
    pub(super) fn next(&self, headers: &HeaderMap) -> Option<ReturnPath> {
        let value = read_cookie(headers, &self.name(NEXT))?;
        ReturnPath::parse(&percent_decode_str(&value).decode_utf8().ok()?)
    }

    pub(super) fn set_next(&self, screen: &ReturnPath) -> Option<HeaderValue> {
        let value = percent_encoding::utf8_percent_encode(screen.as_str(), NOT_IN_COOKIES).to_string();
        self.set(NEXT, &value, NEXT_AGE)
    }

    pub(super) fn end_next(&self) -> Option<HeaderValue> {
        self.set(NEXT, "", 0)
    }

    pub(super) fn end_session(&self) -> Option<HeaderValue> {
        self.set(SESSION, "", 0)
    }

    pub(super) fn set_environment(&self, name: &str) -> Option<HeaderValue> {
        let value = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        self.set_script_readable(ENVIRONMENT, &value.to_string())
    }

    /// Sets a cookie that scripts read and write, too, for a year.
    fn set_script_readable(&self, base: &str, value: &str) -> Option<HeaderValue> {
        let (name, attributes) = (self.script_readable_name(base), self.attributes());
        format!("{name}={value}; Path=/; Max-Age={ONE_YEAR}; SameSite=Lax{attributes}")
            .parse()
            .ok()
    }

    fn set(&self, base: &str, value: &str, age: u32) -> Option<HeaderValue> {
        let (name, attributes) = (self.name(base), self.attributes());
        format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{attributes}")
            .parse()
            .ok()
    }

    const fn attributes(&self) -> &'static str {
        if self.secure { "; Secure" } else { "" }
    }

    /// The full name of a cookie. With https, it has the prefix `__Host-`, so that other hosts of the domain cannot set the cookie.
    fn name(&self, base: &str) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        format!("{prefix}{base}_{}", self.instance)
    }

    /// The full name of a cookie that scripts read and write, too.
    fn script_readable_name(&self, base: &str) -> String {
        format!("{base}_{}", self.instance)
    }
}

fn read_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}
