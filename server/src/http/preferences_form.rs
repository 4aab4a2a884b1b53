//! The choices of the user menu as plain forms, for browsers without scripts. With scripts, the browser writes the cookies itself.

use app::preferences::{Theme, Times};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::header::SET_COOKIE;
use serde::Deserialize;

use super::Console;
use super::forms::{read, unreadable};
use super::guard::see_other;
use super::return_path::ReturnPath;

/// The button that was pressed, and the screen on which it was.
#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    theme: String,
    #[serde(default)]
    times: String,
    #[serde(default)]
    next: String,
}

/// `POST /preferences`: shows the screen as the person has chosen, and remembers the choice in this browser. A word that is unknown
/// changes nothing.
pub(super) async fn choose(State(console): State<Console>, body: Bytes) -> Response {
    let Some(form) = read::<Chosen>(&body) else {
        return unreadable();
    };
    let screen = ReturnPath::parse(&form.next);
    let mut response = see_other(screen.as_ref().map_or("/", ReturnPath::as_str));
    let theme = Theme::parse(&form.theme).and_then(|theme| console.cookies.set_theme(theme));
    let times = Times::parse(&form.times).and_then(|times| console.cookies.set_times(times));
    for cookie in [theme, times].into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
