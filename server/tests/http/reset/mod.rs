//! `POST /reset`

mod status_303;
mod status_403;
mod status_410;
mod status_422;

use backend::audit::Actor;
use model::role::Role;

use crate::common::{Answer, TestApp, email};

/// The URL of a new reset link for the owner.
async fn link(app: &TestApp) -> String {
    let id = app
        .services
        .accounts
        .find_by_email(&backend::Actor::command_line(), &email(Role::Owner))
        .await
        .unwrap();
    let link = app
        .services
        .accounts
        .issue_reset_link(&Actor::command_line(), &id, "")
        .await;
    link.unwrap().url
}

async fn reset(app: &TestApp, link: &str, password: &str) -> Answer {
    app.post_form(link, &[("password", password)]).await
}
