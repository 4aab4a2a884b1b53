//! Reads the old tokens that still work.

use std::collections::{BTreeSet, HashMap};

use model::id::KeyId;
use model::time::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::crypto::token::HashedToken;
use crate::error::Result;
use crate::store::entities::old_token;
use crate::store::padded::padded;
use crate::verifier::OldToken;

/// Old tokens by key.
pub(super) type OldTokens = HashMap<KeyId, Vec<OldToken>>;

/// The old tokens of these keys, or of all keys, that still work.
pub(super) async fn old_tokens(
    db: &impl ConnectionTrait,
    ids: Option<&BTreeSet<KeyId>>,
    now: Timestamp,
) -> Result<OldTokens> {
    let mut query = old_token::Entity::find().filter(old_token::COLUMN.ends_at.gt(now.0));
    if let Some(ids) = ids {
        query = query.filter(old_token::Column::KeyId.is_in(padded(ids.iter().map(KeyId::as_str))));
    }
    let mut tokens = OldTokens::new();
    for row in query.all(db).await? {
        let old = OldToken {
            token: HashedToken::from_stored(row.token_hash, row.key_id.as_str())?,
            ends_at: row.ends_at.0,
            imported: row.token_imported,
        };
        tokens.entry(row.key_id.0).or_default().push(old);
    }
    Ok(tokens)
}
