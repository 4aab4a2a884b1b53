//! The second step of logging in.

use model::audit_event::{LoginDetails, LoginFailure, SecondFactor};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};

use super::super::login::too_many_attempts;
use super::super::session::{Browser, NewSession};
use super::super::throttle::{ThrottledSubject, Turn};
use super::totp::{DIGITS, Seed};
use super::{recovery, sealed_as, without_spaces};
use crate::accounts::Accounts;
use crate::error::{RefusedLogin, Result};
use crate::store::entities::user;
use crate::store::mutation::Mutation;

/// What a person typed.
enum Typed {
    Code(String),
    Recovery(String),
    /// The text has the form of neither.
    Neither,
}

impl Typed {
    fn read(text: &str) -> Self {
        let code = without_spaces(text);
        if code.len() == usize::from(DIGITS) && code.bytes().all(|byte| byte.is_ascii_digit()) {
            Self::Code(code)
        } else {
            recovery::read(text).map_or(Self::Neither, Self::Recovery)
        }
    }
}

impl Accounts {
    /// Begins a session for a person who entered the password a moment ago, as the ticket shows, and now enters a code.
    pub async fn log_in_with_code(&self, ticket: &str, typed: &str, browser: Browser) -> Result<NewSession> {
        let outcome = self.check_code(ticket, typed, browser).await;
        self.logins.note_code(&outcome);
        outcome
    }

    async fn check_code(&self, ticket: &str, typed: &str, browser: Browser) -> Result<NewSession> {
        let Some(user) = self.ticket_holder(&self.store.db, ticket).await? else {
            self.audit
                .note_failed_login(None, &browser.address, LoginFailure::TooLateForCode)
                .await;
            return Err(RefusedLogin::PasswordTooOld.into());
        };
        let (id, email) = (user.id.clone(), user.email);
        let person = Some((id.as_str(), email.as_str()));
        let typed = Typed::read(typed);
        let subjects = vec![match typed {
            Typed::Code(_) => ThrottledSubject::Code(user.id.0),
            // Nobody can guess a recovery code. The address is slowed down only to limit the number of requests.
            Typed::Recovery(_) | Typed::Neither => ThrottledSubject::address(&browser.address),
        }];
        let attempt = match self.throttle.attempt(&self.store.db, subjects).await? {
            Turn::Now(attempt) => attempt,
            Turn::Wait(wait) => {
                self.audit
                    .note_failed_login(person, &browser.address, LoginFailure::TooManyAttempts)
                    .await;
                return Err(too_many_attempts(wait).into());
            }
        };
        let mut mutation = self.store.begin_unguarded().await?;
        let Some(user) = self.ticket_holder(&mutation.transaction, ticket).await? else {
            drop(mutation);
            self.throttle.failed(attempt).await?;
            self.audit
                .note_failed_login(person, &browser.address, LoginFailure::TooLateForCode)
                .await;
            return Err(RefusedLogin::PasswordTooOld.into());
        };
        let Some(login) = self.take(&mutation, &user, &typed).await? else {
            // The transaction holds the lock for which all other writers wait.
            drop(mutation);
            self.throttle.failed(attempt).await?;
            self.audit
                .note_failed_login(person, &browser.address, LoginFailure::WrongCode)
                .await;
            return Err(RefusedLogin::WrongCode.into());
        };
        self.use_up_ticket(&mutation, ticket).await?;
        let session = self
            .begin_recorded_session(&mut mutation, &user, browser, login)
            .await?;
        self.throttle.succeeded(&mutation.transaction, attempt).await?;
        mutation.commit().await?;
        Ok(session)
    }

    /// Uses up the code that was typed, and answers with what it was; `None` where it is wrong.
    async fn take(&self, mutation: &Mutation<'_>, user: &user::Model, typed: &Typed) -> Result<Option<LoginDetails>> {
        match typed {
            Typed::Code(code) => {
                let sealed = user.totp_sealed.as_deref().unwrap_or_default();
                let seed = Seed::of(self.store.seal.open(&sealed_as(&user.id), sealed)?);
                let Some(step) = seed.step_of(code, mutation.now, user.totp_step)? else {
                    return Ok(None);
                };
                let mut active = user.clone().into_active_model();
                active.totp_step = Set(step);
                active.update(&mutation.transaction).await?;
                Ok(Some(LoginDetails {
                    second_factor: Some(SecondFactor::Code),
                    ..LoginDetails::default()
                }))
            }
            Typed::Recovery(code) => {
                let left = recovery::use_up(mutation, &user.id, code).await?;
                Ok(left.map(|left| LoginDetails {
                    second_factor: Some(SecondFactor::RecoveryCode),
                    recovery_codes_left: Some(left),
                    ..LoginDetails::default()
                }))
            }
            Typed::Neither => Ok(None),
        }
    }
}
