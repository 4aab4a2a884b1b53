//! Logging in with a code, and without the authenticator app.

mod codes;
mod guessing;
mod recovery;
mod setup;
mod tickets;

use crate::common::TestBackend;
use crate::common::people::{App, browser};
use backend::accounts::LoginError;
use model::role::Role;
use model::time::MINUTE;

const NEW: &str = "another horse, same battery";

/// A backend with Ada, her authenticator app and her recovery codes, a minute after the setup.
async fn protected() -> (TestBackend, App, Vec<String>) {
    let test = TestBackend::new().await;
    test.add_named("ada", Role::Owner).await;
    let ada = test.log_in_with_password("ada").await;
    let (app, codes) = test.set_up_second_factor(&ada).await;
    test.clock.advance(MINUTE);
    (test, app, codes)
}

/// Enters Ada's password and then this code.
async fn log_in(test: &TestBackend, code: &str) -> Result<(), LoginError> {
    let ticket = test.ticket("ada").await;
    test.services
        .accounts
        .log_in_with_code(&ticket, code, browser())
        .await
        .map(|_| ())
}
