//! Logging in. A login with an unknown e-mail address gets the same answer as one with a wrong password, and takes as
//! long.

use model::account;
use model::audit_event::{Action, AuditEvent, CodeAsked, LoginDetails, LoginFailure};
use model::time::Timestamp;
use sea_orm::{EntityTrait, QueryFilter};
use secrecy::SecretString;

use super::session::{Browser, NewSession, actor};
use super::throttle::{ThrottledSubject, Turn};
use super::ticket::LoginTicket;
use crate::accounts::Accounts;
use crate::audit::{Actor, Event};
use crate::error::{RefusedLogin, Result};
use crate::store::entities::user;
use crate::store::mutation::Mutation;

/// An attempt to log in.
#[derive(Debug)]
pub struct Login {
    pub email: String,
    pub password: SecretString,
    pub browser: Browser,
    /// The value of the device cookie.
    pub device: Option<String>,
}

/// What follows a right password.
#[derive(Debug)]
pub enum Admission {
    In(NewSession),
    /// A code of the second factor is needed as well.
    CodeNeeded(LoginTicket),
}

/// The refusal for a person who has to wait this many milliseconds.
pub(super) fn too_many_attempts(milliseconds: i64) -> RefusedLogin {
    RefusedLogin::TooManyAttempts {
        seconds: retry_after(milliseconds),
    }
}

/// Whole seconds for `Retry-After`, rounded up.
pub(super) fn retry_after(milliseconds: i64) -> i64 {
    (milliseconds + 999) / 1000
}

impl Accounts {
    /// Checks a password. Begins a session, unless a code is needed as well.
    pub async fn log_in(&self, login: Login) -> Result<Admission> {
        let outcome = self.check_login(login).await;
        self.logins.note_password(&outcome);
        outcome
    }

    async fn check_login(&self, login: Login) -> Result<Admission> {
        let Login {
            email,
            password,
            browser,
            device,
        } = login;
        // Text that is not an e-mail address belongs to no account. All such attempts share one count.
        let email = account::email(&email).unwrap_or_default();
        let subjects = if self.devices.knows(device.as_deref(), &email) {
            // The client address is not counted here: a stranger may share it.
            vec![ThrottledSubject::Device(email.clone())]
        } else {
            vec![
                ThrottledSubject::Account(email.clone()),
                ThrottledSubject::address(&browser.address),
            ]
        };
        // The queue comes first: a person who is told to come back later has not used up an attempt.
        let place = self.passwords.queue()?;
        let attempt = match self.throttle.attempt(&self.store.db, subjects).await? {
            Turn::Now(attempt) => attempt,
            Turn::Wait(wait) => {
                self.audit
                    .note_failed_login(None, &browser.address, LoginFailure::TooManyAttempts)
                    .await;
                return Err(too_many_attempts(wait).into());
            }
        };

        let found = user::Entity::find()
            .filter(user::COLUMN.email.eq(&email))
            .one(&self.store.db)
            .await?;
        let user = found.clone().filter(|user| user.disabled_at.is_none());
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        let right = place.verify(password, stored).await?;
        drop(place);
        let Some(user) = user.filter(|_| right) else {
            let known = found.as_ref().map(|user| (user.id.as_str(), user.email.as_str()));
            let reason = match &found {
                None => LoginFailure::UnknownAddress,
                Some(user) if user.disabled_at.is_some() => LoginFailure::Disabled,
                Some(_) => LoginFailure::WrongPassword,
            };
            self.throttle.failed(attempt).await?;
            self.audit.note_failed_login(known, &browser.address, reason).await;
            return Err(RefusedLogin::WrongCredentials.into());
        };

        let mut mutation = self.store.begin_unguarded().await?;
        self.throttle.succeeded(&mutation.transaction, attempt).await?;
        // Checking the password took a while.
        let Some(user) = as_before(&mutation, &user).await? else {
            drop(mutation);
            let person = Some((user.id.as_str(), user.email.as_str()));
            self.audit
                .note_failed_login(person, &browser.address, LoginFailure::ChangedMeanwhile)
                .await;
            return Err(RefusedLogin::WrongCredentials.into());
        };
        if user.totp_sealed.is_some() {
            let ticket = self.login_ticket(&mutation, &user).await?;
            // This is recorded because a person who stops here may have somebody else's password.
            if let Some(suppressed) = self.audit.quota.take(
                Action::UserCodeAsked,
                user.id.as_str(),
                Timestamp(self.store.clock.elapsed()),
            ) {
                let asked = AuditEvent::UserCodeAsked(CodeAsked { suppressed });
                let event = Event::on(user.id.as_str(), &user.email, asked);
                let nobody = Actor::nobody(browser.address);
                mutation.audit(&nobody, &event);
            }
            mutation.commit().await?;
            return Ok(Admission::CodeNeeded(ticket));
        }
        let session = self
            .begin_recorded_session(&mut mutation, &user, browser, LoginDetails::default())
            .await?;
        mutation.commit().await?;
        Ok(Admission::In(session))
    }

    /// Begins a session for a person who has passed all steps of the login.
    pub(super) async fn begin_recorded_session(
        &self,
        mutation: &mut Mutation<'_>,
        user: &user::Model,
        browser: Browser,
        login: LoginDetails,
    ) -> Result<NewSession> {
        let session = self.begin_session(mutation, user, &browser).await?;
        // A script that logs in for every request would fill the log.
        let Some(suppressed) = self.audit.quota.take(
            Action::UserLoggedIn,
            user.id.as_str(),
            Timestamp(self.store.clock.elapsed()),
        ) else {
            return Ok(session);
        };
        let logged_in = AuditEvent::UserLoggedIn(LoginDetails { suppressed, ..login });
        let event = Event::on(user.id.as_str(), &user.email, logged_in);
        mutation.audit(&actor(user, browser.address), &event);
        Ok(session)
    }
}

/// The person's row as the transaction finds it; `None` where the password has changed or the person was disabled.
async fn as_before(mutation: &Mutation<'_>, user: &user::Model) -> Result<Option<user::Model>> {
    let now = user::Entity::find_by_id(user.id.clone())
        .one(&mutation.transaction)
        .await?;
    Ok(now.filter(|now| now.password_hash == user.password_hash && now.disabled_at.is_none()))
}
