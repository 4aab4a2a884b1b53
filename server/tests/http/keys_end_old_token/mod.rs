//! `POST /keys/{id}/end-old-token`

mod status_303;
mod status_403;
mod status_404;

use crate::common::{Call, Key, TestApp};

/// A rotated key: its old token, its new token, and the value that the form uses for the old token.
struct Rotated {
    key: Key,
    new: String,
    field: String,
}

impl Rotated {
    async fn own(app: &TestApp) -> Self {
        let key = app.create_own_key("Shop").await;
        let form = [("grace", "7d")];
        let new = app
            .post_form(&format!("/keys/{}/rotate", key.id), &form)
            .await
            .shown_token();
        let field = app.get(&format!("/keys/{}", key.id)).await.field("token").to_owned();
        Self { key, new, field }
    }

    /// Sends the form that ends the old token.
    fn end<'a>(&self, app: &'a TestApp) -> Call<'a> {
        end(app, &self.key.id, &self.field)
    }
}

fn end<'a>(app: &'a TestApp, id: &str, token: &str) -> Call<'a> {
    app.post_form(&format!("/keys/{id}/end-old-token"), &[("token", token)])
}
