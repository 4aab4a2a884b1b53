//! `GET /usage` and `POST /api/usage/report`.

mod status_200;
mod status_303;
mod status_409;

use backend::keys::NewKey;
use model::role::Role;
use model::time::{DAY, HOUR};

use crate::common::{Key, TestApp};

/// Signed in as somebody with this role, with a key that was made more than a day ago: waiting for it to become ACTIVE
/// was counted, too.
pub async fn with_old_key(role: Role, new: &NewKey) -> (TestApp, Key) {
    let app = TestApp::new().await;
    let key = app.create(new).await;
    app.pass(DAY + HOUR).await;
    (app.with_user(role).await, key)
}
