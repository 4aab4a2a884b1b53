//! The answers to requests with an Idempotency-Key. An answer is stored in the transaction of the change that it tells of, so
//! that there is never one without the other. It can be read only with the very Idempotency-Key, under which it is sealed.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::time::{DAY, MINUTE, Timestamp};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::column::Stored;
use super::entities::kept_answer::{Column, Entity, Model};
use super::mutation::Mutation;
use crate::actor::Actor;
use crate::change_request::{ChangeRequest, IdempotencyKey, KeptAnswer, Made};
use crate::crypto::seal::Seal;
use crate::error::{Error, RefusedRequest, Result};
use crate::store::Store;

/// How long an answer is kept, in milliseconds.
const KEPT: i64 = DAY;
/// The purpose that a sealed answer is bound to.
const PURPOSE: &str = "an answer under an Idempotency-Key";

impl Store {
    /// Looks for the answer to the same request before, and gives it to the request. Nothing is locked, so the mutation looks
    /// again.
    pub(crate) async fn find_kept_answer(&self, request: &ChangeRequest) -> Result<bool> {
        give_kept_answer(&self.db, request, self.clock.now()).await
    }

    /// Keeps the answer to a request that changes nothing. Where the same request was answered meanwhile, that answer counts.
    pub(crate) async fn keep_answer(&self, request: &Arc<ChangeRequest>, answer: KeptAnswer) -> Result<()> {
        if request.idempotency().is_none() {
            request.set_answer(answer);
            return Ok(());
        }
        let mut mutation = self.begin_unguarded().await?;
        if give_kept_answer(&mutation.transaction, request, mutation.now).await? {
            return Ok(());
        }
        request.set_answer(answer);
        mutation.request = Some(Arc::clone(request));
        mutation.commit().await?;
        Ok(())
    }
}

impl Store {
    /// Whether kept answers that are too old should be looked for: once a minute, and at once after the clock was set back.
    fn is_cleaning_due(&self, now: Timestamp) -> bool {
        let before = Timestamp(self.answers_cleaned_at.load(Ordering::Relaxed));
        let due = !(0..MINUTE).contains(&now.since(before));
        if due {
            self.answers_cleaned_at.store(now.0, Ordering::Relaxed);
        }
        due
    }
}

impl Mutation<'_> {
    /// Takes what the actor's request adds to the mutation.
    ///
    /// # Errors
    /// The condition does not hold, or the very request was answered before.
    pub(super) async fn take_request(&mut self, actor: &Actor) -> Result<()> {
        let Some(request) = &actor.request else {
            return Ok(());
        };
        if give_kept_answer(&self.transaction, request, self.now).await? {
            return Err(RefusedRequest::AnsweredBefore.into());
        }
        if !request.condition_holds().await? {
            return Err(RefusedRequest::ConditionFailed.into());
        }
        self.request = Some(Arc::clone(request));
        Ok(())
    }

    /// Whether the answer is composed here, so that what was made has to be read.
    pub(crate) fn wants_answer(&self) -> bool {
        self.request.as_ref().is_some_and(|request| request.wants_answer())
    }

    /// Composes the answer from what this mutation has made, with the number of its last change.
    pub(crate) fn compose_answer(&self, made: &Made<'_>) {
        if let Some(request) = &self.request {
            request.compose_answer(made, self.change_number());
        }
    }

    /// Stores the answer, and removes those that are too old.
    pub(super) async fn keep_answer(&self) -> Result<()> {
        let Some(request) = &self.request else {
            return Ok(());
        };
        let (Some(key), Some(answer)) = (request.idempotency(), request.answer()) else {
            return Ok(());
        };
        if self.store.is_cleaning_due(self.now) {
            Entity::delete_many()
                .filter(Column::CreatedAt.lt(self.now.plus(-KEPT).0))
                .exec(&self.transaction)
                .await?;
        }
        let text = serde_json::to_vec(answer).map_err(|error| Error::Internal(format!("an answer: {error}")))?;
        let row = Model {
            id: key.id.to_vec(),
            request_hash: key.request.to_vec(),
            sealed: Seal::under(&key.seal).seal(self.store.random(), PURPOSE, &text)?,
            created_at: Stored(self.now),
        };
        Entity::insert(row.into_active_model().reset_all())
            .exec_without_returning(&self.transaction)
            .await?;
        Ok(())
    }
}

/// Gives the request the answer that was kept under its Idempotency-Key. Answers whether there is one.
async fn give_kept_answer(db: &impl ConnectionTrait, request: &ChangeRequest, now: Timestamp) -> Result<bool> {
    let Some(key) = request.idempotency() else {
        return Ok(false);
    };
    let found = Entity::find_by_id(key.id.to_vec()).one(db).await?;
    let Some(row) = found.filter(|row| now.since(row.created_at.0) <= KEPT) else {
        return Ok(false);
    };
    if row.request_hash != key.request {
        return Err(RefusedRequest::OtherRequest.into());
    }
    request.set_answer(open(key, &row)?);
    Ok(true)
}

fn open(key: &IdempotencyKey, row: &Model) -> Result<KeptAnswer> {
    let text = Seal::under(&key.seal).open(PURPOSE, &row.sealed)?;
    serde_json::from_slice(&text).map_err(|_| Error::Internal("a kept answer cannot be read".to_owned()))
}
