//! The tokens of service accounts.

use model::address::AllowedAddresses;
use model::audit_event::{AuditEvent, ServiceTokenCreated, ServiceTokenEnded, StoredTime};
use model::end_date::end_date;
use model::form::FormErrors;
use model::id::{RANDOM_LENGTH, ServiceAccountId, ServiceTokenId};
use model::role::Permission;
use model::service_account::{MAX_TOKENS, NewServiceToken, ServiceTokenForm, read_end};
use model::time::Timestamp;
use model::{service_token, token};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ModelTrait, QueryFilter, Set};
use secrecy::{ExposeSecret, SecretString};

use super::ServiceAccounts;
use crate::actor::Actor;
use crate::crypto::random::base62;
use crate::error::{Conflict, NotFound, Result};
use crate::store::column::Stored;
use crate::store::entities;
use crate::store::entities::service_token::Column;
use crate::store::mutation::{Mutation, Subject};
use crate::store::{Event, Store};

/// A token to be made, after its checks.
#[derive(Clone, Debug, Default)]
pub struct TokenTerms {
    pub expires_at: Option<Timestamp>,
    pub addresses: AllowedAddresses,
}

/// A token that was stored, and whose mutation is not committed yet.
pub(super) struct StoredToken {
    id: ServiceTokenId,
    token: SecretString,
    expires_at: Option<Timestamp>,
}

impl TokenTerms {
    /// Reads what a form asks for.
    pub fn read(form: &ServiceTokenForm, now: Timestamp) -> Result<Self, FormErrors> {
        let mut errors = FormErrors::default();
        let expires_at = read_end(&form.expires, now).map_err(|message| errors.add("expires", message));
        let addresses = AllowedAddresses::read(&form.addresses).map_err(|message| errors.add("addresses", message));
        match (expires_at, addresses) {
            (Ok(expires_at), Ok(addresses)) => Ok(Self { expires_at, addresses }),
            _ => Err(errors),
        }
    }

    /// Checks that the end lies ahead.
    pub(super) fn check(&self, now: Timestamp) -> Result<(), FormErrors> {
        let end = self.expires_at.map(|end| end_date(end, now));
        end.transpose()
            .map(|_| ())
            .map_err(|message| FormErrors::at("expires", message))
    }
}

impl StoredToken {
    /// What the one answer shows.
    pub(super) fn reveal(self, account: &entities::service_account::Model, change: i64) -> NewServiceToken {
        NewServiceToken {
            account: account.id.0.clone(),
            name: account.name.clone(),
            id: self.id,
            token: self.token.expose_secret().to_owned(),
            expires_at: self.expires_at,
            change,
        }
    }
}

impl ServiceAccounts {
    /// Gives a service account the further token that a form asks for.
    pub async fn add_token_by_form(
        &self,
        actor: &Actor,
        id: &ServiceAccountId,
        form: &ServiceTokenForm,
    ) -> Result<NewServiceToken> {
        actor.require(Permission::ManageServiceAccounts)?;
        let terms = TokenTerms::read(form, self.store.now())?;
        self.add_token(actor, id, &terms).await
    }

    /// Gives a service account one more token.
    pub async fn add_token(&self, actor: &Actor, id: &ServiceAccountId, terms: &TokenTerms) -> Result<NewServiceToken> {
        actor.require(Permission::ManageServiceAccounts)?;
        let mut mutation = self
            .store
            .begin_with_password(actor, Permission::ManageServiceAccounts)
            .await?;
        terms.check(mutation.now)?;
        let account = super::row(&mutation.transaction, id).await?;
        if account.disabled_at.is_some() {
            return Err(Conflict::ServiceAccountDisabled(account.name).into());
        }
        // Tokens that have ended by themselves make room.
        entities::service_token::Entity::delete_many()
            .filter(Column::ServiceAccountId.eq(id.as_str()))
            .filter(Column::ExpiresAt.lte(mutation.now.0))
            .exec(&mutation.transaction)
            .await?;
        let tokens = crate::store::service_accounts::tokens_of(&mutation.transaction, &[id]).await?;
        if tokens.len() >= MAX_TOKENS {
            return Err(Conflict::TooManyServiceTokens(account.name).into());
        }
        let stored = insert_token(&self.store, &mut mutation, actor, &account, terms).await?;
        let change = mutation.commit().await?;
        Ok(stored.reveal(&account, change))
    }

    /// Ends a token. It is refused from now on. Answers with the number of the change.
    pub async fn end_token(&self, actor: &Actor, id: &ServiceTokenId) -> Result<i64> {
        actor.require(Permission::ManageServiceAccounts)?;
        let mut mutation = self.store.begin(actor, Permission::ManageServiceAccounts).await?;
        let token = entities::service_token::Entity::find_by_id(id)
            .one(&mutation.transaction)
            .await?
            .ok_or_else(|| NotFound::ServiceToken(id.clone()))?;
        let account = super::row(&mutation.transaction, &token.service_account_id).await?;
        token.delete(&mutation.transaction).await?;
        let ended = AuditEvent::ServiceAccountTokenEnded(ServiceTokenEnded { token_id: id.clone() });
        mutation.change(Subject::ServiceAccount(&account.id));
        mutation.audit(actor, &Event::on(account.id.as_str(), &account.name, ended));
        mutation.commit().await
    }
}

/// Stores a new token with its event.
pub(super) async fn insert_token(
    store: &Store,
    mutation: &mut Mutation<'_>,
    actor: &Actor,
    account: &entities::service_account::Model,
    terms: &TokenTerms,
) -> Result<StoredToken> {
    let token = SecretString::from(service_token::compose(&base62(store.random(), token::RANDOM_LENGTH)));
    let id = ServiceTokenId::from_random(&base62(store.random(), RANDOM_LENGTH));
    let addresses = (!terms.addresses.is_all()).then(|| terms.addresses.clone());
    let row = entities::service_token::ActiveModel {
        id: Set(Stored(id.clone())),
        service_account_id: Set(account.id.clone()),
        token_hash: Set(store.tokens.hash(token.expose_secret()).0.to_vec()),
        last_four: Set(token::last_four(token.expose_secret()).to_owned()),
        allowed_addresses: Set(addresses.map(Stored)),
        created_at: Set(Stored(mutation.now)),
        expires_at: Set(terms.expires_at.map(Stored)),
        last_used_at: Set(None),
        last_used_from: Set(None),
    };
    row.insert(&mutation.transaction).await?;
    let created = AuditEvent::ServiceAccountTokenCreated(ServiceTokenCreated {
        token_id: id.clone(),
        expires_at: terms.expires_at.map(StoredTime),
        allowed_addresses: (!terms.addresses.is_all()).then(|| terms.addresses.in_words()),
    });
    mutation.change(Subject::ServiceAccount(&account.id));
    mutation.audit(actor, &Event::on(account.id.as_str(), &account.name, created));
    Ok(StoredToken {
        id,
        token,
        expires_at: terms.expires_at,
    })
}
