//! Seals the second factors again when the master key changes.

use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, Set};

use super::second_factor::sealed_as;
use crate::crypto::random::Random;
use crate::crypto::seal::Seal;
use crate::error::Result;
use crate::store::entities::user;
use crate::store::mutation::Mutation;

/// Seals the second factors under the new master key. A second factor that is being set up is dropped, and the person
/// begins again.
pub(crate) async fn reseal(mutation: &Mutation<'_>, random: &dyn Random, from: &Seal, to: &Seal) -> Result<()> {
    let users = user::Entity::find()
        .filter(
            user::Column::TotpSealed
                .is_not_null()
                .or(user::Column::TotpPending.is_not_null()),
        )
        .all(&mutation.transaction)
        .await?;
    for user in users {
        let mut active = user.clone().into_active_model();
        if let Some(sealed) = &user.totp_sealed {
            let what = sealed_as(&user.id);
            active.totp_sealed = Set(Some(to.seal(random, &what, &from.open(&what, sealed)?)?));
        }
        active.totp_pending = Set(None);
        active.totp_pending_at = Set(None);
        active.update(&mutation.transaction).await?;
    }
    Ok(())
}
