//! `GET /usage` and `POST /api/usage/report`.

mod status_200;
mod status_303;
mod status_409;

use backend::keys::NewKey;
use model::role::Role;
use model::time::{DAY, HOUR};

use crate::common::{Key, TestApp};

/// A server with a person of this role who is logged in, and a key that was created more than a day ago. To see when the key
/// became ACTIVE, this function sent requests, which were counted, too.
pub async fn with_old_key(role: Role, new: &NewKey) -> (TestApp, Key) {
    let app = TestApp::new().await;
    let key = app.create(new).await;
    app.pass(DAY + HOUR).await;
    (app.with_user(role).await, key)
}
