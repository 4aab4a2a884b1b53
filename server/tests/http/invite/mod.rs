//! `/invite`: joining by a one-time link.

mod status_200;
mod status_303;
mod status_403;
mod status_422;

use model::people::{InviteForm, InviteOutcome};
use model::role::Role;
use serde_json::json;

use crate::common::{Answer, PASSWORD, TestApp};

/// Invites `grace@example.com`, and switches to a new browser. Returns the URL of the invitation.
async fn link(app: &TestApp, role: Role) -> String {
    let form = InviteForm {
        email: "grace@example.com".to_owned(),
        role: role.as_str().to_owned(),
    };
    let answer = app.post_json("/api/users/invite", &json!({ "form": form })).await;
    let outcome: InviteOutcome = serde_json::from_value(answer.json()).unwrap();
    let InviteOutcome::Invited(link) = outcome else {
        panic!("{outcome:?}");
    };
    app.forget_cookies();
    link.url.strip_prefix("http://latchkey.test").unwrap().to_owned()
}

async fn join(app: &TestApp, link: &str) -> Answer {
    app.post_form(link, &[("name", "Grace Hopper"), ("password", PASSWORD)])
        .await
}
