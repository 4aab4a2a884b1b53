//! `POST /keys/{id}/rotate`, the plain form.

mod status_200;
mod status_303;
mod status_403;
mod status_404;
mod status_409;
mod status_422;

use crate::common::{Answer, Call, TestApp};

/// The form as a browser without scripts sends it.
fn rotate<'a>(app: &'a TestApp, id: &str, grace: &str) -> Call<'a> {
    app.post_form(&format!("/keys/{id}/rotate"), &[("grace", grace)])
}

/// Rotates the key. Returns the only token on the page that answers.
async fn rotated(app: &TestApp, id: &str, grace: &str) -> String {
    let page: Answer = rotate(app, id, grace).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.shown_token()
}
