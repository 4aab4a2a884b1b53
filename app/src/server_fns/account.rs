//! The person's own account, and the invitation to join.

use leptos::prelude::*;
use model::account::Invited;
use model::form::FormAnswer;
use model::list::ListQuery;
use model::security::{PasswordForm, RecoveryCodes, SecondFactorSetup, SecurityPage};

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

#[cfg(feature = "ssr")]
use super::context::{answer_form, map, person, services};

/// The state of the person's second factor, and a page of their sessions.
#[server(endpoint = "account/security", protocol = JsonPost, client = Client)]
pub async fn load_security(#[server(default)] query: ListQuery) -> Result<SecurityPage, AppError> {
    let person = person()?;
    services()?
        .accounts
        .security(&person.actor, &person.who, &query)
        .await
        .map_err(map)
}

/// Checks the password that the person has typed again, for actions that need a password of the last 15 minutes.
#[server(endpoint = "account/confirm-password", protocol = JsonPost, client = Client)]
pub async fn confirm_password(password: String) -> Result<FormAnswer<()>, AppError> {
    let person = person()?;
    let accounts = &services()?.accounts;
    answer_form(
        accounts
            .confirm_password(&person.who, &person.actor, password.into())
            .await,
    )
}

/// Changes the person's password.
#[server(endpoint = "account/change-password", protocol = JsonPost, client = Client)]
pub async fn change_password(form: PasswordForm) -> Result<FormAnswer<()>, AppError> {
    let person = person()?;
    let accounts = &services()?.accounts;
    answer_form(accounts.change_password(&person.who, &person.actor, form).await)
}

/// Ends one of the person's sessions.
#[server(endpoint = "account/end-session", protocol = JsonPost, client = Client)]
pub async fn end_session(id: String) -> Result<(), AppError> {
    let person = person()?;
    services()?
        .accounts
        .end_session(&person.who, &person.actor, &id)
        .await
        .map_err(map)
}

/// Ends all of the person's sessions except this one. Returns the number of ended sessions.
#[server(endpoint = "account/end-other-sessions", protocol = JsonPost, client = Client)]
pub async fn end_other_sessions() -> Result<u64, AppError> {
    let person = person()?;
    services()?
        .accounts
        .end_other_sessions(&person.who, &person.actor)
        .await
        .map_err(map)
}

/// Makes a seed for the person's second factor, which the first code turns on.
#[server(endpoint = "account/start-second-factor", protocol = JsonPost, client = Client)]
pub async fn start_second_factor() -> Result<SecondFactorSetup, AppError> {
    let person = person()?;
    services()?
        .accounts
        .start_second_factor(&person.who, &person.actor)
        .await
        .map_err(map)
}

/// Turns the second factor on if the code belongs to its seed.
#[server(endpoint = "account/finish-second-factor", protocol = JsonPost, client = Client)]
pub async fn finish_second_factor(code: String) -> Result<FormAnswer<RecoveryCodes>, AppError> {
    let person = person()?;
    let accounts = &services()?.accounts;
    answer_form(accounts.finish_second_factor(&person.who, &person.actor, &code).await)
}

/// Turns the second factor off.
#[server(endpoint = "account/remove-second-factor", protocol = JsonPost, client = Client)]
pub async fn remove_second_factor() -> Result<(), AppError> {
    let person = person()?;
    services()?
        .accounts
        .remove_second_factor(&person.who, &person.actor)
        .await
        .map_err(map)
}

/// Replaces the recovery codes by new ones.
#[server(endpoint = "account/new-recovery-codes", protocol = JsonPost, client = Client)]
pub async fn new_recovery_codes() -> Result<RecoveryCodes, AppError> {
    let person = person()?;
    services()?
        .accounts
        .renew_recovery_codes(&person.who, &person.actor)
        .await
        .map_err(map)
}

/// The invitation to which a link belongs. Every person who has the link may read the invitation.
#[server(endpoint = "account/invitation", protocol = JsonPost, client = Client)]
pub async fn load_invitation(link: String) -> Result<Invited, AppError> {
    services()?.accounts.invitation(&link).await.map_err(map)
}
