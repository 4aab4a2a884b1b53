//! The keys that sign receipts. One is current. The public halves of all keys stay, so that old receipts can be checked for ever.

use jsonwebtoken::jwk::JwkSet;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::check::PublicKeys;
use crate::crypto::jws::{SigningKey, key_id, public_jwk};
use crate::error::Result;
use crate::store::Store;
use crate::store::column::Stored;
use crate::store::entities::signing_key;
use crate::store::mutation::Mutation;

/// The associated data of a sealed private key.
fn sealed_as(kid: &str) -> String {
    format!("receipt signing key {kid}")
}

/// The current key. Makes one where there is none.
pub(super) async fn current(store: &Store) -> Result<SigningKey> {
    if let Some(row) = find_current(&store.db).await? {
        return open(store, &row);
    }
    // The mutation holds the head, so two nodes never make a key each.
    let mutation = store.begin_unguarded().await?;
    if let Some(row) = find_current(&mutation.transaction).await? {
        return open(store, &row);
    }
    let key = SigningKey::generate(store.random())?;
    let kid = key_id(key.public());
    let row = signing_key::Model {
        public_key: key.public().to_vec(),
        sealed: Some(store.seal.seal(store.random(), &sealed_as(&kid), key.seed())?),
        created_at: Stored(mutation.now),
        retired_at: None,
        kid,
    };
    signing_key::Entity::insert(row.into_active_model())
        .exec_without_returning(&mutation.transaction)
        .await?;
    mutation.commit().await?;
    Ok(key)
}

async fn find_current(db: &impl ConnectionTrait) -> Result<Option<signing_key::Model>> {
    Ok(signing_key::Entity::find()
        .filter(signing_key::Column::RetiredAt.is_null())
        .filter(signing_key::Column::Sealed.is_not_null())
        .one(db)
        .await?)
}

fn open(store: &Store, row: &signing_key::Model) -> Result<SigningKey> {
    let sealed = row.sealed.as_deref().unwrap_or_default();
    SigningKey::from_seed(&store.seal.open(&sealed_as(&row.kid), sealed)?)
}

/// All public keys, oldest first.
async fn all(db: &impl ConnectionTrait) -> Result<Vec<signing_key::Model>> {
    Ok(signing_key::Entity::find()
        .order_by_asc(signing_key::Column::CreatedAt)
        .order_by_asc(signing_key::Column::Kid)
        .all(db)
        .await?)
}

/// All public keys as a JSON Web Key Set (RFC 7517).
pub(super) async fn jwk_set(db: &impl ConnectionTrait) -> Result<JwkSet> {
    let keys = all(db).await?.iter().map(|key| public_jwk(&key.public_key)).collect();
    Ok(JwkSet { keys })
}

/// All public keys, to check a receipt with.
pub(super) async fn public_keys(db: &impl ConnectionTrait) -> Result<PublicKeys> {
    let mut keys = PublicKeys::default();
    for key in all(db).await? {
        keys.insert(key.kid, key.public_key);
    }
    Ok(keys)
}

/// Retires the current key when the master key changes: a person who had the old master key could have read it. The next receipt is
/// signed by a new key.
pub(crate) async fn retire(mutation: &Mutation<'_>) -> Result<()> {
    signing_key::Entity::update_many()
        .col_expr(signing_key::Column::RetiredAt, Expr::value(mutation.now.0))
        .col_expr(signing_key::Column::Sealed, Expr::value(None::<Vec<u8>>))
        .filter(signing_key::Column::RetiredAt.is_null())
        .exec(&mutation.transaction)
        .await?;
    Ok(())
}
