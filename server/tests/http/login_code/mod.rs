//! `/login/code`: the second step of logging in.

mod status_200;
mod status_303;
mod status_401;
mod status_429;

use model::role::Role;
use model::time::{MINUTE, SECOND};
use serde_json::json;
use totp_rs::{Builder, Secret, Totp};

use crate::common::{Answer, PASSWORD, Setup, TestApp, email};

/// An Owner who set up a second factor a minute ago, and who now uses a new browser.
struct Protected {
    app: TestApp,
    totp: Totp,
    recovery_codes: Vec<String>,
}

impl Protected {
    async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    async fn with(setup: Setup) -> Self {
        let app = TestApp::with(setup).await.with_owner().await;
        let begun = app
            .post_json("/api/account/start-second-factor", &json!({}))
            .await
            .json();
        let secret = begun["secret"].as_str().unwrap().replace(' ', "");
        let secret = Secret::try_from_base32(secret).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        let mut protected = Self {
            app,
            totp,
            recovery_codes: Vec::new(),
        };
        let code = json!({ "code": protected.code() });
        let done = protected
            .app
            .post_json("/api/account/finish-second-factor", &code)
            .await;
        assert_eq!(done.status, 200, "{}", done.body);
        protected.recovery_codes = serde_json::from_value(done.json()["Done"].clone()).unwrap();
        protected.app.pass(MINUTE).await;
        protected.app.forget_cookies();
        protected
    }

    /// The code that the authenticator app shows now.
    fn code(&self) -> String {
        let seconds = u64::try_from(self.app.services.now().0 / SECOND).unwrap();
        self.totp.generate(seconds).to_string()
    }

    async fn enter_password(&self) -> Answer {
        let fields = [("email", &*email(Role::Owner)), ("password", PASSWORD)];
        self.app.post_form("/login", &fields).await
    }

    async fn enter_code(&self, code: &str) -> Answer {
        self.app.post_form("/login/code", &[("code", code)]).await
    }
}
