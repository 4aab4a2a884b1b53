//! The cookies: a session, a known browser, a log-in that waits for its code, and the environment that was chosen last.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;

/// Seven days: what a session lasts at most (RFC 6265bis `Max-Age`, in seconds).
const SESSION_AGE: u32 = 7 * 86_400;
/// Five minutes: what there is to enter a code after the password.
const LOGIN_AGE: u32 = 300;
/// A year.
const LONG: u32 = 365 * 86_400;

const SESSION: &str = "latchkey_session";
const DEVICE: &str = "latchkey_device";
const LOGIN: &str = "latchkey_login";
/// Written by the browser's half, too, so scripts may read it. It holds a name and no secret.
const ENVIRONMENT: &str = "latchkey_environment";

/// Set by the browser's half while a person uses the page; says nothing and proves nothing.
const ACTIVE: &str = "latchkey_active";

/// Whether somebody used the page in the last minute.
pub(super) fn somebody_is_there(headers: &HeaderMap) -> bool {
    read(headers, ACTIVE).is_some()
}

/// The session token that a browser sent.
pub(super) fn session(headers: &HeaderMap, secure: bool) -> Option<String> {
    read(headers, &name(SESSION, secure))
}

pub(super) fn device(headers: &HeaderMap, secure: bool) -> Option<String> {
    read(headers, &name(DEVICE, secure))
}

/// The ticket of who has entered a right password and no code yet.
pub(super) fn login(headers: &HeaderMap, secure: bool) -> Option<String> {
    read(headers, &name(LOGIN, secure))
}

/// The environment that was chosen last; empty for all.
pub(super) fn environment(headers: &HeaderMap) -> String {
    let value = read(headers, ENVIRONMENT).unwrap_or_default();
    percent_decode_str(&value).decode_utf8_lossy().into_owned()
}

pub(super) fn set_session(token: &str, secure: bool) -> Option<HeaderValue> {
    set(SESSION, token, SESSION_AGE, secure)
}

pub(super) fn set_device(value: &str, secure: bool) -> Option<HeaderValue> {
    set(DEVICE, value, LONG, secure)
}

pub(super) fn set_login(ticket: &str, secure: bool) -> Option<HeaderValue> {
    set(LOGIN, ticket, LOGIN_AGE, secure)
}

pub(super) fn end_login(secure: bool) -> Option<HeaderValue> {
    set(LOGIN, "", 0, secure)
}

pub(super) fn end_session(secure: bool) -> Option<HeaderValue> {
    set(SESSION, "", 0, secure)
}

pub(super) fn set_environment(name: &str, secure: bool) -> Option<HeaderValue> {
    let attributes = if secure { "; Secure" } else { "" };
    let value = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    format!("{ENVIRONMENT}={value}; Path=/; Max-Age={LONG}; SameSite=Lax{attributes}")
        .parse()
        .ok()
}

fn set(base: &str, value: &str, age: u32, secure: bool) -> Option<HeaderValue> {
    let attributes = if secure { "; Secure" } else { "" };
    let name = name(base, secure);
    format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{attributes}")
        .parse()
        .ok()
}

/// With https the prefix `__Host-` keeps other hosts of the domain from setting the cookie.
fn name(base: &str, secure: bool) -> String {
    if secure {
        format!("__Host-{base}")
    } else {
        base.to_owned()
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
