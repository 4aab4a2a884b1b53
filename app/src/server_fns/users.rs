//! Server functions of people and invitations.

use leptos::prelude::*;
use model::form::FormAnswer;
use model::id::UserId;
use model::list::ListQuery;
use model::people::{InviteForm, KeysGiven, OneTimeLink, People};
use model::role::Role;

use crate::error::AppError;
use crate::person::Client;
use crate::protocol::JsonPost;

#[cfg(feature = "ssr")]
use super::context::{answer_form, map, person, services};

/// One page of the users, by name, and one page of the open invitations.
#[server(endpoint = "users/list", protocol = JsonPost, client = Client)]
pub async fn list_people(#[server(default)] query: ListQuery) -> Result<People, AppError> {
    let person = person()?;
    services()?.accounts.list(&person.actor, &query).await.map_err(map)
}

/// Makes a link with which a person joins.
#[server(endpoint = "users/invite", protocol = JsonPost, client = Client)]
pub async fn invite_user(form: InviteForm) -> Result<FormAnswer<OneTimeLink>, AppError> {
    let person = person()?;
    let accounts = &services()?.accounts;
    answer_form(accounts.invite(&person.actor, &form, &person.origin).await)
}

/// Revokes an invitation.
#[server(endpoint = "users/revoke-invitation", protocol = JsonPost, client = Client)]
pub async fn revoke_invitation(id: String) -> Result<(), AppError> {
    let person = person()?;
    services()?
        .accounts
        .revoke_invitation(&person.actor, &id)
        .await
        .map_err(map)
}

/// Changes the role of a person.
#[server(endpoint = "users/set-role", protocol = JsonPost, client = Client)]
pub async fn set_role(id: UserId, role: Role) -> Result<(), AppError> {
    let person = person()?;
    services()?
        .accounts
        .set_role(&person.actor, &id, role)
        .await
        .map_err(map)
}

/// Disables a person, who can no longer log in.
#[server(endpoint = "users/disable", protocol = JsonPost, client = Client)]
pub async fn disable_user(id: UserId) -> Result<(), AppError> {
    let person = person()?;
    services()?.accounts.disable(&person.actor, &id).await.map_err(map)
}

/// Enables a person, who can log in again.
#[server(endpoint = "users/enable", protocol = JsonPost, client = Client)]
pub async fn enable_user(id: UserId) -> Result<(), AppError> {
    let person = person()?;
    services()?.accounts.enable(&person.actor, &id).await.map_err(map)
}

/// Gives all keys of a person to another person. `to` is the e-mail address, the name or the ID of that other person.
#[server(endpoint = "users/give-keys", protocol = JsonPost, client = Client)]
pub async fn give_keys(id: UserId, to: String) -> Result<KeysGiven, AppError> {
    let person = person()?;
    services()?
        .accounts
        .give_keys(&person.actor, &id, &to)
        .await
        .map_err(map)
}

/// Makes a link with which a person chooses a new password.
#[server(endpoint = "users/reset-link", protocol = JsonPost, client = Client)]
pub async fn issue_reset_link(id: UserId) -> Result<OneTimeLink, AppError> {
    let person = person()?;
    services()?
        .accounts
        .issue_reset_link(&person.actor, &id, &person.origin)
        .await
        .map_err(map)
}

/// Removes the second factor of a person who has lost the app and the recovery codes.
#[server(endpoint = "users/remove-second-factor", protocol = JsonPost, client = Client)]
pub async fn remove_second_factor_of(id: UserId) -> Result<(), AppError> {
    let person = person()?;
    services()?
        .accounts
        .reset_second_factor(&person.actor, &id)
        .await
        .map_err(map)
}
