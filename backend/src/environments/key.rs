//! Environment keys: each environment has one, with full access, and its token can be revealed. The database holds the
//! hash of the current token, for the verifier, and the token sealed under the master key, for people who may see it.

use std::collections::HashMap;

use model::address::AllowedAddresses;
use model::audit_event::{AuditEvent, EnvironmentKey, EnvironmentKeyRotated, StoredTime};
use model::endpoint::Grant;
use model::environment::{RevealedKey, RotatedEnvironmentKey};
use model::form::FormErrors;
use model::id::{EnvironmentId, KeyId, RANDOM_LENGTH};
use model::limit::Limits;
use model::role::Permission;
use model::rotate_form::RotateKeyForm;
use model::status::State;
use model::time::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set,
};
use secrecy::ExposeSecret;

use super::change::row;
use crate::audit::{Actor, Event};
use crate::crypto::random::{Random, base62};
use crate::crypto::seal::Seal;
use crate::crypto::token::{HashedToken, PlainToken};
use crate::environments::Environments;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::store::column::Stored;
use crate::store::entities::{environment, environment_key};
use crate::store::environments::Environment;
use crate::store::mutation::{Mutation, Subject};
use crate::store::padded::padded;
use crate::verifier::{KeyKind, LoadedKey, OldToken};

impl Environments {
    /// Reveals the token of an environment key, to be shown or copied. The event is stored before the token goes out.
    pub async fn reveal_key(&self, actor: &Actor, id: &EnvironmentId) -> Result<RevealedKey> {
        actor.require(Permission::RevealKeys)?;
        let mut mutation = self.store.begin_with_password(actor, Permission::RevealKeys).await?;
        let key = note_about_key(&mut mutation, actor, id, AuditEvent::EnvironmentKeyRevealed).await?;
        let sealed = key.sealed.as_deref().unwrap_or_default();
        let token = self.store.seal.open_text(&sealed_as(&key.key_id), sealed)?;
        mutation.commit().await?;
        Ok(RevealedKey {
            token: token.expose_secret().to_owned(),
        })
    }

    /// Records that a person copied the revealed token. Only the browser knows this.
    pub async fn note_key_copied(&self, actor: &Actor, id: &EnvironmentId) -> Result<()> {
        actor.require(Permission::RevealKeys)?;
        let mut mutation = self.store.begin_with_password(actor, Permission::RevealKeys).await?;
        note_about_key(&mut mutation, actor, id, AuditEvent::EnvironmentKeyCopied).await?;
        mutation.commit().await?;
        Ok(())
    }

    /// Gives an environment's key a new token. The old one works for as long as the form says.
    pub async fn rotate_key(
        &self,
        actor: &Actor,
        id: &EnvironmentId,
        form: &RotateKeyForm,
    ) -> Result<RotatedEnvironmentKey> {
        actor.require(Permission::RevealKeys)?;
        let grace = form.grace().map_err(|message| FormErrors::at("grace", message))?;
        // The uses so far are stored first, so that they count for the old token.
        let ids = key_ids(&self.store.db).await?;
        self.usage
            .try_flush_of(&ids.iter().map(|id| &id.0).collect::<Vec<_>>())
            .await;
        let mut mutation = self.store.begin_with_password(actor, Permission::RevealKeys).await?;
        let environment = Environment::from(row(&mutation.transaction, id).await?);
        let key = current(&mutation, id).await?;
        let end = (grace > 0).then(|| mutation.now.plus(grace));
        retire(&mutation, &key, end).await?;
        let token = PlainToken::generate(environment.kind, self.store.random());
        let row = sealed_row(&self.store, mutation.now, &environment.id, &key.key_id, &token)?;
        row.into_active_model()
            .reset_all()
            .insert(&mutation.transaction)
            .await?;
        mutation.change(Subject::Environment(id));
        let rotated = AuditEvent::EnvironmentKeyRotated(EnvironmentKeyRotated {
            key_id: key.key_id.0,
            old_token_ends_at: StoredTime(end.unwrap_or(mutation.now)),
        });
        mutation.audit(actor, &Event::on(id.as_str(), &environment.name, rotated));
        mutation.commit().await?;
        Ok(RotatedEnvironmentKey {
            name: environment.name,
            old_token_ends_at: end,
        })
    }

    /// Gives a key to every environment that has none: in a new database, and in one from before there were environment
    /// keys.
    pub(crate) async fn give_missing_keys(&self) -> Result<()> {
        if without_key(&self.store.db).await?.is_empty() {
            return Ok(());
        }
        let mut mutation = self.store.begin_unguarded().await?;
        // Another process may have given keys meanwhile.
        for environment in without_key(&mutation.transaction).await? {
            self.give_key(&mut mutation, &Actor::system(), &environment).await?;
        }
        mutation.commit().await?;
        Ok(())
    }

    /// Gives an environment its first key.
    pub(super) async fn give_key(
        &self,
        mutation: &mut Mutation<'_>,
        actor: &Actor,
        environment: &environment::Model,
    ) -> Result<()> {
        let key_id = KeyId::from_random(&base62(self.store.random(), RANDOM_LENGTH));
        let token = PlainToken::generate(environment.kind.0, self.store.random());
        let row = sealed_row(&self.store, mutation.now, &environment.id, &key_id, &token)?;
        row.into_active_model()
            .reset_all()
            .insert(&mutation.transaction)
            .await?;
        mutation.change(Subject::Environment(&environment.id));
        let created = AuditEvent::EnvironmentKeyCreated(EnvironmentKey { key_id });
        mutation.audit(actor, &Event::on(environment.id.as_str(), &environment.name, created));
        Ok(())
    }
}

/// The key IDs of all environment keys, which are few.
async fn key_ids(db: &impl ConnectionTrait) -> Result<Vec<Stored<KeyId>>> {
    Ok(environment_key::Entity::find()
        .filter(environment_key::Column::EndsAt.is_null())
        .select_only()
        .column(environment_key::Column::KeyId)
        .into_tuple()
        .all(db)
        .await?)
}

/// The keys of these environments, or of all, as the verifier keeps them, with the old tokens that still work.
pub(crate) async fn for_verifier(
    db: &impl ConnectionTrait,
    ids: Option<&[EnvironmentId]>,
    now: Timestamp,
) -> Result<Vec<LoadedKey>> {
    let mut query = environment_key::Entity::find();
    if let Some(ids) = ids {
        query =
            query.filter(environment_key::Column::EnvironmentId.is_in(padded(ids.iter().map(EnvironmentId::as_str))));
    }
    let mut old: HashMap<KeyId, Vec<OldToken>> = HashMap::new();
    let mut current = Vec::new();
    for key in query.all(db).await? {
        match key.ends_at {
            None => current.push(key),
            Some(Stored(end)) if end > now => {
                let token = OldToken {
                    token: HashedToken::from_stored(key.token_hash, key.key_id.as_str())?,
                    ends_at: end,
                    imported: false,
                };
                old.entry(key.key_id.0).or_default().push(token);
            }
            Some(_) => {}
        }
    }
    current
        .into_iter()
        .map(|key| {
            Ok(LoadedKey {
                kind: KeyKind::Environment,
                name: "Environment key".to_owned(),
                token: HashedToken::from_stored(key.token_hash, key.key_id.as_str())?,
                old_tokens: old.remove(&key.key_id.0).unwrap_or_default(),
                id: key.key_id.0,
                environment_id: key.environment_id.0,
                expires_at: None,
                state: State::Active,
                created_at: key.created_at.0,
                grant: Grant::All,
                profile_id: None,
                customer_id: None,
                metadata: None,
                limits: Limits::NONE,
                addresses: AllowedAddresses::default(),
            })
        })
        .collect()
}

/// Seals the tokens of the environment keys again, under a new master key.
pub(crate) async fn reseal(mutation: &Mutation<'_>, random: &dyn Random, from: &Seal, to: &Seal) -> Result<()> {
    let keys = environment_key::Entity::find()
        .filter(environment_key::Column::EndsAt.is_null())
        .all(&mutation.transaction)
        .await?;
    for key in keys {
        let sealed_as = sealed_as(&key.key_id);
        let token = from.open_text(&sealed_as, key.sealed.as_deref().unwrap_or_default())?;
        let sealed = to.seal(random, &sealed_as, token.expose_secret().as_bytes())?;
        let mut active = key.into_active_model();
        active.sealed = Set(Some(sealed));
        active.update(&mutation.transaction).await?;
    }
    Ok(())
}

fn sealed_as(key_id: &KeyId) -> String {
    format!("environment key {key_id}")
}

fn sealed_row(
    store: &Store,
    now: Timestamp,
    environment_id: &EnvironmentId,
    key_id: &KeyId,
    token: &PlainToken,
) -> Result<environment_key::Model> {
    Ok(environment_key::Model {
        token_hash: store.tokens.hash(token.reveal()).0.to_vec(),
        key_id: key_id.into(),
        environment_id: environment_id.into(),
        last_four: token.last_four().to_owned(),
        sealed: Some(
            store
                .seal
                .seal(store.random(), &sealed_as(key_id), token.reveal().as_bytes())?,
        ),
        created_at: Stored(now),
        ends_at: None,
        last_used_at: None,
        last_used_from: None,
    })
}

/// Adds an event about an environment key, and does not change the key.
async fn note_about_key(
    mutation: &mut Mutation<'_>,
    actor: &Actor,
    id: &EnvironmentId,
    what: fn(EnvironmentKey) -> AuditEvent,
) -> Result<environment_key::Model> {
    let environment = row(&mutation.transaction, id).await?;
    let key = current(mutation, id).await?;
    let what = what(EnvironmentKey {
        key_id: key.key_id.0.clone(),
    });
    mutation.audit(actor, &Event::on(id.as_str(), &environment.name, what));
    Ok(key)
}

async fn current(mutation: &Mutation<'_>, id: &EnvironmentId) -> Result<environment_key::Model> {
    environment_key::Entity::find()
        .filter(environment_key::Column::EnvironmentId.eq(id.as_str()))
        .filter(environment_key::Column::EndsAt.is_null())
        .one(&mutation.transaction)
        .await?
        .ok_or_else(|| Error::stored("environment without a key", id.as_str()))
}

/// Lets the current token work until `end`. Without an `end`, deletes all tokens of the key. Also deletes tokens that
/// have ended.
async fn retire(mutation: &Mutation<'_>, key: &environment_key::Model, end: Option<Timestamp>) -> Result<()> {
    environment_key::Entity::delete_many()
        .filter(environment_key::Column::EndsAt.lte(mutation.now.0))
        .exec(&mutation.transaction)
        .await?;
    let of_token = environment_key::Column::TokenHash.eq(key.token_hash.clone());
    if let Some(end) = end {
        environment_key::Entity::update_many()
            .col_expr(environment_key::Column::EndsAt, Expr::value(end.0))
            // The old token works a while longer, but it can no longer be revealed.
            .col_expr(environment_key::Column::Sealed, Expr::value(None::<Vec<u8>>))
            .filter(of_token)
            .exec(&mutation.transaction)
            .await?;
    } else {
        // The tokens of earlier rotations end as well: a person chooses "now" for a token that somebody else has.
        environment_key::Entity::delete_many()
            .filter(environment_key::Column::KeyId.eq(key.key_id.as_str()))
            .exec(&mutation.transaction)
            .await?;
    }
    Ok(())
}

async fn without_key(db: &impl ConnectionTrait) -> Result<Vec<environment::Model>> {
    let with: Vec<Stored<EnvironmentId>> = environment_key::Entity::find()
        .filter(environment_key::Column::EndsAt.is_null())
        .all(db)
        .await?
        .into_iter()
        .map(|key| key.environment_id)
        .collect();
    Ok(environment::Entity::find()
        .filter(environment::Column::Id.is_not_in(padded(with)))
        .all(db)
        .await?)
}
