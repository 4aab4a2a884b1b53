//! The environment selector as a plain form, for browsers without scripts. With scripts, the browser chooses the environment
//! without this form.

use app::caller::Caller;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::response::Response;
use http::header::SET_COOKIE;
use serde::Deserialize;

use super::Console;
use super::forms::{failed_answer, read, unreadable};
use super::guard::{see_other, to_login};
use super::key_forms::person;
use super::return_path::ReturnPath;

/// The chosen environment, and the screen on which it was chosen.
#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    environment: String,
    #[serde(default)]
    next: String,
}

/// `POST /environment`: shows a screen in another environment, and remembers that environment. An environment in a link is not
/// remembered, since following a link is not a choice.
pub(super) async fn choose(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Response {
    let Some(form) = read::<Chosen>(&body) else {
        return unreadable();
    };
    let screen = ReturnPath::parse(&form.next);
    let address = screen.as_ref().map_or("/", ReturnPath::as_str);
    let Some((_, actor)) = person(caller) else {
        return to_login(&console, address);
    };
    let known = match console.services.environments.list_selectable(&actor).await {
        Ok(known) => known,
        Err(error) => return failed_answer(&error),
    };
    let there = form.environment.is_empty() || known.iter().any(|known| known.name == form.environment);
    if !there {
        return see_other(address);
    }
    let mut response = see_other(&in_environment(address, &form.environment));
    let cookie = console.cookies.set_environment(&form.environment);
    response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    response
}

/// The URL of a screen in another environment. A list starts on its first page.
fn in_environment(address: &str, environment: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let pairs = serde_html_form::from_str::<Vec<(String, String)>>(query).unwrap_or_default();
    let kept = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !matches!(*name, "environment" | "after"));
    let pairs: Vec<(&str, &str)> = kept.chain([("environment", environment)]).collect();
    match serde_html_form::to_string(&pairs) {
        Ok(query) => format!("{path}?{query}"),
        Err(_) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_another_environment_starts_on_its_first_page() {
        for (address, there) in [
            ("/", "/?environment=staging"),
            (
                "/keys?environment=default&search=a+b&after=12",
                "/keys?search=a+b&environment=staging",
            ),
            (
                "/keys?status=active&status=failed",
                "/keys?status=active&status=failed&environment=staging",
            ),
        ] {
            assert_eq!(in_environment(address, "staging"), there);
        }
    }
}
