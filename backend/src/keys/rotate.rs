//! Rotates keys: a key gets a new token and keeps its key ID. The old token works beside the new one for a while.

use model::audit_event::{AuditEvent, KeyRotated, OldTokenEnded, StoredTime};
use model::form::FormErrors;
use model::id::KeyId;
use model::key::{CreatedKey, OldTokenEnd};
use model::role::Permission;
use model::rotate_form::{RotateKeyForm, RotateKeyOptions, RotateOutcome};
use model::status::Change;
use model::time::Timestamp;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter, QueryOrder,
    Set,
};

use super::change::KeyChange;
use super::form_receipt::{check_form_id, find_form_receipt, insert_form_receipt};
use super::new_key::browser_skew;
use super::{StoredToken, change, life_of, masked, may_change, not_allowed, row, status_of};
use crate::audit::{Actor, Event};
use crate::change_request::{Made, Token};
use crate::crypto::token::PlainToken;
use crate::error::{NotFound, Result};
use crate::keys::Keys;
use crate::store::column::Stored;
use crate::store::entities::{api_key, old_token};
use crate::store::environments;
use crate::store::mutation::{Mutation, Subject};

/// Number of hexadecimal digits of its hash that identify an old token within its key.
const NAME_LENGTH: usize = 16;

impl Keys {
    /// What the Rotate API Key form needs to be drawn, for a person who may rotate the key.
    pub async fn rotation_options(&self, actor: &Actor, id: &KeyId) -> Result<RotateKeyOptions> {
        actor.require(Permission::ChangeOwnKeys)?;
        self.usage.flush_of(&[id]).await?;
        let row = row(&self.store.db, id).await?;
        may_change(actor, actor.role, &row)?;
        let now = self.store.now();
        life_of(&row)
            .step(Change::Rotate, now)
            .map_err(|why| not_allowed(&row, why))?;
        let environments = environments::by_id(&self.store.db).await?;
        let environment = environments::of(&environments, &row.environment_id)?;
        Ok(RotateKeyOptions {
            id: id.clone(),
            masked: masked(environment.kind, &row),
            status: status_of(&row, now),
            last_used_at: row.last_used_at.map(|at| at.0),
            last_used_from: row.last_used_from,
            name: row.name,
            form: RotateKeyForm {
                grace: "24h".to_owned(),
                form_id: self.new_form_id(),
                ..RotateKeyForm::default()
            },
            now,
        })
    }

    /// Gives a key a new token, once for each rendering of the form. Where a clock is off, nothing is changed: unlike a
    /// new key, this one is in use.
    pub async fn rotate(&self, actor: &Actor, id: &KeyId, form: &RotateKeyForm) -> Result<RotateOutcome> {
        actor.require(Permission::ChangeOwnKeys)?;
        let grace = form.grace().map_err(|message| FormErrors::at("grace", message))?;
        check_form_id(&form.form_id)?;
        let now = self.store.now();
        let skew = browser_skew(&form.browser_time, now);
        let database_skew = self.database_skew().await?;
        let then = "Set right the one that is wrong: nothing was changed.";
        if let Some(fault) = self.clock_fault((skew, now), (database_skew, now), then) {
            return Err(FormErrors::whole(fault).into());
        }
        // The uses so far are stored first, so that they count for the old token.
        self.usage.try_flush_of(&[id]).await;

        let mut mutation = self.store.begin(actor, Permission::ChangeOwnKeys).await?;
        let row = row(&mutation.transaction, id).await?;
        may_change(actor, mutation.role, &row)?;
        if find_form_receipt(&mutation, &form.form_id).await?.is_some() {
            return Ok(RotateOutcome::AlreadyRotated {
                form_id: self.new_form_id(),
            });
        }
        let environments = environments::by_id(&mutation.transaction).await?;
        let environment = environments::of(&environments, &row.environment_id)?;
        let end = (grace > 0).then(|| mutation.now.plus(grace));
        keep_old_token(&mutation, &row, end).await?;
        let token = PlainToken::generate(environment.kind, self.store.random());
        let mut active = row.clone().into_active_model();
        let rotate = KeyChange::Rotate(KeyRotated {
            old_token_ends_at: StoredTime(end.unwrap_or(mutation.now)),
        });
        let change = change::apply(&mut mutation, actor, &row, &mut active, rotate)?;
        let stored = StoredToken::of(&self.store.tokens, &token);
        active.token_hash = Set(stored.hash);
        active.token_last_four = Set(stored.last_four);
        active.token_imported = Set(stored.imported);
        active.rotated_at = Set(Stored(mutation.now));
        active.token_change = Set(change);
        active.token_used_at = Set(None);
        active.browser_skew = Set(skew);
        active.database_skew = Set(Some(database_skew));
        let row = active.update(&mutation.transaction).await?;
        insert_form_receipt(&mutation, &form.form_id, id, &row.name).await?;

        // This comes before the commit: an error after the commit would lose the token.
        let grant = self.grant(&row).await?;
        let example = self.example(&grant).await?;
        if mutation.wants_answer() {
            let key = self.record_in(&mutation.transaction, id, grant, actor).await?;
            let token = &Token(token.reveal());
            mutation.compose_answer(&Made::Key { key: &key, token });
        }
        let change = mutation.commit().await?;
        let progress = self.progress_of(&row).await.unwrap_or_else(|error| {
            tracing::error!(%error, "cannot read the progress of a new token");
            model::progress::Progress::new(
                model::status::Status::Provisioning,
                None,
                &model::progress::ProgressFacts::default(),
            )
        });
        Ok(RotateOutcome::Rotated(Box::new(CreatedKey {
            id: id.clone(),
            name: row.name,
            environment: environment.name.clone(),
            token: token.reveal().to_owned(),
            rotated: Some(end.map_or(OldTokenEnd::Now { change }, OldTokenEnd::At)),
            example,
            progress,
        })))
    }

    /// Ends an old token before its time. It is refused from now on. Answers with the number of the change.
    pub async fn end_old_token(&self, actor: &Actor, id: &KeyId, token: &str) -> Result<i64> {
        actor.require(Permission::ChangeOwnKeys)?;
        let mut mutation = self.store.begin(actor, Permission::ChangeOwnKeys).await?;
        let row = row(&mutation.transaction, id).await?;
        may_change(actor, mutation.role, &row)?;
        let old = old_tokens(&mutation.transaction, id)
            .await?
            .into_iter()
            .find(|old| token_name(&old.token_hash) == token && old.ends_at.0 > mutation.now)
            .ok_or(NotFound::OldToken)?;
        let ended = AuditEvent::KeyOldTokenEnded(OldTokenEnded {
            last_four: old.last_four.clone(),
        });
        old.delete(&mutation.transaction).await?;
        mutation.change(Subject::Key(id));
        mutation.audit(actor, &Event::on(id.as_str(), &row.name, ended));
        mutation.commit().await
    }
}

/// The old tokens of a key, in the order in which they end.
pub(super) async fn old_tokens(db: &impl ConnectionTrait, id: &KeyId) -> Result<Vec<old_token::Model>> {
    Ok(old_token::Entity::find()
        .filter(old_token::Column::KeyId.eq(id.as_str()))
        .order_by_asc(old_token::Column::EndsAt)
        .all(db)
        .await?)
}

/// Identifies an old token within its key: a part of its hash, which reveals nothing of the token's 178 random bits.
pub(super) fn token_name(hash: &[u8]) -> String {
    use std::fmt::Write as _;

    hash.iter().take(NAME_LENGTH / 2).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Moves the current token to the old tokens, where it works until `end`, and deletes the old tokens that have ended.
/// Without an `end`, deletes all old tokens of the key: a person who chooses "Now" trusts none of them.
async fn keep_old_token(mutation: &Mutation<'_>, row: &api_key::Model, end: Option<Timestamp>) -> Result<()> {
    old_token::Entity::delete_many()
        .filter(old_token::Column::EndsAt.lte(mutation.now.0))
        .exec(&mutation.transaction)
        .await?;
    if let Some(end) = end {
        let old = old_token::ActiveModel {
            token_hash: Set(row.token_hash.clone()),
            key_id: Set(row.id.clone()),
            last_four: Set(row.token_last_four.clone()),
            ends_at: Set(Stored(end)),
            last_used_at: Set(row.token_used_at),
            token_imported: Set(row.token_imported),
        };
        old.insert(&mutation.transaction).await?;
    } else {
        old_token::Entity::delete_many()
            .filter(old_token::Column::KeyId.eq(row.id.as_str()))
            .exec(&mutation.transaction)
            .await?;
    }
    Ok(())
}
