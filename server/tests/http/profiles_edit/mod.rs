//! `POST /profiles/{id}/edit`, the plain form.

mod status_303;
mod status_403;
mod status_404;
mod status_422;

use model::id::ProfileId;
use model::profile_form::ProfileForm;

use crate::common::TestApp;
use crate::profiles_new::{create, named};

/// Creates a profile named Strict. Returns its ID, its URL, and the form that edits it.
async fn strict(app: &TestApp) -> (ProfileId, String, ProfileForm) {
    let id = create(app, &named("Strict")).await;
    let form = ProfileForm {
        version: "1".to_owned(),
        ..named("Strict")
    };
    let path = format!("/profiles/{id}/edit");
    (id, path, form)
}
