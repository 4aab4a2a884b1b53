//! People who log in, and their authenticator apps.

use backend::accounts::{Admission, Browser, LoggedIn, Login, NewSession, NewUser};
use backend::audit::Actor;
use backend::clock::Clock;
use model::id::UserId;
use model::role::Role;
use model::security::SecondFactorSetup;
use model::time::{SECOND, Timestamp};
use serde_json::Value;
use totp_rs::{Builder, Secret, Totp};

use super::database::texts;
use super::{PASSWORD, TestBackend};

pub const ADDRESS: &str = "192.0.2.1";

pub fn browser() -> Browser {
    Browser {
        address: ADDRESS.to_owned(),
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
    }
}

/// The session and the actor of a person who is logged in.
pub struct TestLogin {
    pub session: NewSession,
    pub who: LoggedIn,
    pub actor: Actor,
}

/// An authenticator app, which computes codes.
pub struct App(Totp);

impl App {
    pub fn scan(setup: &SecondFactorSetup) -> Self {
        let secret = Secret::try_from_base32(setup.secret.replace(' ', "")).unwrap();
        Self(Builder::new().with_secret(secret).build().unwrap())
    }

    pub fn code(&self, at: Timestamp) -> String {
        let seconds = u64::try_from(at.0 / SECOND).unwrap();
        self.0.generate(seconds).to_string()
    }
}

impl TestBackend {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Adds two people who have one name.
    pub async fn add_named_twice(&self, name: &str) {
        for number in 1..=2 {
            let email = format!("{name}-{number}@example.com");
            let new = NewUser::new(&email, Some(name), Role::Admin).unwrap();
            let by = Actor::command_line();
            self.services.accounts.create(&by, new, PASSWORD.into()).await.unwrap();
        }
    }

    /// Adds a person whose e-mail address has this name before the `@`.
    pub async fn add_named(&self, name: &str, role: Role) -> UserId {
        let new = NewUser::new(&format!("{name}@example.com"), None, role).unwrap();
        self.services
            .accounts
            .create(&Actor::command_line(), new, PASSWORD.into())
            .await
            .unwrap()
    }

    pub async fn try_password(&self, name: &str, password: &str) -> backend::Result<Admission> {
        self.try_password_from(name, password, browser()).await
    }

    pub async fn try_password_from(&self, name: &str, password: &str, browser: Browser) -> backend::Result<Admission> {
        let login = Login {
            email: format!("{name}@example.com"),
            password: password.into(),
            browser,
            device: None,
        };
        self.services.accounts.log_in(login).await
    }

    /// Logs in with only the password.
    pub async fn log_in_with_password(&self, name: &str) -> TestLogin {
        self.log_in_from(name, browser()).await
    }

    pub async fn log_in_from(&self, name: &str, from: Browser) -> TestLogin {
        self.login_of(expect_session(
            self.try_password_from(name, PASSWORD, from).await.unwrap(),
        ))
        .await
    }

    pub async fn login_of(&self, session: NewSession) -> TestLogin {
        let who = self.services.accounts.session(session.token()).await.unwrap().unwrap();
        TestLogin {
            actor: who.actor(Some(ADDRESS.to_owned())),
            session,
            who,
        }
    }

    /// Enters the password. Returns the ticket with which the code is then entered.
    pub async fn ticket(&self, name: &str) -> String {
        match self.try_password(name, PASSWORD).await.unwrap() {
            Admission::CodeNeeded(ticket) => ticket.value().to_owned(),
            Admission::In(_) => panic!("the login asked for no code"),
        }
    }

    /// Sets up the second factor of a person who is logged in. Returns the app and the recovery codes.
    pub async fn set_up_second_factor(&self, person: &TestLogin) -> (App, Vec<String>) {
        let app = App::scan(
            &self
                .services
                .accounts
                .start_second_factor(&person.who, &person.actor)
                .await
                .unwrap(),
        );
        let code = app.code(self.now());
        let codes = self
            .services
            .accounts
            .finish_second_factor(&person.who, &person.actor, &code)
            .await
            .unwrap();
        (app, codes.0)
    }

    pub async fn is_in(&self, session: &NewSession) -> bool {
        self.services.accounts.session(session.token()).await.unwrap().is_some()
    }

    /// The details of the events of one kind, oldest first.
    pub async fn details_of(&self, action: &str) -> Vec<Value> {
        let db = self.connect_directly().await;
        let sql = format!("SELECT details FROM audit_events WHERE action = '{action}' ORDER BY number");
        let rows = texts(&db, &sql).await;
        rows.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
    }
}

pub fn expect_session(admission: Admission) -> NewSession {
    match admission {
        Admission::In(session) => session,
        Admission::CodeNeeded(_) => panic!("the login asked for a code"),
    }
}
