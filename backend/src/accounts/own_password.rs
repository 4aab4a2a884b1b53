//! Settings → Security: entering one's password once more, and changing it.

use model::account::password_length;
use model::audit_event::{AuditEvent, LoginFailure, NoDetails, SessionsEndedCount};
use model::form::FormErrors;
use model::role::Permission;
use model::security::PasswordForm;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use secrecy::SecretString;

use super::link::{forget_links_by, forget_links_of};
use super::login::retry_after;
use super::session::{LoggedIn, end_sessions};
use super::throttle::{ThrottledSubject, Turn};
use super::user;
use crate::accounts::Accounts;
use crate::audit::{Actor, Event};
use crate::error::{Conflict, Error, Result};
use crate::store::entities::session;
use crate::store::mutation::{Mutation, Subject};

const WRONG: &str = "That is not your password.";

impl Accounts {
    /// Checks the password once more, for actions that ask for a recently entered password.
    pub async fn confirm_password(&self, who: &LoggedIn, actor: &Actor, password: SecretString) -> Result<()> {
        actor.require(Permission::OwnAccount)?;
        let stored = user(&self.store.db, &who.user_id).await?.password_hash;
        self.prove(who, actor, ("password", password), stored).await?;
        let mut mutation = self.store.begin(actor, Permission::OwnAccount).await?;
        note_proof(&mutation, who).await?;
        let confirmed = AuditEvent::UserPasswordConfirmed(NoDetails {});
        mutation.audit(actor, &Event::on(who.user_id.as_str(), &who.me.email, confirmed));
        mutation.commit().await?;
        Ok(())
    }

    /// Changes the password. The person's other sessions end, and reset links stop working.
    pub async fn change_password(&self, who: &LoggedIn, actor: &Actor, form: PasswordForm) -> Result<()> {
        actor.require(Permission::OwnAccount)?;
        let PasswordForm { current, password } = form;
        let mut errors = FormErrors::default();
        if let Err(message) = password_length(&password) {
            errors.add("password", message);
        } else if password == current {
            errors.add("password", "That is the password you have. Choose another.");
        }
        let stored = user(&self.store.db, &who.user_id).await?.password_hash;
        match self
            .prove(who, actor, ("current", current.into()), stored.clone())
            .await
        {
            // Both fields are answered at once.
            Err(Error::Invalid(wrong)) => errors.fields.extend(wrong.fields),
            proved => proved?,
        }
        errors.check()?;
        // The slow part comes before the transaction, which checks the password hash again.
        let place = self.passwords.queue()?;
        let hash = place
            .choose(password.into(), &who.me.email, self.store.random())
            .await?;
        drop(place);
        let mut mutation = self.store.begin(actor, Permission::OwnAccount).await?;
        let user = user(&mutation.transaction, &who.user_id).await?;
        if user.password_hash != stored {
            return Err(Conflict::PasswordChanged.into());
        }
        note_proof(&mutation, who).await?;
        let mut active = user.into_active_model();
        active.password_hash = Set(hash);
        active.update(&mutation.transaction).await?;
        forget_links_of(&mutation, &who.user_id).await?;
        // Somebody else who had the old password may have made links for others.
        forget_links_by(&mutation, &who.user_id).await?;
        let ended = end_sessions(&mutation, &who.user_id, Some(&who.session)).await?;
        let changed = AuditEvent::UserPasswordChanged(SessionsEndedCount { sessions_ended: ended });
        mutation.change(Subject::User(&who.user_id));
        mutation.audit(actor, &Event::on(who.user_id.as_str(), &who.me.email, changed));
        mutation.commit().await?;
        Ok(())
    }

    /// Refuses what is not the person's password, with an error at its field.
    async fn prove(
        &self,
        who: &LoggedIn,
        actor: &Actor,
        (field, password): (&str, SecretString),
        stored: String,
    ) -> Result<()> {
        // A session counts as a browser that has logged in: somebody who guesses at the login page does not slow it down.
        let subjects = vec![ThrottledSubject::Device(who.me.email.clone())];
        // The queue comes first: a person who is told to come back later has not used up an attempt.
        let place = self.passwords.queue()?;
        let attempt = match self.throttle.attempt(&self.store.db, subjects).await? {
            Turn::Now(attempt) => attempt,
            Turn::Wait(wait) => {
                let refused = Conflict::TooManyAttempts {
                    seconds: retry_after(wait),
                };
                return Err(FormErrors::at(field, refused.to_string()).into());
            }
        };
        if !place.verify(password, Some(stored)).await? {
            self.throttle.failed(attempt).await?;
            let person = Some((who.user_id.as_str(), who.me.email.as_str()));
            let address = actor.address.as_deref().unwrap_or_default();
            self.audit
                .note_failed_login(person, address, LoginFailure::WrongPasswordInSession)
                .await;
            return Err(FormErrors::at(field, WRONG).into());
        }
        self.throttle.succeeded_alone(attempt).await
    }
}

/// Notes that this session has just proved the password.
async fn note_proof(mutation: &Mutation<'_>, who: &LoggedIn) -> Result<()> {
    let noted = session::Entity::update_many()
        .col_expr(session::Column::PasswordAt, Expr::value(mutation.now.0))
        .filter(session::Column::TokenHash.eq(who.session.clone()))
        .exec(&mutation.transaction)
        .await?;
    if noted.rows_affected == 0 {
        return Err(Conflict::SessionEnded.into());
    }
    Ok(())
}
