//! The cookies: a session, a known browser, a log-in that waits for its code, the screen to go to after it, and the
//! environment that was chosen last.

use std::sync::Arc;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str};

use super::return_path::ReturnPath;

/// What the value of a cookie cannot hold (RFC 6265, section 4.1.1), and the escape itself.
const NOT_IN_COOKIES: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%').add(b',').add(b';').add(b'\\');

/// Seven days: what a session lasts at most (RFC 6265bis `Max-Age`, in seconds).
const SESSION_AGE: u32 = 7 * 86_400;
/// Five minutes: what there is to enter a code after the password.
const LOGIN_AGE: u32 = 300;
/// Half an hour: how long a screen is remembered that somebody asked for before logging in.
const NEXT_AGE: u32 = 1_800;
/// A year.
const LONG: u32 = 365 * 86_400;

const SESSION: &str = "latchkey_session";
const DEVICE: &str = "latchkey_device";
const LOGIN: &str = "latchkey_login";
const NEXT: &str = "latchkey_next";
/// Written by the browser's half, too (`app::cookie`), so scripts may read it. It holds a name and no secret.
const ENVIRONMENT: &str = "latchkey_environment";
/// Set by the browser's half while a person uses the page; says nothing and proves nothing.
const ACTIVE: &str = "latchkey_active";

/// The cookies of this instance. Browsers keep them by host, whatever the port (RFC 6265, section 8.5), so their names carry
/// which instance they are of: two on one host do not log each other's people out.
#[derive(Clone, Debug)]
pub(crate) struct Cookies {
    instance: Arc<str>,
    /// Whether browsers reach us by https.
    secure: bool,
}

impl Cookies {
    pub(super) fn new(instance: &str, secure: bool) -> Self {
        Self {
            instance: instance.into(),
            secure,
        }
    }

    /// Whether somebody used the page in the last minute.
    pub(super) fn somebody_is_there(&self, headers: &HeaderMap) -> bool {
        read(headers, &self.open_name(ACTIVE)).is_some()
    }

    /// The session token that a browser sent.
    pub(super) fn session(&self, headers: &HeaderMap) -> Option<String> {
        read(headers, &self.name(SESSION))
    }

    pub(super) fn device(&self, headers: &HeaderMap) -> Option<String> {
        read(headers, &self.name(DEVICE))
    }

    /// The ticket of who has entered a right password and no code yet.
    pub(super) fn login(&self, headers: &HeaderMap) -> Option<String> {
        read(headers, &self.name(LOGIN))
    }

    /// The environment that was chosen last; empty for all.
    pub(super) fn environment(&self, headers: &HeaderMap) -> String {
        let value = read(headers, &self.open_name(ENVIRONMENT)).unwrap_or_default();
        percent_decode_str(&value).decode_utf8_lossy().into_owned()
    }

    pub(super) fn set_session(&self, token: &str) -> Option<HeaderValue> {
        self.set(SESSION, token, SESSION_AGE)
    }

    pub(super) fn set_device(&self, value: &str) -> Option<HeaderValue> {
        self.set(DEVICE, value, LONG)
    }

    pub(super) fn set_login(&self, ticket: &str) -> Option<HeaderValue> {
        self.set(LOGIN, ticket, LOGIN_AGE)
    }

    pub(super) fn end_login(&self) -> Option<HeaderValue> {
        self.set(LOGIN, "", 0)
    }

    /// The screen that somebody asked for before logging in, where it is one of ours.
    pub(super) fn next(&self, headers: &HeaderMap) -> Option<ReturnPath> {
        let value = read(headers, &self.name(NEXT))?;
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
        let (name, attributes) = (self.open_name(ENVIRONMENT), self.attributes());
        format!("{name}={value}; Path=/; Max-Age={LONG}; SameSite=Lax{attributes}")
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

    /// With https the prefix `__Host-` keeps other hosts of the domain from setting the cookie.
    fn name(&self, base: &str) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        format!("{prefix}{base}_{}", self.instance)
    }

    /// The name of a cookie that scripts write as well.
    fn open_name(&self, base: &str) -> String {
        format!("{base}_{}", self.instance)
    }
}

fn read(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value.to_owned())
}
