//! The second factor: codes of an app that change every half minute (TOTP, RFC 6238), and recovery codes for a person
//! who has lost the app.

mod login;
mod qr;
mod recovery;
mod totp;

use model::audit_event::{AuditEvent, NoDetails};
use model::form::FormErrors;
use model::id::UserId;
use model::role::Permission;
use model::security::{RecoveryCodes, SecondFactorSetup};
use model::time::MINUTE;
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};

use super::login::retry_after;
use super::session::LoggedIn;
use super::throttle::{ThrottledSubject, Turn};
use super::user;
use crate::accounts::Accounts;
use crate::audit::{Actor, Event};
use crate::error::{Conflict, Result};
use crate::store::column::Stored;
use crate::store::entities;
use crate::store::mutation::{Mutation, Subject};

use self::totp::Seed;

/// How long a person has to enter the first code of a new seed, in milliseconds.
const PENDING: i64 = 15 * MINUTE;

impl Accounts {
    /// Makes a seed, which comes into force when the person enters its first code.
    pub async fn start_second_factor(&self, who: &LoggedIn, actor: &Actor) -> Result<SecondFactorSetup> {
        actor.require(Permission::OwnAccount)?;
        let mut mutation = self.store.begin_with_password(actor, Permission::OwnAccount).await?;
        // Each start leaves an event and a change, and nobody needs many. The first right code resets this count.
        let subjects = vec![ThrottledSubject::SetUp(who.user_id.clone())];
        let attempt = match self.throttle.attempt(&mutation.transaction, subjects).await? {
            Turn::Now(attempt) => attempt,
            Turn::Wait(wait) => {
                return Err(Conflict::TooManyAttempts {
                    seconds: retry_after(wait),
                }
                .into());
            }
        };
        let user = user(&mutation.transaction, &who.user_id).await?;
        if user.totp_sealed.is_some() {
            return Err(Conflict::SecondFactorExists.into());
        }
        let seed = Seed::generate(self.store.random());
        let setup = seed.setup(&user.email)?;
        let sealed = self
            .store
            .seal
            .seal(self.store.random(), &sealed_as(&user.id), seed.bytes())?;
        let mut active = user.clone().into_active_model();
        active.totp_pending = Set(Some(sealed));
        active.totp_pending_at = Set(Some(Stored(mutation.now)));
        active.update(&mutation.transaction).await?;
        self.throttle.count(&mutation.transaction, attempt).await?;
        note(&mut mutation, actor, &user, AuditEvent::UserSecondFactorStarted);
        mutation.commit().await?;
        Ok(setup)
    }

    /// Puts the new seed in force, where this is one of its codes.
    pub async fn finish_second_factor(&self, who: &LoggedIn, actor: &Actor, code: &str) -> Result<RecoveryCodes> {
        actor.require(Permission::OwnAccount)?;
        let mut mutation = self.store.begin(actor, Permission::OwnAccount).await?;
        let user = user(&mutation.transaction, &who.user_id).await?;
        let fresh = user
            .totp_pending_at
            .is_some_and(|at| mutation.now.since(at.0) < PENDING);
        let Some(sealed) = user.totp_pending.clone().filter(|_| fresh) else {
            return Err(Conflict::SecondFactorSetupExpired.into());
        };
        let seed = Seed::of(self.store.seal.open(&sealed_as(&user.id), &sealed)?);
        let Some(step) = seed.step_of(&without_spaces(code), mutation.now, 0)? else {
            let message = "That is not the code. Enter the one that the app shows now.";
            return Err(FormErrors::at("code", message).into());
        };
        let mut active = user.clone().into_active_model();
        active.totp_sealed = Set(Some(sealed));
        active.totp_since = Set(Some(Stored(mutation.now)));
        active.totp_step = Set(step);
        active.totp_pending = Set(None);
        active.totp_pending_at = Set(None);
        active.update(&mutation.transaction).await?;
        let codes = recovery::replace(&mutation, self.store.random(), &user.id).await?;
        note(&mut mutation, actor, &user, AuditEvent::UserSecondFactorEnabled);
        let set_up = ThrottledSubject::SetUp(who.user_id.clone());
        self.throttle.forget(&mutation.transaction, &set_up).await?;
        mutation.commit().await?;
        Ok(codes)
    }

    /// Removes the person's own second factor. From now on the password alone is enough.
    pub async fn remove_second_factor(&self, who: &LoggedIn, actor: &Actor) -> Result<()> {
        actor.require(Permission::OwnAccount)?;
        self.end_second_factor(actor, Permission::OwnAccount, &who.user_id)
            .await
    }

    /// Removes the second factor of a person who has lost the app and the recovery codes, so that the password alone is
    /// enough.
    pub async fn reset_second_factor(&self, actor: &Actor, id: &UserId) -> Result<()> {
        actor.require(Permission::ManageUsers)?;
        self.end_second_factor(actor, Permission::ManageUsers, id).await
    }

    async fn end_second_factor(&self, actor: &Actor, permission: Permission, id: &UserId) -> Result<()> {
        let mut mutation = self.store.begin_with_password(actor, permission).await?;
        let user = with_second_factor(&mutation, id).await?;
        let mut active = user.clone().into_active_model();
        active.totp_sealed = Set(None);
        active.totp_since = Set(None);
        active.totp_pending = Set(None);
        active.totp_pending_at = Set(None);
        active.update(&mutation.transaction).await?;
        recovery::forget(&mutation, &user.id).await?;
        note(&mut mutation, actor, &user, AuditEvent::UserSecondFactorRemoved);
        mutation.commit().await?;
        Ok(())
    }

    /// Makes recovery codes. Earlier ones stop working.
    pub async fn renew_recovery_codes(&self, who: &LoggedIn, actor: &Actor) -> Result<RecoveryCodes> {
        actor.require(Permission::OwnAccount)?;
        let mut mutation = self.store.begin_with_password(actor, Permission::OwnAccount).await?;
        let user = with_second_factor(&mutation, &who.user_id).await?;
        let codes = recovery::replace(&mutation, self.store.random(), &user.id).await?;
        note(&mut mutation, actor, &user, AuditEvent::UserRecoveryCodesReplaced);
        mutation.commit().await?;
        Ok(codes)
    }
}

async fn with_second_factor(mutation: &Mutation<'_>, id: &UserId) -> Result<entities::user::Model> {
    let user = user(&mutation.transaction, id).await?;
    if user.totp_sealed.is_none() {
        return Err(Conflict::NoSecondFactor.into());
    }
    Ok(user)
}

fn note(mutation: &mut Mutation<'_>, actor: &Actor, user: &entities::user::Model, what: fn(NoDetails) -> AuditEvent) {
    mutation.change(Subject::User(&user.id));
    mutation.audit(actor, &Event::on(user.id.as_str(), &user.email, what(NoDetails {})));
}

/// The purpose and the ID with which a person's seed is sealed.
pub(super) fn sealed_as(user_id: &UserId) -> String {
    format!("second factor {user_id}")
}

/// Removes the spaces from a code, since apps show codes in two groups.
fn without_spaces(code: &str) -> String {
    code.split_whitespace().collect()
}
