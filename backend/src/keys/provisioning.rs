//! From PROVISIONING to ACTIVE: the clocks are compared, every live node confirms that it knows the key.
//!
//! The work is found in the index, so a restart of the server goes on where it was.

use std::time::Duration;

use model::id::KeyId;
use model::key::Progress;
use model::status::{Change, Status};
use model::time::skew_in_words;
use sea_orm::{ConnectionTrait, EntityTrait, Statement};

use super::{change, status_of};
use crate::audit::Actor;
use crate::backend::Backend;
use crate::cluster::other_live_nodes;
use crate::entity::api_key;
use crate::error::{Error, Result};

/// How often a key that cannot become ACTIVE yet is looked at again.
const RETRY: Duration = Duration::from_millis(200);

/// How often somebody who waits for a key asks.
const ASK: Duration = Duration::from_millis(20);

/// What came of looking at a key.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Done,
    Wait,
}

impl Backend {
    /// Provisions whatever waits for it. Runs for as long as the server does.
    pub async fn provision(&self) {
        loop {
            self.provisioning.notified().await;
            while self.provision_all().await == Step::Wait {
                tokio::time::sleep(RETRY).await;
            }
        }
    }

    /// Waits until a key is ACTIVE or FAILED, but not for ever. Answers with how far it has come.
    pub async fn settle(&self, id: &KeyId, patience: Duration) -> Result<Progress> {
        let settled = tokio::time::timeout(patience, async {
            loop {
                let progress = self.progress(id).await?;
                if progress.status != Status::Provisioning {
                    return Ok(progress);
                }
                tokio::time::sleep(ASK).await;
            }
        });
        match settled.await {
            Ok(progress) => progress,
            Err(_) => self.progress(id).await,
        }
    }

    async fn provision_all(&self) -> Step {
        let mut outcome = Step::Done;
        for id in self.verifier().provisioning() {
            match self.provision_one(&KeyId::from_stored(id)).await {
                Ok(Step::Done) => {}
                Ok(Step::Wait) => outcome = Step::Wait,
                Err(error) => {
                    tracing::error!(%error, "cannot provision a key");
                    outcome = Step::Wait;
                }
            }
        }
        outcome
    }

    async fn provision_one(&self, id: &KeyId) -> Result<Step> {
        let Some(row) = api_key::Entity::find_by_id(id.as_str()).one(&self.db).await? else {
            return Ok(Step::Done);
        };
        let now = self.now();
        if status_of(&row, now)? != Status::Provisioning {
            return Ok(Step::Done);
        }
        if let Some(reason) = self.clock_fault(row.browser_skew).await? {
            return self.finish(id, Change::Fail, Some(reason)).await;
        }
        let held = now.0 - row.created_at < self.settings.provisioning_min;
        if held || !self.nodes_know(row.created_change).await? {
            return Ok(Step::Wait);
        }
        self.finish(id, Change::Activate, None).await
    }

    async fn finish(&self, id: &KeyId, change: Change, reason: Option<String>) -> Result<Step> {
        let mut write = self.write().await?;
        // It may have been deleted, or finished by another node, since we looked.
        let row = api_key::Entity::find_by_id(id.as_str()).one(&write.transaction).await?;
        if let Some(row) = row
            && status_of(&row, write.now)? == Status::Provisioning
        {
            change::apply(&mut write, &Actor::system(), row, change, reason).await?;
            write.commit().await?;
        }
        Ok(Step::Done)
    }

    /// Whether every live node has applied a change, this one included.
    async fn nodes_know(&self, number: i64) -> Result<bool> {
        let here = self.verifier().applied().await.is_some_and(|applied| applied >= number);
        let others = other_live_nodes(&self.db, Some(self.instance_id()), self.now()).await?;
        Ok(here && others.into_iter().all(|applied| applied >= number))
    }

    /// What is wrong with the clocks, if anything.
    async fn clock_fault(&self, browser_skew: Option<i64>) -> Result<Option<String>> {
        let tolerance = self.settings.clock_tolerance;
        if let Some(skew) = browser_skew.filter(|skew| skew.saturating_abs() > tolerance) {
            return Ok(Some(format!(
                "Your clock is {}. Set it right and create a new key.",
                skew_in_words(skew)
            )));
        }
        let skew = self.database_time().await? - self.now().0;
        Ok((skew.saturating_abs() > tolerance).then(|| {
            format!(
                "The database's clock is {}. Set it right and create a new key.",
                skew_in_words(skew)
            )
        }))
    }

    /// The database's clock, in Unix milliseconds.
    async fn database_time(&self) -> Result<i64> {
        let query = "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS time";
        let statement = Statement::from_string(self.db.get_database_backend(), query);
        let row = self.db.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| Error::Internal("the database does not tell the time".to_owned()))?;
        Ok(row.try_get("", "time")?)
    }
}
