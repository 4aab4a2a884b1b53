//! Logs in to the console of a server, as a browser does.

use anyhow::{Context as _, Result, ensure};
use ureq::Agent;
use ureq::http::{StatusCode, header};

/// Sends the form of the login. Answers with the cookies of the session, as a request sends them.
pub(crate) fn log_in(agent: &Agent, url: &str, email: &str, password: &str) -> Result<String> {
    let form = format!("email={}&password={password}", email.replace('@', "%40"));
    let answer = agent
        .post(format!("{url}/login"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .send(form)
        .context("the server did not answer /login")?;
    let status = answer.status();
    let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
    let cookies: Vec<&str> = cookies
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .collect();
    ensure!(
        status == StatusCode::SEE_OTHER && !cookies.is_empty(),
        "{email} was not let in ({status})"
    );
    Ok(cookies.join("; "))
}
